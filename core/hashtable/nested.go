package hashtable

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Keys of ARRAY, ROW, MAP and MULTISET stand in a row as the bytes of a string
// does. The encoding lives in memory only and never leaves the table: a byte that
// tells NULL from a value, then fixed values as they lie, strings and lists behind
// their length. Equal values have equal bytes, so the entries of a MAP and the
// elements of a MULTISET are sorted.

// encodeNested encodes the rows of a nested key column.
func (k *keyList) encodeNested(at unsafe.Pointer, stride uintptr, t types.Type, v *vector.Vector, valid vector.Bitmap, sel []uint32) {
	base := v.Base()
	for j := range k.n {
		r := j
		if sel != nil {
			r = int(sel[j])
		}
		if !valid.Get(r) {
			continue
		}
		from := len(k.bytes)
		k.bytes = appendBody(k.bytes, t, base, v.Index(r))
		s := (*stringKey)(unsafe.Add(at, uintptr(j)*stride))
		view := vector.MakeView(k.bytes[from:], 0, 0)
		if view.Len <= vector.InlineLen {
			*(*vector.View)(unsafe.Pointer(s)) = view
			k.bytes = k.bytes[:from]
			continue
		}
		s.len, s.prefix, s.off = view.Len, view.Prefix, uint64(from)
	}
}

func appendNested(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, 0)
	}
	return appendBody(append(dst, 1), t, v.Base(), v.Index(r))
}

func appendBody(dst []byte, t types.Type, v *vector.Vector, at int) []byte {
	switch v.Phys {
	case types.PhysNull:
		return dst
	case types.PhysBool:
		if v.Bits().Get(at) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.PhysFloat32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(canonicalFloat(vector.Values[float32](v)[at])))
	case types.PhysFloat64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(canonicalFloat(vector.Values[float64](v)[at])))
	case types.PhysBytes:
		s := v.Views()[at].Bytes(v.Bufs)
		return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	case types.PhysStruct:
		for i, f := range t.Fields {
			dst = appendNested(dst, f.Type, &v.Kids[i], at)
		}
		return dst
	case types.PhysList:
		return appendList(dst, t, v, at)
	}
	w := v.Phys.Width()
	return append(dst, v.Data[at*w:(at+1)*w]...)
}

func canonicalFloat[T float32 | float64](x T) T {
	switch {
	case x == 0:
		return 0
	case x != x:
		return T(math.NaN())
	}
	return x
}

func appendList(dst []byte, t types.Type, v *vector.Vector, at int) []byte {
	offsets := v.Offsets()
	from, to := int(offsets[at]), int(offsets[at+1])
	dst = binary.AppendUvarint(dst, uint64(to-from))
	if t.Kind != types.Array {
		return appendSorted(dst, t, v, from, to)
	}
	for e := from; e < to; e++ {
		dst = appendNested(dst, *t.Elem, &v.Kids[0], e)
	}
	return dst
}

// appendSorted appends elements, or entries, in the order of their bytes.
func appendSorted(dst []byte, t types.Type, v *vector.Vector, from, to int) []byte {
	parts := make([][]byte, 0, to-from)
	for e := from; e < to; e++ {
		var part []byte
		for i, kid := range elementTypes(t) {
			part = appendNested(part, kid, &v.Kids[i], e)
		}
		parts = append(parts, part)
	}
	slices.SortFunc(parts, bytes.Compare)
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}

// elementTypes are the types of a list's kids.
func elementTypes(t types.Type) []types.Type {
	if t.Kind == types.Map {
		return []types.Type{*t.Key, *t.Elem}
	}
	return []types.Type{*t.Elem}
}

// decodeNested appends the value that src begins with, without the byte for NULL, and returns the rest.
func decodeNested(out *vector.Builder, t types.Type, src []byte) []byte {
	switch t.Phys() {
	case types.PhysNull:
		out.AppendNull()
		return src
	case types.PhysBool:
		out.AppendBool(src[0] != 0)
		return src[1:]
	case types.PhysInt8:
		vector.Append(out, int8(src[0]))
		return src[1:]
	case types.PhysInt16:
		vector.Append(out, binary.LittleEndian.Uint16(src))
		return src[2:]
	case types.PhysInt32, types.PhysFloat32:
		vector.Append(out, binary.LittleEndian.Uint32(src))
		return src[4:]
	case types.PhysInt64, types.PhysFloat64:
		vector.Append(out, binary.LittleEndian.Uint64(src))
		return src[8:]
	case types.PhysInt128:
		vector.Append(out, types.Int128{Lo: binary.LittleEndian.Uint64(src), Hi: int64(binary.LittleEndian.Uint64(src[8:]))})
		return src[16:]
	case types.PhysBytes:
		n, used := binary.Uvarint(src)
		src = src[used:]
		out.AppendBytes(src[:n])
		return src[n:]
	case types.PhysStruct:
		for i, f := range t.Fields {
			src = decodeElement(out.Kid(i), f.Type, src)
		}
		out.CloseRow()
		return src
	}
	n, used := binary.Uvarint(src)
	src = src[used:]
	kids := elementTypes(t)
	for range n {
		for i, kid := range kids {
			src = decodeElement(out.Kid(i), kid, src)
		}
	}
	out.CloseList()
	return src
}

func decodeElement(out *vector.Builder, t types.Type, src []byte) []byte {
	if src[0] == 0 {
		out.AppendNull()
		return src[1:]
	}
	return decodeNested(out, t, src[1:])
}

// appendNestedKeys appends a nested key column of groups.
func (t *Table) appendNestedKeys(col int, base unsafe.Pointer, groups []uint32, out *vector.Builder) {
	of := t.layout.types[col]
	for _, g := range groups {
		if t.isNull(g, col) {
			out.AppendNull()
			continue
		}
		decodeNested(out, of, (*stringKey)(unsafe.Add(base, uintptr(g)*t.stride)).bytes(t.heapBytes()))
	}
}
