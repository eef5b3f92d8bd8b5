package window_test

import (
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/optest"
	"github.com/weir-engine/weir/exec/operator/window"
)

var events = []optest.Event{
	optest.Rows(0, optest.R(1, "a", 5, 10), optest.R(1, "b", 6, 30), optest.R(2, "a", 7, 49)),
	optest.Watermark(0, 49),
	optest.Rows(0, optest.R(1, "c", 1, 20), optest.R(1, "d", 2, 110), optest.R(2, "e", 2, 75)), // 20 may be late
	optest.Watermark(0, 99),
	optest.Rows(0, optest.R(2, "f", 9, 160), optest.R(2, "f", 9, nil)),
	optest.End(0),
}

func TestKit(t *testing.T) {
	out := types.NewSchema(types.Field{Name: "k", Type: types.BigIntType}, types.Field{Name: "n", Type: types.BigIntType.NotNull()},
		types.Field{Name: "m", Type: types.BigIntType}, types.Field{Name: "start", Type: types.TimestampType(3)}, types.Field{Name: "end", Type: types.TimestampType(3)})
	for _, c := range []struct {
		name string
		spec logical.WindowSpec
		aggs []physical.Agg
		want []string
	}{
		{"tumble", logical.WindowSpec{Kind: logical.Tumble, Size: 50}, []physical.Agg{agg("COUNT"), agg("MAX", 2)}, []string{
			"1, 2, 6, 0, 50", "2, 1, 7, 0, 50", "2, 1, 2, 50, 100", "1, 1, 2, 100, 150", "2, 1, 9, 150, 200",
		}},
		{"running", logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50}, []physical.Agg{agg("COUNT"), agg("SUM", 2)}, []string{
			"1, 2, 11, -50, 50", "2, 1, 7, -50, 50", "1, 3, 12, 0, 100", "2, 2, 9, 0, 100", "1, 1, 2, 50, 150", "2, 1, 2, 50, 150", "1, 1, 2, 100, 200", "2, 1, 9, 100, 200", "2, 1, 9, 150, 250",
		}},
		{"merging", logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50}, []physical.Agg{distinct(agg("COUNT", 2)), agg("MAX", 2)}, []string{
			"1, 2, 6, -50, 50", "2, 1, 7, -50, 50", "1, 3, 6, 0, 100", "2, 2, 7, 0, 100", "1, 1, 2, 50, 150", "2, 1, 2, 50, 150", "1, 1, 2, 100, 200", "2, 1, 9, 100, 200", "2, 1, 9, 150, 250",
		}},
		{"forward", logical.WindowSpec{Kind: logical.Cumulate, Size: 100, Slide: 50}, []physical.Agg{agg("COUNT"), agg("MAX", 2)}, []string{
			"1, 2, 6, 0, 50", "2, 1, 7, 0, 50", "1, 3, 6, 0, 100", "2, 2, 7, 0, 100", "1, 1, 2, 100, 150", "1, 1, 2, 100, 200", "2, 1, 9, 100, 200",
		}},
	} {
		spec := &physical.WindowAggregate{Keys: []int{0}, Aggs: c.aggs, Spec: c.spec, Time: 3, Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd}}
		optest.Run(t, optest.Case{
			Name: c.name, Streaming: true,
			New:    func() operator.Operator { return window.NewAggregate(spec) },
			Inputs: []*types.Schema{input}, Output: out, Events: events, Want: c.want,
		})
	}
}

func TestTableKit(t *testing.T) {
	ts := types.TimestampType(3)
	out := types.NewSchema(append(append([]types.Field(nil), input.Fields...), types.Field{Name: "window_start", Type: ts}, types.Field{Name: "window_end", Type: ts}, types.Field{Name: "window_time", Type: ts})...)
	rows := []optest.Event{optest.Rows(0, optest.R(1, "a", 5, 10), optest.R(2, "b", 6, nil), optest.R(3, "c", 7, 149)), optest.End(0)}
	for _, c := range []struct {
		name string
		spec logical.WindowSpec
		want []string
	}{
		{"tumble", logical.WindowSpec{Kind: logical.Tumble, Size: 50}, []string{"1, a, 5, 10, 0, 50, 49", "3, c, 7, 149, 100, 150, 149"}},
		{"hop", logical.WindowSpec{Kind: logical.Hop, Size: 100, Slide: 50}, []string{
			"1, a, 5, 10, 0, 100, 99", "1, a, 5, 10, -50, 50, 49", "3, c, 7, 149, 100, 200, 199", "3, c, 7, 149, 50, 150, 149",
		}},
		{"cumulate", logical.WindowSpec{Kind: logical.Cumulate, Size: 150, Slide: 50}, []string{
			"1, a, 5, 10, 0, 50, 49", "1, a, 5, 10, 0, 100, 99", "1, a, 5, 10, 0, 150, 149", "3, c, 7, 149, 0, 150, 149",
		}},
	} {
		optest.Run(t, optest.Case{
			Name:   c.name,
			New:    func() operator.Operator { return window.NewTable(&physical.WindowTable{Spec: c.spec, Time: 3}) },
			Inputs: []*types.Schema{input}, Output: out, Events: rows, Want: c.want,
		})
	}
}
