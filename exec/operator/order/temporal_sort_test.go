package order_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/optest"
	"github.com/weir-engine/weir/exec/operator/order"
)

var timed = types.NewSchema(
	types.Field{Name: "k", Type: types.BigIntType}, types.Field{Name: "ts", Type: types.TimestampType(3), Time: types.Rowtime},
	types.Field{Name: "s", Type: types.StringType},
)

func TestTemporalSortKit(t *testing.T) {
	spec := &physical.TemporalSort{Keys: []physical.SortKey{{Col: 1}, {Col: 2, Desc: true}}}
	optest.Run(t, optest.Case{
		Name: "temporal sort", Streaming: true,
		New:    func() operator.Operator { return order.NewTemporalSort(spec) },
		Inputs: []*types.Schema{timed}, Output: timed,
		Events: []optest.Event{
			optest.Rows(0, optest.R(1, 5, "b"), optest.R(2, 3, "a"), optest.R(3, 5, "c"), optest.R(4, 5, nil), optest.R(5, nil, "x")),
			optest.Watermark(0, 4),
			optest.Rows(0, optest.R(6, 4, "behind the watermark, but not late"), optest.R(7, 3, "late"), optest.R(8, 9, "d")),
			optest.Watermark(0, 5),
			optest.Rows(0, optest.R(9, 7, "e"), optest.R(10, 5, "late")),
			optest.End(0),
		},
		Want:       []string{"2, 3, a", "6, 4, behind the watermark, but not late", "3, 5, c", "1, 5, b", "4, 5, NULL", "9, 7, e", "8, 9, d"},
		Log:        []string{"+I 2, 3, a", "+I 6, 4, behind the watermark, but not late", "+I 3, 5, c", "+I 1, 5, b", "+I 4, 5, NULL", "+I 9, 7, e", "+I 8, 9, d"},
		Watermarks: []stream.Watermark{4, 5, stream.MaxWatermark},
	})
}

func TestStreamOverKit(t *testing.T) {
	out := types.NewSchema(append(append([]types.Field(nil), timed.Fields...), types.Field{Name: "n", Type: types.BigIntType}, types.Field{Name: "m", Type: types.StringType})...)
	rows := []optest.Event{
		optest.Rows(0, optest.R(1, 5, "b"), optest.R(2, 3, "a"), optest.R(1, 4, "c"), optest.R(1, 5, nil), optest.R(2, nil, "x")),
		optest.Watermark(0, 4),
		optest.Rows(0, optest.R(1, 3, "late"), optest.R(2, 9, "d"), optest.R(2, 8, "A longer text than a view holds")),
		optest.Watermark(0, 8),
		optest.Rows(0, optest.R(1, 9, "d"), optest.R(2, 19, nil)),
		optest.End(0),
	}
	for _, c := range []struct {
		name string
		unit logical.FrameUnit
		from logical.Bound
		want []string
	}{
		{"running", logical.Range, logical.Bound{Unbounded: true}, []string{
			"1, 4, c, 1, c", "1, 5, b, 3, c", "1, 5, NULL, 3, c", "1, 9, d, 4, d",
			"2, 3, a, 1, a", "2, 8, A longer text than a view holds, 2, a", "2, 9, d, 3, d", "2, 19, NULL, 4, d",
		}},
		{"interval", logical.Range, logical.Bound{Offset: -4}, []string{
			"1, 4, c, 1, c", "1, 5, b, 3, c", "1, 5, NULL, 3, c", "1, 9, d, 3, d",
			"2, 3, a, 1, a", "2, 8, A longer text than a view holds, 1, A longer text than a view holds", "2, 9, d, 2, d", "2, 19, NULL, 1, NULL",
		}},
	} {
		spec := &physical.OverAggregate{
			PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1}}, Unit: c.unit, From: c.from, Unbounded: true,
			Calls: []physical.Agg{
				{Func: "COUNT", Filter: -1, Type: types.BigIntType},
				{Func: "MAX", Args: []int{2}, ArgTypes: []types.Type{types.StringType}, Filter: -1, Type: types.StringType},
			},
		}
		optest.Run(t, optest.Case{
			Name: c.name, Streaming: true,
			New:    func() operator.Operator { return order.NewStreamOver(spec) },
			Inputs: []*types.Schema{timed}, Output: out, Events: rows, Want: c.want,
		})
	}
}
