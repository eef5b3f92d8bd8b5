package hashtable_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func grant(t testing.TB, limit int64) *memory.Grant {
	t.Helper()
	g, err := memory.NewManager(limit).Open("test", 0)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// randomColumn makes rows of one type, drawn from a few values or from many.
func randomColumn(rng *rand.Rand, typ types.Type, rows, distinct int) vector.Vector {
	b := vector.NewBuilder(typ)
	for range rows {
		n := rng.IntN(distinct)
		if typ.Nullable && n%11 == 3 {
			b.AppendNull()
			continue
		}
		switch {
		case typ.IsString():
			b.AppendBytes([]byte(strings.Repeat(fmt.Sprint("k", n), 1+n%4)))
		case typ.Kind == types.Boolean:
			b.AppendBool(n%2 == 0)
		case typ.IsApproximate():
			b.AppendValue(types.FloatValue([]float64{0, math.Copysign(0, -1), math.NaN(), 1.5, float64(n)}[n%5]))
		case typ.Phys() == types.PhysInt128:
			vector.Append(b, types.Int128{Lo: uint64(n), Hi: int64(n % 3)})
		default:
			b.AppendValue(types.IntValue(int64(n)))
		}
	}
	return b.Finish()
}

// asDict turns a column into dictionary form.
func asDict(typ types.Type, v vector.Vector) vector.Vector {
	b := vector.NewBuilder(typ)
	places := map[string]uint32{}
	out := vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: v.Len, Valid: v.Valid}
	for r := range v.Len {
		code := uint32(0)
		if v.IsValid(r) {
			key := fmt.Sprint(v.ValueAt(r))
			var ok bool
			if code, ok = places[key]; !ok {
				code = uint32(b.Len())
				places[key] = code
				b.AppendValue(v.ValueAt(r))
			}
		}
		out.Codes = append(out.Codes, code)
	}
	d := b.Finish()
	if d.Len == 0 { // NULLs only
		return v
	}
	out.Dict = &d
	return out
}

func keyText(cols []vector.Vector, r int) string {
	var sb strings.Builder
	for i := range cols {
		v := cols[i].ValueAt(r)
		if cols[i].Phys == types.PhysFloat64 && !v.Null {
			f := v.Float()
			if f == 0 {
				f = 0
			}
			fmt.Fprintf(&sb, "%v|", f+0)
			continue
		}
		fmt.Fprintf(&sb, "%v|", v)
	}
	return strings.ReplaceAll(sb.String(), "-0|", "0|")
}

// TestAgainstMap inserts random keys of many shapes and compares with a Go map.
func TestAgainstMap(t *testing.T) {
	shapes := [][]types.Type{
		{types.BigIntType.NotNull()},
		{types.BigIntType},
		{types.IntType},
		{types.TinyIntType},
		{types.IntType, types.IntType},
		{types.BigIntType.NotNull(), types.BigIntType.NotNull()},
		{types.StringType},
		{types.StringType, types.StringType.NotNull()},
		{types.StringType, types.IntType, types.BooleanType},
		{types.DoubleType},
		{types.DecimalType(30, 2), types.DateType},
		{types.TimestampType(3), types.SmallType, types.StringType, types.BigIntType},
	}
	for _, keys := range shapes {
		for _, distinct := range []int{3, 1500, 200000} {
			for _, form := range []string{"flat", "dict", "sel"} {
				t.Run(fmt.Sprintf("%v/%d/%s", keys, distinct, form), func(t *testing.T) {
					checkAgainstMap(t, keys, distinct, form)
				})
			}
		}
	}
}

func checkAgainstMap(t *testing.T, keys []types.Type, distinct int, form string) {
	rng := rand.New(rand.NewPCG(1, uint64(distinct)))
	g := grant(t, 1<<30)
	table, err := hashtable.New(hashtable.Config{Keys: keys, Payload: 8, Grant: g})
	if err != nil {
		t.Fatal(err)
	}
	want, texts := map[string]uint32{}, []string{}
	groups := make([]uint32, 4096)
	for batch := range 4 {
		rows := []int{1, 1500, 700, 2000}[batch]
		cols := make([]vector.Vector, len(keys))
		for i, k := range keys {
			cols[i] = randomColumn(rng, k, rows, distinct)
			if form == "dict" {
				cols[i] = asDict(k, cols[i])
			}
		}
		var sel []uint32
		if form == "sel" {
			sel = []uint32{}
			for r := range rows {
				if rng.IntN(3) > 0 {
					sel = append(sel, uint32(r))
				}
			}
		}
		if ok, err := table.FindOrInsert(cols, rows, sel, groups); !ok || err != nil {
			t.Fatal(ok, err)
		}
		check := func(r int) {
			text := keyText(cols, r)
			g, ok := want[text]
			if !ok {
				want[text], texts = groups[r], append(texts, text)
				return
			}
			if g != groups[r] {
				t.Fatalf("batch %d row %d: key %s in group %d, before in %d", batch, r, text, groups[r], g)
			}
		}
		if sel == nil {
			for r := range rows {
				check(r)
			}
		}
		for _, r := range sel {
			check(int(r))
		}
	}
	if table.Len() != len(want) {
		t.Fatalf("%d groups, want %d", table.Len(), len(want))
	}
	checkKeys(t, table, keys, want)
	if err := table.Close(); err != nil || g.InUse() != 0 {
		t.Fatalf("close: %v, %d bytes still counted", err, g.InUse())
	}
}

// checkKeys reads all keys back, finds them again, and absorbs them into another table.
func checkKeys(t *testing.T, table *hashtable.Table, keys []types.Type, want map[string]uint32) {
	t.Helper()
	all := make([]uint32, table.Len())
	for i := range all {
		all[i] = uint32(i)
	}
	cols := make([]vector.Vector, len(keys))
	for i, k := range keys {
		b := vector.NewBuilder(k)
		table.AppendKeys(i, all, b)
		cols[i] = b.Finish()
	}
	for r := range all {
		if text := keyText(cols, r); want[text] != uint32(r) {
			t.Fatalf("group %d has key %s, which is in group %d", r, text, want[text])
		}
	}
	if len(all) == 0 {
		return
	}
	found := make([]uint32, len(all))
	table.NewProber().Find(cols, len(all), nil, found)
	for r := range found {
		if found[r] != uint32(r) {
			t.Fatalf("Find of group %d: %d", r, found[r])
		}
	}
	other, err := hashtable.New(hashtable.Config{Keys: keys, Payload: 8, Grant: grant(t, 1<<30)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if ok, err := other.Absorb(table, all, found); !ok || err != nil {
		t.Fatal(ok, err)
	}
	for r := range found {
		if found[r] != uint32(r) || other.Hash(found[r]) != table.Hash(uint32(r)) {
			t.Fatalf("Absorb of group %d: %d", r, found[r])
		}
	}
}

// TestDirtyViews: what lies behind a short string does not count.
func TestDirtyViews(t *testing.T) {
	table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.StringType}, Grant: grant(t, 1<<30)})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for _, s := range []string{"", "a", "abcd", "abcde", "abcdefghijk", "abcdefghijkl"} {
		clean, dirty := vector.Strings(s), vector.Strings(s)
		for i := 4 + len(s); i < 16; i++ {
			dirty.Data[i] = 0xee
		}
		groups := make([]uint32, 1)
		for i, v := range []vector.Vector{clean, dirty} {
			if ok, err := table.FindOrInsert([]vector.Vector{v}, 1, nil, groups); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if int(groups[0]) != table.Len()-1 {
				t.Errorf("%q: try %d made group %d of %d", s, i, groups[0], table.Len())
			}
		}
	}
	if table.Len() != 6 {
		t.Errorf("%d groups of 6 strings", table.Len())
	}
}

func TestFindMisses(t *testing.T) {
	table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.StringType}, Grant: grant(t, 1<<30)})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	p := table.NewProber()
	groups := make([]uint32, 3)
	v := vector.Strings("a", "a rather long string", "b")
	p.Find([]vector.Vector{v}, 3, nil, groups)
	if groups[0] != hashtable.None || groups[2] != hashtable.None {
		t.Error("found something in an empty table")
	}
	if ok, err := table.FindOrInsert([]vector.Vector{v}, 2, nil, groups); !ok || err != nil {
		t.Fatal(ok, err)
	}
	probe := vector.Strings("b", "a rather long strinG", "a")
	p.Find([]vector.Vector{probe}, 3, []uint32{0, 1, 2}, groups)
	if groups[0] != hashtable.None || groups[1] != hashtable.None || groups[2] != 0 {
		t.Errorf("got %v", groups)
	}
}

// TestRefusal fills a table until its grant ends: it must say so, keep what it has, and work again after Reset.
func TestRefusal(t *testing.T) {
	g := grant(t, 1<<20)
	table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.BigIntType.NotNull()}, Payload: 64, Grant: g})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	groups := make([]uint32, 1000)
	fill := func() (batches int) {
		for next := int64(0); batches < 100; batches++ {
			values := make([]int64, 1000)
			for i := range values {
				values[i] = next * 1_000_003
				next++
			}
			ok, err := table.FindOrInsert([]vector.Vector{vector.Of(types.PhysInt64, values)}, 1000, nil, groups)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return batches
			}
		}
		return batches
	}
	first := fill()
	if first == 0 || first == 100 {
		t.Fatalf("%d batches fitted into 1 MiB", first)
	}
	b := vector.NewBuilder(types.BigIntType)
	table.AppendKeys(0, []uint32{0, 999}, b)
	if v := b.Finish(); v.ValueAt(1).I != 999*1_000_003 {
		t.Error("groups were lost")
	}
	if err := table.Reset(); err != nil {
		t.Fatal(err)
	}
	if g.InUse() != 0 || table.Len() != 0 {
		t.Errorf("%d bytes after Reset", g.InUse())
	}
	if again := fill(); again != first {
		t.Errorf("%d batches after Reset, %d before", again, first)
	}
}

// A table that has forgotten makes groups anew and leaves those it has where they are.
func TestForgetAndClear(t *testing.T) {
	for name, step := range map[string]int64{"dense": 1, "apart": 1 << 33, "downwards": -1} {
		t.Run(name, func(t *testing.T) {
			g := grant(t, 1<<30)
			table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.BigIntType.NotNull()}, Payload: 8, Grant: g, Groups: 50_000})
			if err != nil {
				t.Fatal(err)
			}
			groups := make([]uint32, 5000)
			insert := func(from, to int) { // each key twice, the second time known
				for ; from < to; from += len(groups) {
					values := make([]int64, len(groups))
					for i := range values {
						values[i] = step * int64(from+i)
					}
					cols := []vector.Vector{vector.Of(types.PhysInt64, values)}
					first := table.Len()
					for range 2 {
						if ok, err := table.FindOrInsert(cols, len(values), nil, groups); !ok || err != nil {
							t.Fatal(ok, err)
						}
						for i, n := range groups {
							if n != uint32(first+i) {
								t.Fatalf("key %d is group %d, want %d", values[i], n, first+i)
							}
						}
					}
				}
			}
			insert(0, 20_000)
			if err := table.Forget(1000); err != nil {
				t.Fatal(err)
			}
			insert(10_000, 40_000)
			all := make([]uint32, table.Len())
			for i := range all {
				all[i] = uint32(i)
			}
			out := vector.NewBuilder(types.BigIntType.NotNull())
			table.AppendKeys(0, all, out)
			column := out.Finish()
			for i, x := range vector.Values[int64](&column) {
				want := int64(i)
				if i >= 20_000 {
					want -= 10_000
				}
				if x != want*step {
					t.Fatalf("group %d has key %d, want %d", i, x, want*step)
				}
			}
			*(*int64)(table.At(7)) = 1
			table.Clear()
			if err := table.Expect(30_000); err != nil || table.Len() != 0 {
				t.Fatal(err, table.Len())
			}
			insert(5_000, 45_000)
			if *(*int64)(table.At(7)) != 0 {
				t.Error("the payload of a new group is not zero")
			}
			if err := table.Close(); err != nil || g.InUse() != 0 {
				t.Fatalf("close: %v, %d bytes still counted", err, g.InUse())
			}
		})
	}
}
