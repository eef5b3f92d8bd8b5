package connector

import (
	"math/bits"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Members is all values that a column of integers, dates or other types held as
// such can have in rows of use to anybody: a bit for each from Low on.
type Members struct {
	Column int
	Low    int64
	Bits   []uint64
}

// Has reports whether x is one of them.
func (m *Members) Has(x int64) bool {
	at := uint64(x) - uint64(m.Low)
	return at>>6 < uint64(len(m.Bits)) && m.Bits[at>>6]>>(at&63)&1 != 0
}

// HasBetween reports whether any value from low to high is one of them.
func (m *Members) HasBetween(low, high int64) bool {
	if len(m.Bits) == 0 || low > high || high < m.Low {
		return false
	}
	from := uint64(max(low, m.Low)) - uint64(m.Low)
	to := min(uint64(high)-uint64(m.Low), uint64(len(m.Bits))*64-1)
	if from > to {
		return false
	}
	word := m.Bits[from>>6] &^ (1<<(from&63) - 1)
	for at := from >> 6; ; at++ {
		if at == to>>6 {
			return word&(1<<(to&63)|(1<<(to&63)-1)) != 0
		}
		if word != 0 {
			return true
		}
		word = m.Bits[at+1]
	}
}

// Values gives the values in their order.
func (m *Members) Values(yield func(x int64) bool) {
	for i, w := range m.Bits {
		for ; w != 0; w &= w - 1 {
			if !yield(m.Low + int64(i*64+bits.TrailingZeros64(w))) {
				return
			}
		}
	}
}

// Count is the number of values.
func (m *Members) Count() (n int) {
	for _, w := range m.Bits {
		n += bits.OnesCount64(w)
	}
	return n
}

// Select appends to out those rows of sel (all when nil) whose value is one of
// them. NULL is not. out may be sel's own memory from its start.
func (m *Members) Select(v *vector.Vector, rows int, sel, out []uint32) []uint32 {
	if v.IsNullConst() {
		return out
	}
	switch v.Phys {
	case types.PhysInt8:
		return selectMembers(m, vector.Values[int8](v.Base()), v, rows, sel, out)
	case types.PhysInt16:
		return selectMembers(m, vector.Values[int16](v.Base()), v, rows, sel, out)
	case types.PhysInt32:
		return selectMembers(m, vector.Values[int32](v.Base()), v, rows, sel, out)
	}
	return selectMembers(m, vector.Values[int64](v.Base()), v, rows, sel, out)
}

func selectMembers[T int8 | int16 | int32 | int64](m *Members, values []T, v *vector.Vector, rows int, sel, out []uint32) []uint32 {
	low, set := uint64(m.Low), m.Bits
	if sel == nil && v.Form == vector.Flat && v.Valid == nil {
		// Few rows are left: each is written, and only those that are counted stay.
		n := len(out)
		out = append(out, make([]uint32, rows)...)
		for r, x := range values[:rows] {
			out[n] = uint32(r)
			if at := uint64(int64(x)) - low; at>>6 < uint64(len(set)) {
				n += int(set[at>>6] >> (at & 63) & 1)
			}
		}
		return out[:n]
	}
	n := rows
	if sel != nil {
		n = len(sel)
	}
	for i := range n {
		r := uint32(i)
		if sel != nil {
			r = sel[i]
		}
		if v.Valid != nil && !v.IsValid(int(r)) {
			continue
		}
		if m.Has(int64(values[v.Index(int(r))])) {
			out = append(out, r)
		}
	}
	return out
}
