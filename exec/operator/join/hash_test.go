package join_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/join"
)

const plenty = 1 << 30

var allKinds = []logical.JoinKind{logical.Inner, logical.Left, logical.Right, logical.Full, logical.Semi, logical.Anti, logical.Mark}

// problem is a join with its data and answer.
type problem struct {
	spec        physical.HashJoin
	lt, rt      []types.Type
	left, right []row
	want        []string
}

func (p *problem) name() string {
	return fmt.Sprintf("%s/buildRight=%v/keys=%d/residual=%v/nullAware=%v/%dx%d", p.spec.Kind, p.spec.BuildRight, len(p.spec.LeftKeys), p.spec.Residual != nil, p.spec.NullAware, len(p.left), len(p.right))
}

func (p *problem) solve() {
	s := &p.spec
	residual := func(l, r row) bool {
		if s.Residual == nil {
			return true
		}
		a, b := s.Residual.Args[0].Col, s.Residual.Args[1].Col-len(p.lt)
		return !l[a].Null && !r[b].Null && l[a].I < r[b].I
	}
	p.want = reference(s.Kind, p.left, p.right, p.lt, p.rt, func(l, r row) tri {
		if !residual(l, r) {
			return no
		}
		if !s.NullAware {
			return truth(keysEqual(l, r, s.LeftKeys, s.RightKeys))
		}
		if !keysEqual(l, r, s.LeftKeys[1:], s.RightKeys[1:]) {
			return no
		}
		return equal(l[s.LeftKeys[0]], r[s.RightKeys[0]])
	})
}

// less is "left column a < right column b", of BIGINT columns.
func less(lt, rt []types.Type, a, b int) *expr.Expr {
	return expr.NewCall(expr.Lt, types.BooleanType, expr.Col(a, "", lt[a]), expr.Col(len(lt)+b, "", rt[b]))
}

// problems is every kind over several key types, with and without residual.
func problems(r *rand.Rand) []*problem {
	var out []*problem
	wide := types.DecimalType(38, 0)
	sets := []struct {
		lt, rt []types.Type
		lk, rk []int
	}{
		{[]types.Type{types.BigIntType, types.StringType, types.BigIntType}, []types.Type{types.BigIntType, types.StringType, types.BooleanType, types.BigIntType}, []int{0}, []int{0}},
		{[]types.Type{types.StringType, types.BigIntType, types.IntType}, []types.Type{types.IntType, types.BigIntType.NotNull(), wide}, []int{2}, []int{0}},
		{[]types.Type{types.BigIntType, types.IntType, types.SmallType}, []types.Type{types.SmallType, types.IntType, types.BigIntType}, []int{0, 1}, []int{2, 1}},
		{[]types.Type{types.StringType, types.BigIntType}, []types.Type{types.BigIntType, types.StringType}, []int{0}, []int{1}},
		{[]types.Type{types.DoubleType, types.StringType, wide, types.BigIntType}, []types.Type{wide, types.StringType, types.DoubleType, types.BigIntType}, []int{0, 1, 2}, []int{2, 1, 0}},
		{[]types.Type{wide, types.BigIntType}, []types.Type{wide, types.BigIntType}, []int{0}, []int{0}},
		{[]types.Type{types.BigIntType, types.ArrayType(types.BigIntType)}, []types.Type{types.ArrayType(types.BigIntType), types.BigIntType}, []int{1}, []int{0}},
		{[]types.Type{types.BooleanType, types.BigIntType}, []types.Type{types.BooleanType, types.BigIntType, types.TinyIntType, types.FloatType}, []int{0}, []int{0}},
	}
	sizes := [][2]int{{0, 40}, {40, 0}, {60, 50}, {300, 200}}
	for _, s := range sets {
		for _, kind := range allKinds {
			for variant := range 8 {
				buildRight, residual, nullAware := variant&1 == 0, variant&2 != 0, variant&4 != 0
				if nullAware && kind != logical.Anti && kind != logical.Mark || kind == logical.Mark && !buildRight {
					continue
				}
				size := sizes[r.IntN(len(sizes))]
				p := &problem{lt: s.lt, rt: s.rt}
				p.spec = physical.HashJoin{Kind: kind, LeftKeys: s.lk, RightKeys: s.rk, BuildRight: buildRight, NullAware: nullAware}
				if residual {
					p.spec.Residual = less(s.lt, s.rt, bigint(s.lt), bigint(s.rt))
				}
				nulls := !nullAware || r.IntN(2) == 0
				domain := 5 + r.IntN(200)
				p.left, p.right = randomRows(r, s.lt, size[0], domain, nulls), randomRows(r, s.rt, size[1], domain, nulls)
				p.solve()
				out = append(out, p)
			}
		}
	}
	return out
}

func bigint(ts []types.Type) int {
	return slices.IndexFunc(ts, func(t types.Type) bool { return t.Kind == types.BigInt })
}

func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func (p *problem) input(size int) [2][]*stream.Batch {
	return [2][]*stream.Batch{cut(p.lt, p.left, size), cut(p.rt, p.right, size)}
}

func (p *problem) first() int {
	if p.spec.BuildRight {
		return 1
	}
	return 0
}

func TestHashJoinMatchesEveryPair(t *testing.T) {
	r := newRand(t)
	for _, p := range problems(r) {
		for _, size := range []int{1, 7, 8192} {
			ctx := newContext(t, plenty, schemaOf(p.lt...), schemaOf(p.rt...))
			got, err := runBounded(t, join.NewHash(&p.spec), ctx, p.first(), p.input(size))
			if err != nil {
				t.Fatalf("%s, batches of %d: %v", p.name(), size, err)
			}
			if !slices.Equal(got, p.want) {
				t.Fatalf("%s, batches of %d:\n got %v\nwant %v", p.name(), size, got, p.want)
			}
		}
	}
}
