package arrow

import (
	"errors"
	"fmt"
	"math"

	apache "github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// strings are views into the array's memory.
func strings(a apache.Array) (vector.Vector, error) {
	switch a := a.(type) {
	case *array.String:
		return views(a.ValueOffsets(), a.Data())
	case *array.Binary:
		return views(a.ValueOffsets(), a.Data())
	case *array.LargeString:
		return views(a.ValueOffsets(), a.Data())
	case *array.LargeBinary:
		return views(a.ValueOffsets(), a.Data())
	case *array.FixedSizeBinary:
		return fixed(a)
	case *array.StringView, *array.BinaryView:
		return storedViews(a)
	}
	return vector.Vector{}, fmt.Errorf("%s is not supported", a.DataType())
}

func views[T int32 | int64](offsets []T, data apache.ArrayData) (vector.Vector, error) {
	var bytes []byte
	if b := data.Buffers()[2]; b != nil {
		bytes = b.Bytes()
	}
	if len(offsets) == 0 {
		return vector.NewFlat(types.PhysBytes, 0), nil
	}
	if last := int64(offsets[len(offsets)-1]); last > int64(len(bytes)) || last > math.MaxUint32 {
		return vector.Vector{}, errShort
	}
	out := make([]vector.View, len(offsets)-1)
	for i := range out {
		from, to := offsets[i], offsets[i+1]
		if from < 0 || to < from {
			return vector.Vector{}, errors.New("offsets of strings do not rise")
		}
		out[i] = vector.MakeView(bytes[from:to], 0, uint32(from))
	}
	v := vector.Of(types.PhysBytes, out)
	v.Bufs = [][]byte{bytes}
	return v, nil
}

func fixed(a *array.FixedSizeBinary) (vector.Vector, error) {
	width := a.DataType().(*apache.FixedSizeBinaryType).ByteWidth
	from, n := a.Data().Offset(), a.Len()
	var bytes []byte
	if b := a.Data().Buffers()[1]; b != nil {
		bytes = b.Bytes()
	}
	if width < 0 || (from+n)*width > len(bytes) || (from+n)*width > math.MaxUint32 {
		return vector.Vector{}, errShort
	}
	out := make([]vector.View, n)
	for i := range out {
		at := (from + i) * width
		out[i] = vector.MakeView(bytes[at:at+width], 0, uint32(at))
	}
	v := vector.Of(types.PhysBytes, out)
	v.Bufs = [][]byte{bytes}
	return v, nil
}

// storedViews checks views that come as such.
func storedViews(a apache.Array) (vector.Vector, error) {
	buffers, from, n := a.Data().Buffers(), a.Data().Offset(), a.Len()
	if n == 0 {
		return vector.NewFlat(types.PhysBytes, 0), nil
	}
	if buffers[1] == nil || buffers[1].Len() < (from+n)*16 {
		return vector.Vector{}, errShort
	}
	v := vector.NewFlat(types.PhysBytes, n)
	copy(v.Data, buffers[1].Bytes()[from*16:(from+n)*16])
	for _, b := range buffers[2:] {
		v.Bufs = append(v.Bufs, b.Bytes())
	}
	for i, x := range v.Views()[:n] {
		switch {
		case a.IsNull(i):
			v.Views()[i] = vector.View{}
		case x.Len <= vector.InlineLen:
		case int(x.Buf) >= len(v.Bufs) || uint64(x.Off)+uint64(x.Len) > uint64(len(v.Bufs[x.Buf])):
			return v, errors.New("a view lies outside of its buffer")
		default:
			copy(v.Views()[i].Prefix[:], v.Bufs[x.Buf][x.Off:])
		}
	}
	return v, nil
}

func nested(a apache.Array, t types.Type) (vector.Vector, error) {
	switch a := a.(type) {
	case *array.Struct:
		return row(a, t)
	case *array.Map:
		return list(a.Offsets(), []apache.Array{a.Keys(), a.Items()}, []types.Type{*t.Key, *t.Elem})
	case *array.List:
		return list(a.Offsets(), []apache.Array{a.ListValues()}, []types.Type{*t.Elem})
	case *array.LargeList:
		offsets := make([]int32, 0, a.Len()+1)
		for _, o := range a.Offsets() {
			if o < 0 || o > math.MaxInt32 {
				return vector.Vector{}, errors.New("a list is too long")
			}
			offsets = append(offsets, int32(o))
		}
		return list(offsets, []apache.Array{a.ListValues()}, []types.Type{*t.Elem})
	case *array.FixedSizeList:
		n := int(a.DataType().(*apache.FixedSizeListType).Len())
		offsets := make([]int32, a.Len()+1)
		for i := range offsets {
			offsets[i] = int32((a.Data().Offset() + i) * n)
		}
		return list(offsets, []apache.Array{a.ListValues()}, []types.Type{*t.Elem})
	}
	return vector.Vector{}, fmt.Errorf("%s is not supported", a.DataType())
}

func row(a *array.Struct, t types.Type) (vector.Vector, error) {
	out := vector.Vector{Phys: types.PhysStruct}
	of := a.DataType().(*apache.StructType)
	for _, f := range t.Fields {
		at, ok := of.FieldIdx(f.Name)
		if !ok {
			return out, fmt.Errorf("there is no field %s", f.Name)
		}
		kid, err := vectorOf(a.Field(at), f.Type)
		if err != nil {
			return out, err
		}
		if kid.Len < a.Len() {
			return out, errShort
		}
		if kid.Form != vector.Flat {
			kid = kid.Flatten()
		}
		out.Kids = append(out.Kids, kid)
	}
	return out, nil
}

// list makes lists of the elements between offsets.
func list(offsets []int32, kids []apache.Array, ts []types.Type) (vector.Vector, error) {
	if len(offsets) == 0 {
		offsets = []int32{0}
	}
	out := vector.Of(types.PhysInt32, append([]int32(nil), offsets...))
	out.Phys = types.PhysList
	for i, k := range kids {
		kid, err := vectorOf(k, ts[i])
		if err != nil {
			return out, err
		}
		if kid.Form != vector.Flat { // lists hold flat elements
			kid = kid.Flatten()
		}
		if int(offsets[len(offsets)-1]) > kid.Len {
			return out, errShort
		}
		out.Kids = append(out.Kids, kid)
	}
	for i := range len(offsets) - 1 {
		if offsets[i] < 0 || offsets[i+1] < offsets[i] {
			return out, errors.New("offsets of lists do not rise")
		}
	}
	return out, nil
}
