package join

import (
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// gather makes a column of rows at distances: value i at place to[i] of rows
// places, or at i when to is nil. Distance 0 gives NULL. What was at other
// places of dst before stays.
func (t *table) gather(c int, at []uint64, to []uint32, rows int, dst *vector.Vector) {
	f := t.layout.cols[c]
	valid := dst.Valid
	switch f.phys {
	case types.PhysNull:
		*dst = vector.Vector{Phys: f.phys, Len: rows}
		return
	case types.PhysList, types.PhysStruct:
		*dst = t.gatherNested(c, at, to, rows)
		return
	}
	kernel.Reuse(dst, f.phys, rows)
	if f.phys == types.PhysBytes {
		dst.Bufs = t.bufs
	}
	p := unsafe.Add(t.base, f.off)
	switch {
	case f.phys == types.PhysBool:
		gatherBits(p, at, to, dst.Bits())
	case f.phys.Width() == 1:
		gatherValues(p, at, to, vector.Values[uint8](dst))
	case f.phys.Width() == 2:
		gatherValues(p, at, to, vector.Values[uint16](dst))
	case f.phys.Width() == 4:
		gatherValues(p, at, to, vector.Values[uint32](dst))
	case f.phys.Width() == 8:
		gatherValues(p, at, to, vector.Values[uint64](dst))
	default:
		gatherValues(p, at, to, vector.Values[types.Int128](dst))
	}
	dst.Valid = t.gatherValid(c, at, to, rows, valid)
}

func gatherValues[T vector.Elem](p unsafe.Pointer, at []uint64, to []uint32, dst []T) {
	if to == nil {
		dst = dst[:len(at)]
		for i, d := range at {
			dst[i] = *(*T)(unsafe.Add(p, d))
		}
		return
	}
	to = to[:len(at)]
	for i, d := range at {
		dst[to[i]] = *(*T)(unsafe.Add(p, d))
	}
}

func gatherBits(p unsafe.Pointer, at []uint64, to []uint32, dst vector.Bitmap) {
	for i, d := range at {
		r := i
		if to != nil {
			r = int(to[i])
		}
		dst.SetTo(r, *(*byte)(unsafe.Add(p, d)) != 0)
	}
}

// gatherValid is nil where no row is NULL.
func (t *table) gatherValid(c int, at []uint64, to []uint32, rows int, memory vector.Bitmap) vector.Bitmap {
	absent := false
	for _, d := range at {
		if d == 0 {
			absent = true
			break
		}
	}
	nullable := t.layout.nulls >= 0 && t.anyNull[c]
	if !absent && !nullable {
		return nil
	}
	size := (rows + 7) / 8
	if cap(memory) < size {
		memory = vector.NewBitmap(rows)
	}
	memory = memory[:size]
	p, bit := unsafe.Add(t.base, max(0, t.layout.nulls)+c>>3), byte(1)<<(c&7)
	for i, d := range at {
		r := i
		if to != nil {
			r = int(to[i])
		}
		memory.SetTo(r, d != 0 && (!nullable || *(*byte)(unsafe.Add(p, d))&bit == 0))
	}
	return memory
}

// gatherNested goes row by row to the builder that holds the value.
func (t *table) gatherNested(c int, at []uint64, to []uint32, rows int) vector.Vector {
	values := make([]vector.Vector, len(t.bufs))
	for _, s := range t.stores {
		values[s.number] = s.nested[c].Finish()
	}
	by := at
	if to != nil {
		by = make([]uint64, rows)
		for i, d := range at {
			by[to[i]] = d
		}
	}
	out := vector.NewBuilder(t.layout.types[c])
	one := []uint32{0}
	for _, d := range by {
		if d == 0 {
			out.AppendNull()
			continue
		}
		place := *(*uint64)(unsafe.Add(t.base, d+uint64(t.layout.cols[c].off)))
		one[0] = uint32(place)
		out.AppendVector(&values[place>>32], one)
	}
	return out.Finish()
}
