package hashtable_test

import (
	"testing"

	"github.com/weir-engine/weir/core/hashtable"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// TestDirectThenHash makes groups by the direct index alone, then asks for them in
// every other way: as constants, beside values far apart, beside NULLs, by a
// Prober and from another table.
func TestDirectThenHash(t *testing.T) {
	const keys = 3000
	dense := make([]int32, keys)
	for i := range dense {
		dense[i] = int32(i - 1000)
	}
	column := vector.Of(types.PhysInt32, dense)
	groups := make([]uint32, keys)
	insert := func(table *hashtable.Table, v vector.Vector, rows int) {
		t.Helper()
		if ok, err := table.FindOrInsert([]vector.Vector{v}, rows, nil, groups); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	same := func(t *testing.T, from int) { // row r has the group of key from+r
		t.Helper()
		for r, g := range groups[:keys-from] {
			if g != uint32(from+r) {
				t.Fatalf("key %d is group %d, want %d", dense[from+r], g, from+r)
			}
		}
	}
	for name, ask := range map[string]func(t *testing.T, table *hashtable.Table){
		"constant": func(t *testing.T, table *hashtable.Table) {
			insert(table, vector.ConstOf(types.IntType, types.IntValue(-990), keys), keys)
			if groups[0] != 10 || groups[keys-1] != 10 {
				t.Fatalf("the constant is group %d, want 10", groups[0])
			}
		},
		"far apart": func(t *testing.T, table *hashtable.Table) {
			far := append([]int32{1 << 30}, dense[:keys-1]...)
			insert(table, vector.Of(types.PhysInt32, far), keys)
			copy(groups, groups[1:])
			if groups = groups[:keys]; table.Len() != keys+1 {
				t.Fatalf("%d groups, want %d", table.Len(), keys+1)
			}
			groups[keys-1] = keys - 1
			same(t, 0)
		},
		"nulls": func(t *testing.T, table *hashtable.Table) {
			with := vector.Of(types.PhysInt32, dense)
			with.Valid = vector.NewBitmapSet(keys)
			with.Valid.SetTo(7, false)
			insert(table, with, keys)
			if groups[7] != keys || table.Len() != keys+1 {
				t.Fatalf("NULL is group %d of %d, want %d", groups[7], table.Len(), keys)
			}
			groups[7] = 7
			same(t, 0)
		},
		"prober": func(t *testing.T, table *hashtable.Table) {
			table.NewProber().Find([]vector.Vector{column}, keys, nil, groups)
			same(t, 0)
		},
		"absorb": func(t *testing.T, table *hashtable.Table) {
			other, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.IntType}, Grant: grant(t, 1<<30)})
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			insert(other, vector.Of(types.PhysInt32, dense[500:]), keys-500)
			all := make([]uint32, other.Len())
			for i := range all {
				all[i] = uint32(i)
			}
			if ok, err := table.Absorb(other, all, groups); !ok || err != nil {
				t.Fatal(ok, err)
			}
			same(t, 500)
		},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := hashtable.New(hashtable.Config{Keys: []types.Type{types.IntType}, Payload: 8, Grant: grant(t, 1<<30)})
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			for range 2 {
				insert(table, column, keys)
				same(t, 0)
			}
			ask(t, table)
			insert(table, column, keys)
			same(t, 0)
		})
	}
}
