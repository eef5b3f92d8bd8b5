package join_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/optest"
)

func TestIntervalJoinKit(t *testing.T) {
	left, right := intervalFields("k", "ts", "n"), intervalFields("name", "at", "key")
	left.Fields[0].Type, left.Fields[2].Type = types.BigIntType, types.BigIntType
	right.Fields[0].Type, right.Fields[2].Type = types.StringType, types.BigIntType
	out := types.NewSchema(append(append([]types.Field(nil), left.Fields...), right.Fields...)...)
	name := "a name of some length"
	events := []optest.Event{
		optest.Rows(0, optest.R(1, 1000, 1), optest.R(2, 1000, 2), optest.R(nil, 1000, 3), optest.R(1, nil, 4), optest.R(1, 1200, 5)),
		optest.Rows(1, optest.R(name, 1100, 1), optest.R("b", 1201, 1), optest.R("c", 1005, 2), optest.R(nil, 1000, nil)),
		optest.Watermark(0, 1200), optest.Watermark(1, 1250),
		optest.Rows(1, optest.R("late", 1150, 1), optest.R("on time", 1300, 1)),
		optest.Rows(0, optest.R(1, 1250, 6), optest.R(2, 910, 7)), // the last meets one row, and is not kept
		optest.Watermark(0, 2000), optest.Watermark(1, 2000),
		optest.Rows(0, optest.R(1, 1300, 8)), // too late for all
		optest.End(0), optest.End(1),
	}
	joined := []string{
		"1, 1000, 1, " + name + ", 1100, 1", "1, 1200, 5, " + name + ", 1100, 1", "1, 1200, 5, b, 1201, 1", "2, 1000, 2, c, 1005, 2",
		"1, 1200, 5, late, 1150, 1", "1, 1200, 5, on time, 1300, 1",
		"1, 1250, 6, b, 1201, 1", "1, 1250, 6, late, 1150, 1", "1, 1250, 6, on time, 1300, 1", "2, 910, 7, c, 1005, 2",
	}
	lone := []string{"NULL, 1000, 3, NULL, NULL, NULL", "1, NULL, 4, NULL, NULL, NULL", "1, 1300, 8, NULL, NULL, NULL", "NULL, NULL, NULL, NULL, 1000, NULL"}
	for _, c := range []struct {
		kind  logical.JoinKind
		want  []string
		marks []stream.Watermark
	}{
		{logical.Inner, joined, []stream.Watermark{1100, 1150, 1900, stream.MaxWatermark}},
		{logical.Full, append(append([]string(nil), joined...), lone...), nil},
	} {
		spec := intervalSpec(-100, 100)
		spec.Kind, spec.Rowtime = c.kind, true
		spec.LeftExpiry, spec.RightExpiry = physical.Expiry{When: physical.Attributed}, physical.Expiry{When: physical.Attributed}
		optest.Run(t, optest.Case{
			Name: c.kind.String(), Streaming: true,
			New:    func() operator.Operator { return join.NewInterval(&spec) },
			Inputs: []*types.Schema{left, right}, Output: out, Events: events, Want: c.want, Watermarks: c.marks,
		})
	}
}

func intervalFields(names ...string) *types.Schema {
	s := &types.Schema{}
	for _, n := range names {
		s.Fields = append(s.Fields, types.Field{Name: n, Type: types.TimestampType(3)})
	}
	return s
}
