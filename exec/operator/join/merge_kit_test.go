package join_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/optest"
)

func TestMergeKit(t *testing.T) {
	left, right := schemaOf(types.StringType, types.IntType), schemaOf(types.IntType, types.StringType)
	optest.Run(t, optest.Case{
		New: func() operator.Operator {
			return join.NewMerge(&physical.SortMergeJoin{Kind: logical.Full, LeftKeys: []int{0}, RightKeys: []int{1}})
		},
		Inputs: []*types.Schema{left, right}, Output: schemaOf(types.StringType, types.IntType, types.IntType, types.StringType),
		Events: []optest.Event{
			optest.Rows(0, optest.R(nil, 1), optest.R("a", 2), optest.R("b rather longer than a view", 3), optest.R("b rather longer than a view", 4), optest.R("d", 5)),
			optest.Rows(1, optest.R(1, nil), optest.R(2, "b rather longer than a view"), optest.R(3, "b rather longer than a view"), optest.R(4, "c"), optest.R(5, "d")),
			optest.End(0), optest.End(1),
		},
		Want: []string{
			"NULL, 1, NULL, NULL", "a, 2, NULL, NULL", "NULL, NULL, 1, NULL", "NULL, NULL, 4, c", "d, 5, 5, d",
			"b rather longer than a view, 3, 2, b rather longer than a view", "b rather longer than a view, 3, 3, b rather longer than a view",
			"b rather longer than a view, 4, 2, b rather longer than a view", "b rather longer than a view, 4, 3, b rather longer than a view",
		},
	})
}
