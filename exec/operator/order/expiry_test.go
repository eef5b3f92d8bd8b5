package order_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/order"
)

// What lives longest after its last write is forgotten, swept or not.
func TestStateExpires(t *testing.T) {
	ts := []types.Type{types.BigIntType, types.BigIntType}
	byValue := []physical.SortKey{{Col: 1}}
	cases := []struct {
		name string
		op   operator.Operator
		want []string
	}{
		{"first row", order.NewDeduplicate(&physical.Deduplicate{Keys: []int{0}, Time: -1, UpdateBefore: true, StateTTL: 1000}), []string{
			"1|5", // lives until 11 000, whatever comes
			"1|4",
			"1|9",
		}},
		{"last row", order.NewDeduplicate(&physical.Deduplicate{Keys: []int{0}, Time: -1, KeepLast: true, UpdateBefore: true, StateTTL: 1000}), []string{
			"1|5", "-U 1|5", "+U 1|5", "-U 1|5", "+U 1|4", "1|9",
		}},
		{"append Top-1", order.NewStreamRank(&physical.Rank{PartitionBy: []int{0}, OrderBy: byValue, Start: 1, End: 1, Strategy: physical.RankAppend, StateTTL: 1000}), []string{
			"1|5", "1|4", "1|9", // 5 does not enter at 10 999, so its life is not prolonged
		}},
		{"retracting Top-1", order.NewStreamRank(&physical.Rank{PartitionBy: []int{0}, OrderBy: byValue, Start: 1, End: 1, Strategy: physical.RankRetract, StateTTL: 1000}), []string{
			"1|5", "-D 1|5", "1|4", "1|9",
		}},
		{"normalized", order.NewChangelogNormalize(&physical.ChangelogNormalize{Keys: []int{0}, StateTTL: 1000}), []string{
			"1|5", "-U 1|5", "+U 1|5", "-U 1|5", "+U 1|4", "1|9",
		}},
		{"sink", order.NewSinkMaterializer(&physical.SinkMaterializer{Keys: []int{0}, StateTTL: 1000}), []string{
			"1|5", "+U 1|4", "1|9", // 5 is there twice
		}},
	}
	for _, c := range cases {
		store := aggregatetest.NewStore()
		now, alarm := int64(10_000), int64(0)
		ctx := newContext(t, plenty, schemaOf(ts...))
		ctx.Store, ctx.Clock, ctx.Alarm = store, func() int64 { return now }, func(at int64) { alarm = at }
		if err := c.op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		out := &sink{}
		for _, step := range [][2]int64{{10_000, 5}, {10_999, 5}, {11_500, 4}, {13_000, 9}} {
			now = step[0]
			for _, b := range batchesOf(ts, []change{ints(stream.Insert, 1, step[1])}, 1) {
				out.Room = 1
				if err := c.op.Process(0, b, out); err != nil {
					t.Fatal(err)
				}
				if err := drain(c.op, out); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := out.Rows
		for i, line := range got { // insertions alone carry no kinds
			if len(line) > 3 && line[:3] == "+I " {
				got[i] = line[3:]
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %v\nwant %v", c.name, got, c.want)
		}
		if alarm == 0 {
			t.Errorf("%s: no alarm was set", c.name)
		}
		now = 30_000
		if next, err := c.op.(operator.Clocked).Tick(now, out); err != nil || next <= now {
			t.Fatalf("%s: Tick: next %d, %v", c.name, next, err)
		}
		if n := store.Rows(); n != 0 {
			t.Errorf("%s: %d rows are left after the sweep", c.name, n)
		}
	}
}
