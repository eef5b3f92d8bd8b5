package join_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/join"
)

// spilled is a join whose build side is larger than its memory; heavy: most of
// it has one key, which no parting makes smaller.
func spilled(t testing.TB, kind logical.JoinKind, buildRight, nullAware, heavy bool) *problem {
	r := newRand(t)
	p := &problem{lt: []types.Type{types.BigIntType, types.StringType}, rt: []types.Type{types.StringType, types.BigIntType, types.BigIntType}}
	p.spec = physical.HashJoin{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{1}, BuildRight: buildRight, NullAware: nullAware}
	sizes := [2]int{300, 9000}
	if !buildRight {
		sizes = [2]int{9000, 300}
	}
	p.left, p.right = randomRows(r, p.lt, sizes[0], 4000, !nullAware), randomRows(r, p.rt, sizes[1], 4000, !nullAware)
	for side, rows := range [2][]row{p.left, p.right} {
		for _, x := range rows { // apart: keys that lie close together take less memory
			x[side].I *= 1_000_003
		}
	}
	if heavy {
		for side, rows := range [2][]row{p.left, p.right} {
			for i, x := range rows {
				if len(rows) == 9000 && i%8 != 0 || i%100 == 0 {
					x[[2]int{0, 1}[side]] = types.IntValue(77)
				}
			}
		}
	}
	p.solve()
	return p
}

func TestHashJoinSpills(t *testing.T) {
	for _, heavy := range []bool{false, true} {
		for _, kind := range allKinds {
			for variant := range 4 {
				buildRight, nullAware := variant&1 == 0, variant&2 != 0
				if nullAware && kind != logical.Anti && kind != logical.Mark || kind == logical.Mark && !buildRight {
					continue
				}
				p := spilled(t, kind, buildRight, nullAware, heavy)
				limit := int64(600 << 10)
				if heavy {
					limit = 440 << 10 // less than the rows of the one key, which needs no slots to speak of
				}
				ctx := newContext(t, limit, schemaOf(p.lt...), schemaOf(p.rt...))
				got, err := runBounded(t, join.NewHash(&p.spec), ctx, p.first(), p.input(500))
				if err != nil {
					t.Fatalf("%s: %v", p.name(), err)
				}
				if !slices.Equal(got, p.want) {
					t.Fatalf("%s, heavy %v: %d rows, not %d", p.name(), heavy, len(got), len(p.want))
				}
				c := ctx.Metric
				if c.Counter("spilledRows").Value() < 7000 {
					t.Errorf("%s: %d rows were spilled", p.name(), c.Counter("spilledRows").Value())
				}
				if n := c.Counter("heavyParts").Value(); (n > 0) != (heavy || nullAware && !buildRight) {
					t.Errorf("%s: %d parts did not shrink", p.name(), n)
				}
				if heavy && c.Counter("splitParts").Value() == 0 {
					t.Errorf("%s: no part was parted once more", p.name())
				}
			}
		}
	}
}

func TestSharedHashJoinSpills(t *testing.T) {
	for i, kind := range allKinds {
		p := spilled(t, kind, i%2 == 0 || kind == logical.Mark, false, i%3 == 0)
		for _, n := range []int{2, 4} {
			got := runShared(t, n, 900<<10*int64(n)/2, p.spec, []*types.Schema{schemaOf(p.lt...), schemaOf(p.rt...)}, p.first(), p.input(500))
			if !slices.Equal(got, p.want) {
				t.Fatalf("%s, %d subtasks: %d rows, not %d", p.name(), n, len(got), len(p.want))
			}
		}
	}
}
