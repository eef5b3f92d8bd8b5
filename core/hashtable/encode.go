package hashtable

import (
	"math"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// keyList is encoded keys: those of a batch, or those of rows of a table.
type keyList struct {
	n      int
	words  []uint64
	hashes []uint64
	bytes  []byte // what views of long strings point into
}

// encode writes the keys of the rows that sel names (all when nil) to k, one
// behind another.
func (l *layout) encode(k *keyList, cols []vector.Vector, rows int, sel []uint32) {
	k.n = rows
	if sel != nil {
		k.n = len(sel)
	}
	size := k.n * l.words
	if cap(k.words) < size {
		k.words = make([]uint64, size)
	}
	k.words = k.words[:size]
	clear(k.words)
	k.bytes = k.bytes[:0]
	if k.n == 0 {
		return
	}
	for i := range l.fields {
		l.encodeColumn(k, i, &cols[i], sel)
	}
}

func (l *layout) encodeColumn(k *keyList, i int, v *vector.Vector, sel []uint32) {
	f := &l.fields[i]
	if v.IsNullConst() {
		for j := range k.n {
			l.setNull(k, j, i)
		}
		return
	}
	at, stride := unsafe.Add(unsafe.Pointer(&k.words[0]), f.off), uintptr(l.words*8)
	valid := v.RowValid()
	switch f.phys {
	case types.PhysBytes:
		if f.nested {
			k.encodeNested(at, stride, l.types[i], v, valid, sel)
		} else {
			k.encodeStrings(at, stride, v, valid, sel)
		}
	case types.PhysBool:
		encodeBits(at, stride, k.n, v, valid, sel)
	case types.PhysFloat32:
		encodeFixed(at, stride, k.n, canonical(vector.Values[float32](v.Base())), v, valid, sel)
	case types.PhysFloat64:
		encodeFixed(at, stride, k.n, canonical(vector.Values[float64](v.Base())), v, valid, sel)
	case types.PhysInt128:
		encodeFixed(at, stride, k.n, vector.Values[types.Int128](v.Base()), v, valid, sel)
	default:
		switch f.width {
		case 1:
			encodeFixed(at, stride, k.n, vector.Values[uint8](v.Base()), v, valid, sel)
		case 2:
			encodeFixed(at, stride, k.n, vector.Values[uint16](v.Base()), v, valid, sel)
		case 4:
			encodeFixed(at, stride, k.n, vector.Values[uint32](v.Base()), v, valid, sel)
		case 8:
			encodeFixed(at, stride, k.n, vector.Values[uint64](v.Base()), v, valid, sel)
		}
	}
	if valid != nil {
		l.encodeNulls(k, i, valid, sel)
	}
}

func (l *layout) encodeNulls(k *keyList, i int, valid vector.Bitmap, sel []uint32) {
	for j := range k.n {
		r := j
		if sel != nil {
			r = int(sel[j])
		}
		if !valid.Get(r) {
			l.setNull(k, j, i)
		}
	}
}

func (l *layout) setNull(k *keyList, j, col int) {
	if l.nulls < 0 {
		panic("hashtable: NULL in a key column declared NOT NULL")
	}
	p := (*uint8)(unsafe.Add(unsafe.Pointer(&k.words[j*l.words]), l.nulls+col>>3))
	*p |= 1 << (col & 7)
}

func encodeFixed[T vector.Elem](at unsafe.Pointer, stride uintptr, n int, values []T, v *vector.Vector, valid vector.Bitmap, sel []uint32) {
	if sel == nil && valid == nil && v.Form == vector.Flat {
		for j, x := range values[:n] {
			*(*T)(unsafe.Add(at, uintptr(j)*stride)) = x
		}
		return
	}
	for j := range n {
		r := j
		if sel != nil {
			r = int(sel[j])
		}
		if valid.Get(r) {
			*(*T)(unsafe.Add(at, uintptr(j)*stride)) = values[v.Index(r)]
		}
	}
}

func encodeBits(at unsafe.Pointer, stride uintptr, n int, v *vector.Vector, valid vector.Bitmap, sel []uint32) {
	bits := v.Base().Bits()
	for j := range n {
		r := j
		if sel != nil {
			r = int(sel[j])
		}
		if valid.Get(r) && bits.Get(v.Index(r)) {
			*(*uint8)(unsafe.Add(at, uintptr(j)*stride)) = 1
		}
	}
}

// canonical gives floats that compare equal the same bits: 0 for -0, one NaN.
// It copies only where it has to.
func canonical[T float32 | float64](values []T) []T {
	for i, x := range values {
		if x == 0 || x != x {
			out := append([]T(nil), values...)
			for j := i; j < len(out); j++ {
				switch {
				case out[j] == 0:
					out[j] = 0
				case out[j] != out[j]:
					out[j] = T(math.NaN())
				}
			}
			return out
		}
	}
	return values
}

// stringKey is a string in a key: as vector.View, but that a long one says where
// it lies in one byte list.
type stringKey struct {
	len    uint32
	prefix [4]byte
	off    uint64 // of long strings; the rest of short ones
}

func (s *stringKey) isLong() bool { return s.len > vector.InlineLen }

func (k *keyList) encodeStrings(at unsafe.Pointer, stride uintptr, v *vector.Vector, valid vector.Bitmap, sel []uint32) {
	base := v.Base()
	views := base.Views()
	if sel == nil && valid == nil && v.Form == vector.Flat {
		for j := range views[:k.n] {
			k.encodeString((*stringKey)(unsafe.Add(at, uintptr(j)*stride)), &views[j], base.Bufs)
		}
		return
	}
	for j := range k.n {
		r := j
		if sel != nil {
			r = int(sel[j])
		}
		if !valid.Get(r) {
			continue
		}
		k.encodeString((*stringKey)(unsafe.Add(at, uintptr(j)*stride)), &views[v.Index(r)], base.Bufs)
	}
}

func (k *keyList) encodeString(to *stringKey, view *vector.View, bufs [][]byte) {
	if view.Len <= vector.InlineLen {
		*(*vector.View)(unsafe.Pointer(to)) = *view
		maskTail(to)
		return
	}
	to.len, to.prefix, to.off = view.Len, view.Prefix, uint64(len(k.bytes))
	k.bytes = append(k.bytes, view.Bytes(bufs)...)
}

// maskTail clears what lies behind a short string: Arrow wants it zero, but
// not every producer is so careful.
func maskTail(s *stringKey) {
	w := (*[2]uint64)(unsafe.Pointer(s))
	switch n := s.len; {
	case n <= 4:
		w[0] &= 1<<(32+8*n) - 1
		w[1] = 0
	case n < 12:
		w[1] &= 1<<(8*(n-4)) - 1
	}
}
