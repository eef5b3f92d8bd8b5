package hashtable_test

import (
	"math/rand/v2"
	"testing"

	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// TestNestedKeys: rows share a group just where their values are equal, and a
// group gives back a value equal to that of its rows.
func TestNestedKeys(t *testing.T) {
	row := types.RowType(types.Field{Name: "n", Type: types.IntType}, types.Field{Name: "s", Type: types.StringType}, types.Field{Name: "x", Type: types.DoubleType})
	for _, typ := range []types.Type{
		row, types.ArrayType(types.BigIntType), types.ArrayType(row), types.ArrayType(types.ArrayType(types.StringType)),
		types.MapType(types.StringType, row), types.ArrayType(types.DecimalType(30, 2)), types.ArrayType(types.BooleanType), types.ArrayType(types.Type{Kind: types.SmallInt, Nullable: true}),
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		b := vector.NewBuilder(typ)
		for range 400 {
			b.AppendValue(randomNested(rng, typ, 2))
		}
		col := b.Finish()
		table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.IntType, typ}, Grant: grant(t, 64<<20)})
		if err != nil {
			t.Fatal(err)
		}
		ones := vector.NewFlat(types.PhysInt32, col.Len)
		groups := make([]uint32, col.Len)
		if ok, err := table.FindOrInsert([]vector.Vector{ones, col}, col.Len, nil, groups); !ok || err != nil {
			t.Fatal(ok, err)
		}
		first := map[uint32]int{}
		all := make([]uint32, table.Len())
		for g := range all {
			all[g] = uint32(g)
		}
		out := vector.NewBuilder(typ)
		table.AppendKeys(1, all, out)
		keys := out.Finish()
		for r := range col.Len {
			g := groups[r]
			if !kernel.EqualAt(&col, r, &keys, int(g)) {
				t.Fatalf("%s: row %v is in the group of %v", typ, col.ValueAt(r), keys.ValueAt(int(g)))
			}
			if _, ok := first[g]; !ok {
				first[g] = r
			}
		}
		for g, r := range first {
			for h, s := range first {
				if g != h && kernel.EqualAt(&col, r, &col, s) {
					t.Fatalf("%s: equal values %v and %v are in two groups", typ, col.ValueAt(r), col.ValueAt(s))
				}
			}
		}
		if len(first) < 2 {
			t.Fatalf("%s: %d groups", typ, len(first))
		}
		if err := table.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// randomNested draws from few values, so that many are equal; the keys of a map are told apart.
func randomNested(rng *rand.Rand, t types.Type, depth int) types.Value {
	n := rng.IntN(3)
	if t.Nullable && n == 2 && rng.IntN(4) == 0 {
		return types.NullValue()
	}
	switch t.Kind {
	case types.Array:
		var v types.Value
		for range n {
			v.Items = append(v.Items, randomNested(rng, *t.Elem, depth-1))
		}
		return v
	case types.Map:
		var v types.Value
		keys := []string{"k", "a longer key than fits"}
		if rng.IntN(2) == 0 {
			keys[0], keys[1] = keys[1], keys[0]
		}
		for _, k := range keys[:min(n, 2)] {
			v.Items = append(v.Items, types.StringValue(k), randomNested(rng, *t.Elem, depth-1))
		}
		return v
	case types.Row:
		var v types.Value
		for _, f := range t.Fields {
			v.Items = append(v.Items, randomNested(rng, f.Type, depth-1))
		}
		return v
	case types.Varchar:
		return types.StringValue([]string{"", "short", "longer than twelve bytes"}[n])
	case types.Double:
		return types.FloatValue([]float64{0, 1.5, -2}[n])
	case types.Boolean:
		return types.BoolValue(n == 1)
	}
	return types.IntValue(int64(n))
}
