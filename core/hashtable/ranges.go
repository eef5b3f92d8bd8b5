package hashtable

import (
	"unsafe"

	"github.com/weir-engine/weir/core/types"
)

// Range is integers from Lo to Hi, both included.
type Range struct{ Lo, Hi int64 }

// Range is between which values the keys lie that are not forgotten. It is known
// where all of them went by the direct index.
func (t *Table) Range() (Range, bool) {
	d := &t.direct
	return Range{d.lo, d.hi}, d.index != nil && d.complete(t) && d.known > 0
}

// OnStray has f called when a batch of dense integers lies too far from the keys
// so far for one direct index. f may Forget them and report that it did.
func (t *Table) OnStray(f func() (forgot bool, err error)) { t.direct.stray = f }

// Split lists the groups [from, to) of a table whose only key is an integer: those
// with keys in a range, and the others. Ranges are few.
func (t *Table) Split(from, to int, ranges []Range, in, others []uint32) (within, without []uint32) {
	switch t.layout.fields[0].phys {
	case types.PhysInt8:
		return split[int8](t, from, to, ranges, in, others)
	case types.PhysInt16:
		return split[int16](t, from, to, ranges, in, others)
	case types.PhysInt32:
		return split[int32](t, from, to, ranges, in, others)
	}
	return split[int64](t, from, to, ranges, in, others)
}

func split[T integer](t *Table, from, to int, ranges []Range, in, others []uint32) (within, without []uint32) {
	keys, stride := unsafe.Add(t.rows.Base(), 8), t.stride
	for g := from; g < to; g++ {
		x := int64(*(*T)(unsafe.Add(keys, uintptr(g)*stride)))
		hit := false
		for _, r := range ranges {
			hit = hit || r.Lo <= x && x <= r.Hi
		}
		if hit {
			in = append(in, uint32(g))
		} else {
			others = append(others, uint32(g))
		}
	}
	return in, others
}
