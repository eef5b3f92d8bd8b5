package connector

import (
	"math"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func membersOf(low int64, words int, values ...int64) *Members {
	m := &Members{Low: low, Bits: make([]uint64, words)}
	for _, x := range values {
		at := uint64(x - low)
		m.Bits[at>>6] |= 1 << (at & 63)
	}
	return m
}

func TestMembersBetween(t *testing.T) {
	values := []int64{-70, -7, 0, 57, 58, 121}
	m := membersOf(-70, 3, values...)
	if n := m.Count(); n != len(values) {
		t.Errorf("%d members, want %d", n, len(values))
	}
	for low := int64(-140); low < 140; low++ {
		for high := low - 1; high < 140; high++ {
			want := slices.ContainsFunc(values, func(x int64) bool { return low <= x && x <= high })
			if got := m.HasBetween(low, high); got != want {
				t.Fatalf("from %d to %d: %v, want %v", low, high, got, want)
			}
		}
	}
	if !m.HasBetween(math.MinInt64, math.MaxInt64) || m.HasBetween(math.MinInt64, -71) || m.HasBetween(122, math.MaxInt64) {
		t.Error("the ends of the integers")
	}
	end := membersOf(math.MaxInt64-10, 1, math.MaxInt64-3)
	if !end.HasBetween(math.MaxInt64-3, math.MaxInt64) || end.HasBetween(math.MaxInt64-2, math.MaxInt64) || !end.Has(math.MaxInt64-3) || end.Has(math.MinInt64) {
		t.Error("members at the end of the integers")
	}
}

func TestMembersSelect(t *testing.T) {
	m := membersOf(-2, 1, -2, 3, 60)
	flat := vector.Of(types.PhysInt32, []int32{3, 4, -2, -3, 60, 3})
	nulls := flat
	nulls.Valid = vector.NewBitmapSet(6)
	nulls.Valid.Clear(0)
	dict := vector.Vector{Phys: types.PhysInt32, Form: vector.Dict, Len: 6, Codes: []uint32{4, 1, 1, 0, 3, 2}, Dict: &flat}
	constant := vector.ConstOf(types.IntType, types.IntValue(60), 6)
	null := vector.ConstOf(types.IntType, types.NullValue(), 6)
	for name, c := range map[string]struct {
		v    vector.Vector
		sel  []uint32
		want []uint32
	}{
		"flat":           {flat, nil, []uint32{0, 2, 4, 5}},
		"flat, selected": {flat, []uint32{1, 2, 5}, []uint32{2, 5}},
		"NULLs":          {nulls, nil, []uint32{2, 4, 5}},
		"dictionary":     {dict, nil, []uint32{0, 3, 5}},
		"constant":       {constant, []uint32{1, 3}, []uint32{1, 3}},
		"NULL":           {null, nil, nil},
	} {
		if got := m.Select(&c.v, 6, c.sel, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if c.sel != nil {
			sel := slices.Clone(c.sel)
			if got := m.Select(&c.v, 6, sel, sel[:0]); !slices.Equal(got, c.want) {
				t.Errorf("%s, in place: %v, want %v", name, got, c.want)
			}
		}
	}
}
