package calc_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/calc"
	"github.com/weir-engine/weir/exec/operator/optest"
)

func TestReplicate(t *testing.T) {
	in := types.NewSchema(types.Field{Name: "s", Type: types.StringType}, types.Field{Name: "n", Type: types.BigIntType.NotNull()})
	optest.Run(t, optest.Case{
		Name: "replicate", New: func() operator.Operator { return calc.NewReplicate(&physical.Replicate{}) },
		Inputs: []*types.Schema{in}, Output: types.NewSchema(in.Fields[0]),
		Events: []optest.Event{
			optest.Rows(0, optest.R("a", 2), optest.R(nil, 1), optest.R("b", 0), optest.R("many", 20_000)),
			optest.Rows(0, optest.Before("a", 2), optest.After("a", 3), optest.Before("many", 20_000), optest.After("many", 1), optest.Gone(nil, 1)),
			optest.Rows(0, optest.Before("a", 3), optest.After("c", 1)),
			optest.End(0),
		},
		Want: []string{"many", "c"},
	})
}
