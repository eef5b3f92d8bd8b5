package aggregate_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator/aggregate"
)

func TestSortAgainstReference(t *testing.T) {
	for _, keys := range [][]int{{}, {0}, {0, 1}} {
		for _, rows := range []int{0, 1, 2500} {
			recs, all := randomInput(31, rows, 300)
			order := make([]uint32, rows)
			for i := range order {
				order[i] = uint32(i)
			}
			slices.SortStableFunc(order, func(a, b uint32) int {
				for _, k := range keys {
					if c := cmp.Compare(recs[a].text(k), recs[b].text(k)); c != 0 {
						return c
					}
				}
				return 0
			})
			b := stream.NewBuilder(input.Types())
			b.Append(all, order)
			want := reference(recs, keys, allAggs)
			for _, size := range []int{1, 7, 100, 8192} {
				t.Run(fmt.Sprintf("keys=%v/rows=%d/batch=%d", keys, rows, size), func(t *testing.T) {
					ctx := newContext(t, input, 1<<26)
					out := &sink{}
					if err := run(t, aggregate.NewSort(&physical.SortAggregate{Keys: keys, Aggs: allAggs}), ctx, cut(b.Finish(), size), out); err != nil {
						t.Fatal(err)
					}
					compare(t, out.sorted(), want)
				})
			}
		}
	}
}
