package join_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/join"
)

func TestNestedLoopJoinMatchesEveryPair(t *testing.T) {
	r := newRand(t)
	lt := []types.Type{types.BigIntType, types.StringType}
	rt := []types.Type{types.StringType, types.BigIntType, types.ArrayType(types.BigIntType)}
	for _, kind := range allKinds {
		for _, buildRight := range []bool{true, false} {
			for _, size := range [][2]int{{0, 9}, {9, 0}, {30, 40}} {
				for _, conditional := range []bool{true, false} {
					if kind == logical.Mark && !buildRight {
						continue
					}
					p := &problem{lt: lt, rt: rt, left: randomRows(r, lt, size[0], 40, true), right: randomRows(r, rt, size[1], 40, true)}
					spec := &physical.NestedLoopJoin{Kind: kind, BuildRight: buildRight}
					if conditional {
						spec.Cond = less(lt, rt, 0, 1)
					}
					want := reference(kind, p.left, p.right, lt, rt, func(l, r row) tri {
						return truth(!conditional || !l[0].Null && !r[1].Null && l[0].I < r[1].I)
					})
					for _, rows := range []int{1, 7, 8192} {
						p.spec.BuildRight = buildRight
						ctx := newContext(t, plenty, schemaOf(lt...), schemaOf(rt...))
						got, err := runBounded(t, join.NewNestedLoop(spec), ctx, p.first(), p.input(rows))
						if err != nil || !slices.Equal(got, want) {
							t.Fatalf("%s, build right %v, %v, batches of %d:\n got %v, %v\nwant %v", kind, buildRight, size, rows, got, err, want)
						}
					}
				}
			}
		}
	}
}
