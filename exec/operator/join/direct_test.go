package join_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/join"
)

// closeKeys are keys of build sides that lie close together, or just not.
var closeKeys = []struct {
	name  string
	key   types.Type
	keys  []int64
	nulls bool
}{
	{"once each", types.BigIntType, upTo(5, 900, 1), false},
	{"repeated", types.BigIntType, append(upTo(0, 300, 1), upTo(100, 300, 1)...), true},
	{"one key", types.IntType, slices.Repeat([]int64{42}, 70), true},
	{"around zero", types.IntType, upTo(-400, 400, 1), true},
	{"negative", types.DateType, upTo(-9000, -8000, 3), true},
	{"a fourth in use", types.BigIntType, upTo(-2000, 2000, 4), false},
	{"at the least integer", types.BigIntType, upTo(math.MinInt64, math.MinInt64+500, 1), true},
	{"at the greatest integer", types.BigIntType, upTo(math.MaxInt64-500, math.MaxInt64, 1), true},
	{"all integers apart", types.BigIntType, append(upTo(-100, 100, 1), math.MinInt64, math.MaxInt64), true},
	{"no two together", types.BigIntType, upTo(math.MinInt64, math.MaxInt64-math.MaxInt64/50, math.MaxInt64/50), true},
	{"narrow", types.TinyIntType, upTo(math.MinInt8, math.MaxInt8+1, 1), true},
	{"only NULL", types.BigIntType, nil, true},
}

func upTo(from, to, step int64) (out []int64) {
	for x := from; x < to; x += step {
		out = append(out, x)
	}
	return out
}

// keyedRows are rows of keys, and some without, in any order.
func keyedRows(r *rand.Rand, keys []int64, nulls bool) []row {
	var out []row
	for _, k := range keys {
		out = append(out, row{types.IntValue(k), types.IntValue(r.Int64N(100))})
	}
	if nulls {
		for range 9 {
			out = append(out, row{types.NullValue(), types.IntValue(r.Int64N(100))})
		}
	}
	r.Shuffle(len(out), func(i, k int) { out[i], out[k] = out[k], out[i] })
	return out
}

// askedKeys are some of keys, their neighbours, and the ends of the type.
func askedKeys(r *rand.Rand, ty types.Type, keys []int64) []int64 {
	bits := map[types.Phys]uint{types.PhysInt8: 8, types.PhysInt32: 32, types.PhysInt64: 64}[ty.Phys()]
	least, most := int64(-1)<<(bits-1), int64(uint64(1)<<(bits-1)-1)
	out := []int64{least, least + 1, -1, 0, 1, most - 1, most}
	for range 60 {
		if len(keys) == 0 {
			break
		}
		k := keys[r.IntN(len(keys))]
		out = append(out, k, max(k, least+1)-1, min(k, most-1)+1)
	}
	return out
}

func TestHashJoinOfCloseKeys(t *testing.T) {
	r := newRand(t)
	for i, c := range closeKeys {
		ts := []types.Type{c.key, types.BigIntType}
		build, probe := keyedRows(r, c.keys, c.nulls), keyedRows(r, askedKeys(r, c.key, c.keys), c.nulls)
		for _, kind := range allKinds {
			for variant := range 4 {
				buildRight, nullAware := variant&1 == 0, variant&2 != 0
				if nullAware && kind != logical.Anti && kind != logical.Mark || kind == logical.Mark && !buildRight {
					continue
				}
				p := &problem{lt: ts, rt: ts, left: probe, right: build}
				if !buildRight {
					p.left, p.right = build, probe
				}
				p.spec = physical.HashJoin{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{0}, BuildRight: buildRight, NullAware: nullAware}
				p.solve()
				n := 1 + 2*((i+variant)%2)
				got := runShared(t, n, plenty, p.spec, []*types.Schema{schemaOf(ts...), schemaOf(ts...)}, p.first(), p.input(64))
				if !slices.Equal(got, p.want) {
					t.Errorf("%s: %s, %d subtasks:\n got %v\nwant %v", c.name, p.name(), n, got, p.want)
				}
			}
		}
	}
}

func TestHashJoinOfCloseKeysSpills(t *testing.T) {
	r := newRand(t)
	ts := []types.Type{types.BigIntType, types.BigIntType}
	for _, kind := range allKinds {
		p := &problem{lt: ts, rt: ts, left: keyedRows(r, upTo(-50, 50, 1), true), right: keyedRows(r, upTo(-6000, 6000, 1), true)}
		p.spec = physical.HashJoin{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{0}, BuildRight: true}
		p.solve()
		ctx := newContext(t, 400<<10, schemaOf(ts...), schemaOf(ts...))
		got, err := runBounded(t, join.NewHash(&p.spec), ctx, 1, p.input(500))
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !slices.Equal(got, p.want) {
			t.Errorf("%s: %d rows, not %d", kind, len(got), len(p.want))
		}
		if ctx.Metric.Counter("spilledRows").Value() == 0 {
			t.Errorf("%s: nothing was spilled", kind)
		}
	}
}
