package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// NoRow is the index for which GatherNullable gives NULL.
const NoRow = ^uint32(0)

// Gather makes a column of the rows of v that index names, in its order. Strings
// go on pointing at v's buffers; what is kept longer is copied by a Builder.
// The result uses dst's memory where it suffices.
func Gather(dst *vector.Vector, v *vector.Vector, index []uint32) {
	switch v.Form {
	case vector.Const:
		gatherConst(dst, v, len(index))
	case vector.Dict:
		codes := dst.Codes
		if cap(codes) < len(index) {
			codes = make([]uint32, len(index))
		}
		codes = codes[:len(index)]
		for i, r := range index {
			codes[i] = v.Codes[r]
		}
		*dst = vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: len(index), Codes: codes, Dict: v.Dict, Valid: gatherBits(dst.Valid, v.Valid, index)}
	default:
		gatherFlat(dst, v, index)
	}
}

// gatherConst copies the value: what dst describes is its owner's to write to when it
// gathers again, and v may be a literal that all batches share.
func gatherConst(dst, v *vector.Vector, n int) {
	if v.Phys >= types.PhysList { // whose memory is never used again
		*dst = *v
		dst.Len = n
		return
	}
	valid := gatherBits(dst.Valid, v.Valid, []uint32{0})
	Reuse(dst, v.Phys, 1)
	copy(dst.Data, v.Data)
	dst.Form, dst.Len, dst.Valid, dst.Bufs = vector.Const, n, valid, v.Bufs
}

func gatherFlat(dst, v *vector.Vector, index []uint32) {
	if v.Phys >= types.PhysList {
		*dst = gatherNested(v, index, false)
		return
	}
	valid := gatherBits(dst.Valid, v.Valid, index)
	Reuse(dst, v.Phys, len(index))
	dst.Valid, dst.Bufs = valid, v.Bufs
	switch v.Phys {
	case types.PhysNull:
	case types.PhysBool:
		copyBits(dst.Bits(), v.Bits(), index)
	default:
		gatherWidth(dst, v, index)
	}
}

func gatherWidth(dst, v *vector.Vector, index []uint32) {
	switch v.Phys.Width() {
	case 1:
		gather(vector.Values[uint8](dst), vector.Values[uint8](v), index)
	case 2:
		gather(vector.Values[uint16](dst), vector.Values[uint16](v), index)
	case 4:
		gather(vector.Values[uint32](dst), vector.Values[uint32](v), index)
	case 8:
		gather(vector.Values[uint64](dst), vector.Values[uint64](v), index)
	default:
		gather(vector.Values[types.Int128](dst), vector.Values[types.Int128](v), index)
	}
}

func gather[T vector.Elem](dst, src []T, index []uint32) {
	dst = dst[:len(index)]
	for i, r := range index {
		dst[i] = src[r]
	}
}

func copyBits(dst, src vector.Bitmap, index []uint32) {
	clear(dst)
	for i, r := range index {
		dst[i>>3] |= (src[r>>3] >> (r & 7) & 1) << (i & 7)
	}
}

func gatherBits(dst, src vector.Bitmap, index []uint32) vector.Bitmap {
	if src == nil {
		return nil
	}
	size := (len(index) + 7) / 8
	if cap(dst) < size {
		dst = vector.NewBitmap(len(index))
	}
	dst = dst[:size]
	copyBits(dst, src, index)
	return dst
}

func gatherNested(v *vector.Vector, index []uint32, nullable bool) vector.Vector {
	if nullable {
		return nestedWithNulls(v, index)
	}
	flat := vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: len(index), Codes: index, Dict: v, Valid: gatherBits(nil, v.Valid, index)}
	return flat.Flatten()
}

// nestedWithNulls gives the rows without a source the first row's place, as NULL.
func nestedWithNulls(v *vector.Vector, index []uint32) vector.Vector {
	codes := make([]uint32, len(index))
	valid := vector.NewBitmap(len(index))
	for i, r := range index {
		if r != NoRow {
			codes[i] = r
			valid.SetTo(i, v.IsValid(int(r)))
		}
	}
	dict := vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: len(index), Codes: codes, Dict: v, Valid: valid}
	return dict.Flatten()
}

// GatherNullable is Gather where NoRow gives NULL: the outer side of a join.
func GatherNullable(dst *vector.Vector, v *vector.Vector, index []uint32) {
	if v.Len == 0 || v.Phys == types.PhysNull || v.IsNullConst() {
		allNull(dst, v, len(index))
		return
	}
	if v.Phys >= types.PhysList {
		f := v.Flatten()
		*dst = gatherNested(&f, index, true)
		return
	}
	valid := nullableBits(dst.Valid, v, index)
	base := v.Base()
	Reuse(dst, v.Phys, len(index))
	dst.Valid, dst.Bufs = valid, base.Bufs
	if v.Phys == types.PhysBool {
		out := dst.Bits()
		clear(out)
		for i, r := range index {
			if r != NoRow && base.Bits().Get(v.Index(int(r))) {
				out.Set(i)
			}
		}
		return
	}
	switch v.Phys.Width() {
	case 1:
		gatherOrZero[uint8](dst, v, index)
	case 2:
		gatherOrZero[uint16](dst, v, index)
	case 4:
		gatherOrZero[uint32](dst, v, index)
	case 8:
		gatherOrZero[uint64](dst, v, index)
	default:
		gatherOrZero[types.Int128](dst, v, index)
	}
}

func gatherOrZero[T vector.Elem](dst, v *vector.Vector, index []uint32) {
	out, src := vector.Values[T](dst)[:len(index)], vector.Values[T](v.Base())
	for i, r := range index {
		var x T
		if r != NoRow {
			x = src[v.Index(int(r))]
		}
		out[i] = x
	}
}

func nullableBits(dst vector.Bitmap, v *vector.Vector, index []uint32) vector.Bitmap {
	size := (len(index) + 7) / 8
	if cap(dst) < size {
		dst = vector.NewBitmap(len(index))
	}
	dst = dst[:size]
	clear(dst)
	for i, r := range index {
		if r != NoRow && v.IsValid(int(r)) {
			dst.Set(i)
		}
	}
	return dst
}

func allNull(dst, like *vector.Vector, n int) {
	*dst = NullVector(like.Phys, n, like.Kids)
}

// NullVector is n NULLs of a layout; kids are those of any vector of a nested layout.
func NullVector(p types.Phys, n int, kids []vector.Vector) vector.Vector {
	v := vector.NewFlat(p, 1)
	if p == types.PhysList {
		v.Data = vector.NewFlat(types.PhysInt32, 2).Data
	}
	for i := range kids {
		size := 0
		if p == types.PhysStruct {
			size = 1
		}
		v.Kids = append(v.Kids, NullVector(kids[i].Phys, size, kids[i].Kids))
	}
	v.Form, v.Len, v.Valid = vector.Const, n, vector.NewBitmap(1)
	return v
}

// Reuse makes v a Flat vector of n rows without NULL, in its own memory where
// that suffices. Values are left as they are.
func Reuse(v *vector.Vector, p types.Phys, n int) {
	size := n * p.Width()
	if p == types.PhysBool {
		size = (n + 7) / 8
	}
	data := v.Data
	if cap(data) < size {
		fresh := vector.NewFlat(p, n)
		data = fresh.Data
	}
	*v = vector.Vector{Phys: p, Len: n, Data: data[:size]}
}
