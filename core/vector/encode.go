package vector

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/weir-engine/weir/core/types"
)

// Values as bytes, for states and tables that keep values of any type. Each is a
// byte that tells NULL from a value, then fixed values as they lie, strings and
// lists behind their length, ROWs field by field. States keep these bytes: a
// change needs a new version of theirs.

// Encoder appends values as bytes. The zero Encoder writes them as they are.
type Encoder struct {
	// Canonical gives values that are equal equal bytes: 0 for -0, one NaN, the
	// entries of a MAP and the elements of a MULTISET in order.
	Canonical bool
}

// Append appends row r of a column of type t in any form, NULL or not.
func (e Encoder) Append(dst []byte, t types.Type, v *Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, 0)
	}
	return e.AppendBody(append(dst, 1), t, v, r)
}

// AppendBody is Append without the byte for NULL, of a row that is none.
func (e Encoder) AppendBody(dst []byte, t types.Type, v *Vector, r int) []byte {
	at := v.Index(r)
	switch v = v.Base(); v.Phys {
	case types.PhysNull:
		return dst
	case types.PhysBool:
		if v.Bits().Get(at) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.PhysFloat32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(canonical(Values[float32](v)[at], e.Canonical)))
	case types.PhysFloat64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(canonical(Values[float64](v)[at], e.Canonical)))
	case types.PhysBytes:
		s := v.Views()[at].Bytes(v.Bufs)
		return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
	case types.PhysStruct:
		for i, f := range t.Fields {
			dst = e.Append(dst, f.Type, &v.Kids[i], at)
		}
		return dst
	case types.PhysList:
		return e.appendList(dst, t, v, at)
	}
	w := v.Phys.Width()
	return append(dst, v.Data[at*w:(at+1)*w]...)
}

func canonical[T float32 | float64](x T, wanted bool) T {
	switch {
	case !wanted:
	case x == 0:
		return 0
	case x != x:
		return T(math.NaN())
	}
	return x
}

func (e Encoder) appendList(dst []byte, t types.Type, v *Vector, at int) []byte {
	offsets := v.Offsets()
	from, to := int(offsets[at]), int(offsets[at+1])
	dst = binary.AppendUvarint(dst, uint64(to-from))
	if t.Kind != types.Array && e.Canonical {
		return e.appendSorted(dst, t, v, from, to)
	}
	kids := elementTypes(t)
	for i := from; i < to; i++ {
		for k, kid := range kids {
			dst = e.Append(dst, kid, &v.Kids[k], i)
		}
	}
	return dst
}

// appendSorted appends elements, or entries, in the order of their bytes.
func (e Encoder) appendSorted(dst []byte, t types.Type, v *Vector, from, to int) []byte {
	parts := make([][]byte, 0, to-from)
	for i := from; i < to; i++ {
		var part []byte
		for k, kid := range elementTypes(t) {
			part = e.Append(part, kid, &v.Kids[k], i)
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

// AppendEncoded appends the value that src begins with, which an Encoder wrote,
// and returns the rest.
func (b *Builder) AppendEncoded(src []byte) []byte {
	if src[0] == 0 {
		b.AppendNull()
		return src[1:]
	}
	return b.AppendEncodedBody(src[1:])
}

// AppendEncodedBody is AppendEncoded of what AppendBody wrote.
func (b *Builder) AppendEncodedBody(src []byte) []byte {
	switch b.phys {
	case types.PhysNull:
		b.AppendNull()
		return src
	case types.PhysBool:
		b.AppendBool(src[0] != 0)
		return src[1:]
	case types.PhysInt8:
		Append(b, src[0])
		return src[1:]
	case types.PhysInt16:
		Append(b, binary.LittleEndian.Uint16(src))
		return src[2:]
	case types.PhysInt32, types.PhysFloat32:
		Append(b, binary.LittleEndian.Uint32(src))
		return src[4:]
	case types.PhysInt64, types.PhysFloat64:
		Append(b, binary.LittleEndian.Uint64(src))
		return src[8:]
	case types.PhysInt128:
		Append(b, types.Int128{Lo: binary.LittleEndian.Uint64(src), Hi: int64(binary.LittleEndian.Uint64(src[8:]))})
		return src[16:]
	case types.PhysBytes:
		n, used := binary.Uvarint(src)
		src = src[used:]
		b.AppendBytes(src[:n])
		return src[n:]
	case types.PhysStruct:
		for _, k := range b.kids {
			src = k.AppendEncoded(src)
		}
		b.CloseRow()
		return src
	}
	n, used := binary.Uvarint(src)
	src = src[used:]
	for range n {
		for _, k := range b.kids {
			src = k.AppendEncoded(src)
		}
	}
	b.CloseList()
	return src
}
