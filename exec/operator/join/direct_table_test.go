package join

import (
	"math"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func TestDirectSlots(t *testing.T) {
	for _, c := range []struct {
		name        string
		keys        keyRange
		rows, slots int
		regions     int
	}{
		{"no key", emptyRange(), 10, 0, 1},
		{"one key", keyRange{7, 7}, 1, 2, 1},
		{"close", keyRange{-3, 3}, 7, 8, 1},
		{"as many as the hash table has", keyRange{0, minRegion - 1}, 10, minRegion + 1, 1},
		{"one more", keyRange{0, minRegion}, 10, 0, 1},
		{"four a row", keyRange{1, 4_000_000}, 1_000_000, 4_000_001, 1},
		{"more than four a row", keyRange{0, 4_194_304}, 1_000_000, 0, 1},
		{"the least integers", keyRange{math.MinInt64, math.MinInt64 + 9}, 10, 11, 1},
		{"the greatest integers", keyRange{math.MaxInt64 - 9, math.MaxInt64}, 10, 11, 1},
		{"all integers", keyRange{math.MinInt64, math.MaxInt64}, 1 << 20, 0, 1},
		{"more than half of them", keyRange{math.MinInt64, 1}, 1 << 20, 0, 1},
	} {
		if got := c.keys.directSlots(c.rows, c.regions); got != c.slots {
			t.Errorf("%s: %d slots, not %d", c.name, got, c.slots)
		}
	}
}

func TestTableTakesCloseIntegersDirectly(t *testing.T) {
	const rows = 80_000
	near, apart := make([]int64, rows), make([]int64, rows)
	for i := range rows {
		near[i], apart[i] = int64(i)*3-70_000, int64(i)*5
	}
	for _, c := range []struct {
		name   string
		ty     types.Type
		keys   []int64
		limit  int64
		direct bool
	}{
		{"close", types.BigIntType, near, 1 << 30, true},
		{"apart", types.BigIntType, apart, 1 << 30, false},
		{"floats", types.DoubleType, near, 1 << 30, false},
		// About 2.7 MB of rows and hashes; 1.9 MB of slots would be too much, 1.2 MB of hash slots are not.
		{"memory refused", types.BigIntType, near, 4_300_000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := memory.NewManager(c.limit).Open("test", 0)
			if err != nil {
				t.Fatal(err)
			}
			v := vector.Of(types.PhysInt64, c.keys)
			if c.ty.Phys() == types.PhysFloat64 {
				f := make([]float64, rows)
				for i, k := range c.keys {
					f[i] = float64(k)
				}
				v = vector.Of(types.PhysFloat64, f)
			}
			l := newLayout([]types.Type{c.ty}, []int{0}, false)
			s, err := newRowStore(l, g, 0)
			if err != nil {
				t.Fatal(err)
			}
			k := newKeyColumns(l)
			b := &stream.Batch{Cols: []vector.Vector{v}, Rows: rows}
			all := kernel.Iota(rows)
			if !s.append(b, k, all, k.set(b.Cols, []int{0}, rows, nil)) {
				t.Fatal("no memory")
			}
			table, err := newTable([]*rowStore{s}, g)
			if err != nil || table == nil {
				t.Fatal(table, err)
			}
			if got := table.direct.slots != nil; got != c.direct {
				t.Errorf("direct: %v", got)
			}
			if err := table.fill(0, 1); err != nil {
				t.Fatal(err)
			}
			var f found
			table.find(k, all, &f)
			if !slices.Equal(f.rows, all) {
				t.Errorf("%d of %d rows have found a match", len(f.rows), rows)
			}
			if err := table.close(); err != nil {
				t.Error(err)
			}
			if err := s.close(); err != nil {
				t.Error(err)
			}
			if n := g.InUse(); n != 0 {
				t.Errorf("%d bytes are still counted", n)
			}
		})
	}
}
