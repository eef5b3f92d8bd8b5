package vector

import "github.com/weir-engine/weir/core/types"

// Flatten is v with one value a row; v itself where it is Flat already. Strings
// keep pointing at v's buffers.
func (v *Vector) Flatten() Vector {
	if v.Form == Flat {
		return *v
	}
	if v.Phys == types.PhysList || v.Phys == types.PhysStruct || v.Phys == types.PhysBool || v.Phys == types.PhysNull {
		b := &Builder{phys: v.Phys}
		if v.Phys == types.PhysList || v.Phys == types.PhysStruct {
			return flattenNested(v)
		}
		b.AppendVector(v, nil)
		return b.Finish()
	}
	base := v.Base()
	out := NewFlat(v.Phys, v.Len)
	switch v.Phys.Width() {
	case 1:
		spread(Values[uint8](&out), Values[uint8](base), v)
	case 2:
		spread(Values[uint16](&out), Values[uint16](base), v)
	case 4:
		spread(Values[uint32](&out), Values[uint32](base), v)
	case 8:
		spread(Values[uint64](&out), Values[uint64](base), v)
	case 16:
		spread(Values[types.Int128](&out), Values[types.Int128](base), v)
	}
	out.Bufs = base.Bufs
	out.Valid = v.RowValid()
	return out
}

func spread[T Elem](dst, src []T, v *Vector) {
	if v.Form == Const {
		for i := range dst {
			dst[i] = src[0]
		}
		return
	}
	codes := v.Codes[:len(dst)]
	for i := range dst {
		dst[i] = src[codes[i]]
	}
}

// RowValid is the validity by row, in any form; nil when no row is NULL.
func (v *Vector) RowValid() Bitmap {
	if v.Phys == types.PhysNull || v.IsNullConst() {
		return NewBitmap(v.Len)
	}
	if v.Form == Const {
		return nil
	}
	return v.Valid
}

func flattenNested(v *Vector) Vector {
	b := builderLike(v.Base())
	b.AppendVector(v, nil)
	return b.Finish()
}

// builderLike makes a builder with the layout of v, for nested layouts whose type is not at hand.
func builderLike(v *Vector) *Builder {
	b := &Builder{phys: v.Phys}
	for i := range v.Kids {
		b.kids = append(b.kids, builderLike(&v.Kids[i]))
	}
	if v.Phys == types.PhysList {
		b.appendOffset(0)
	}
	return b
}

// ConstOf makes a vector of n rows that all hold v.
func ConstOf(t types.Type, v types.Value, n int) Vector {
	b := NewBuilder(t)
	b.AppendValue(v)
	out := b.Finish()
	out.Form, out.Len = Const, n
	return out
}

// Nulls makes a vector of n rows that are NULL: a constant, or of nested types flat.
func Nulls(t types.Type, n int) Vector {
	if t.Phys() < types.PhysList {
		return ConstOf(t, types.NullValue(), n)
	}
	b := NewBuilder(t)
	for range n {
		b.AppendNull()
	}
	return b.Finish()
}

// ValueAt reads row i as a Value. It is for edges, literals and tests, never for hot loops.
func (v *Vector) ValueAt(i int) types.Value {
	if !v.IsValid(i) {
		return types.NullValue()
	}
	base, at := v.Base(), v.Index(i)
	switch v.Phys {
	case types.PhysBool:
		return types.BoolValue(base.Bits().Get(at))
	case types.PhysInt8:
		return types.IntValue(int64(Values[int8](base)[at]))
	case types.PhysInt16:
		return types.IntValue(int64(Values[int16](base)[at]))
	case types.PhysInt32:
		return types.IntValue(int64(Values[int32](base)[at]))
	case types.PhysInt64:
		return types.IntValue(Values[int64](base)[at])
	case types.PhysInt128:
		return types.Int128Value(Values[types.Int128](base)[at])
	case types.PhysFloat32:
		return types.FloatValue(float64(Values[float32](base)[at]))
	case types.PhysFloat64:
		return types.FloatValue(Values[float64](base)[at])
	case types.PhysBytes:
		return types.BytesValue(append([]byte(nil), base.Views()[at].Bytes(base.Bufs)...))
	}
	return nestedAt(base, at)
}

func nestedAt(v *Vector, at int) types.Value {
	var out types.Value
	if v.Phys == types.PhysStruct {
		for k := range v.Kids {
			out.Items = append(out.Items, v.Kids[k].ValueAt(at))
		}
		return out
	}
	off := v.Offsets()
	for i := int(off[at]); i < int(off[at+1]); i++ {
		for k := range v.Kids {
			out.Items = append(out.Items, v.Kids[k].ValueAt(i))
		}
	}
	return out
}
