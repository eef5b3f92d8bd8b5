package rowcodec

import (
	"encoding/binary"
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Order is how one key column sorts. The zero Order is Flink's default for ASC:
// ascending, NULL first.
type Order struct {
	Desc      bool
	NullsLast bool
}

// The tags in front of a value. They are never inverted: where NULL stands does
// not depend on the direction.
const (
	tagNullFirst = 0x00
	tagValue     = 0x01
	tagNullLast  = 0x02
)

func (o Order) nullTag() byte {
	if o.NullsLast {
		return tagNullLast
	}
	return tagNullFirst
}

// CheckKey refuses types that have no order and no unique bytes: MAP and MULTISET.
func CheckKey(ts []types.Type) error {
	for _, t := range ts {
		switch t.Kind {
		case types.Map, types.Multiset:
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "a %s cannot be a key: its entries have no order", t.Kind).
				WithHint("use its CARDINALITY, an element, or a string made of it as the key")
		case types.Array:
			if err := CheckKey([]types.Type{*t.Elem}); err != nil {
				return err
			}
		case types.Row:
			for _, f := range t.Fields {
				if err := CheckKey([]types.Type{f.Type}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// KeyEncoder encodes columns as keys. The zero value encodes in ascending order,
// NULL first. It keeps its scratch memory between calls; one goroutine uses it.
type KeyEncoder struct {
	Orders []Order // by column; nil: all ascending, NULL first

	pos    []uint32 // where the next column of each row goes
	hashes []uint64
	nested []encodedColumn
	flats  []vector.Vector
}

// encodedColumn is a nested column, encoded ahead of the pass that places it.
type encodedColumn struct {
	bytes []byte
	off   []uint32
}

// Encode appends the keys of the rows of sel (all rows when nil), in that order,
// with their hashes.
func (e *KeyEncoder) Encode(cols []vector.Vector, rows int, sel []uint32, into *Keys) {
	e.hashes = slices.Grow(e.hashes[:0], rows)[:rows]
	kernel.HashColumns(cols, rows, sel, e.hashes)
	e.EncodeHashed(cols, rows, sel, e.hashes, into)
}

// EncodeHashed is Encode for a caller that has hashed the rows already; hashes
// are by row of the batch.
func (e *KeyEncoder) EncodeHashed(cols []vector.Vector, rows int, sel []uint32, hashes []uint64, into *Keys) {
	into.Bytes, into.Off = e.encode(cols, rows, sel, into.Bytes, into.Off)
	if sel == nil {
		into.Hash = append(into.Hash, hashes[:rows]...)
		return
	}
	for _, r := range sel {
		into.Hash = append(into.Hash, hashes[r])
	}
}

// EncodeSubs appends the keys to a list without hashes, of width 0: sub-keys and
// sort keys.
func (e *KeyEncoder) EncodeSubs(cols []vector.Vector, rows int, sel []uint32, into *Rows) {
	n := len(into.Has)
	into.Bytes, into.Off = e.encode(cols, rows, sel, into.Bytes, into.Off)
	for range len(into.Off) - 1 - n {
		into.Has = append(into.Has, true)
	}
}

func (e *KeyEncoder) encode(cols []vector.Vector, rows int, sel []uint32, dst []byte, off []uint32) ([]byte, []uint32) {
	n := rows
	if sel != nil {
		n = len(sel)
	}
	if len(off) == 0 {
		off = append(off, uint32(len(dst)))
	}
	e.pos = slices.Grow(e.pos[:0], n)[:n]
	clear(e.pos)
	e.flatten(cols)
	for c := range e.flats {
		e.measure(c, sel)
	}
	at := uint32(len(dst))
	off = slices.Grow(off, n)
	for i, size := range e.pos {
		e.pos[i] = at
		at += size
		off = append(off, at)
	}
	dst = slices.Grow(dst, int(at)-len(dst))[:at]
	for c := range e.flats {
		e.place(c, sel, dst)
	}
	return dst, off
}

func (e *KeyEncoder) order(c int) Order {
	if e.Orders == nil {
		return Order{}
	}
	return e.Orders[c]
}

// flatten gives every column one value a row, so that the loops know one form.
func (e *KeyEncoder) flatten(cols []vector.Vector) {
	e.flats = slices.Grow(e.flats[:0], len(cols))[:len(cols)]
	for c := range cols {
		e.flats[c] = cols[c].Flatten()
	}
	for len(e.nested) < len(cols) {
		e.nested = append(e.nested, encodedColumn{})
	}
}

// measure adds the encoded size of column c to e.pos.
func (e *KeyEncoder) measure(c int, sel []uint32) {
	v := &e.flats[c]
	switch {
	case v.Phys == types.PhysNull:
		addSizes(e.pos, v, sel, 0)
	case v.Phys == types.PhysBool:
		addSizes(e.pos, v, sel, 1)
	case v.Phys == types.PhysBytes:
		addStringSizes(e.pos, v, sel)
	case v.Phys.IsFixed():
		addSizes(e.pos, v, sel, uint32(v.Phys.Width()))
	default:
		n := &e.nested[c]
		n.bytes, n.off = n.bytes[:0], append(n.off[:0], 0)
		for i := range e.pos {
			n.bytes = appendKeyValue(n.bytes, v, rowAt(sel, i), e.order(c))
			n.off = append(n.off, uint32(len(n.bytes)))
			e.pos[i] += n.off[i+1] - n.off[i]
		}
	}
}

func rowAt(sel []uint32, i int) int {
	if sel == nil {
		return i
	}
	return int(sel[i])
}

func addSizes(sizes []uint32, v *vector.Vector, sel []uint32, width uint32) {
	if v.Valid == nil && v.Phys != types.PhysNull {
		for i := range sizes {
			sizes[i] += 1 + width
		}
		return
	}
	for i := range sizes {
		sizes[i]++
		if v.IsValid(rowAt(sel, i)) {
			sizes[i] += width
		}
	}
}

func addStringSizes(sizes []uint32, v *vector.Vector, sel []uint32) {
	views := v.Views()
	for i := range sizes {
		r := rowAt(sel, i)
		sizes[i]++
		if v.Valid.Get(r) {
			s := views[r].Bytes(v.Bufs)
			sizes[i] += uint32(len(s)+countZeros(s)) + 2
		}
	}
}

func countZeros(s []byte) (n int) {
	for _, b := range s {
		if b == 0 {
			n++
		}
	}
	return n
}

// place writes column c at e.pos and moves e.pos behind it.
func (e *KeyEncoder) place(c int, sel []uint32, dst []byte) {
	v, o := &e.flats[c], e.order(c)
	switch v.Phys {
	case types.PhysNull:
		placeNulls(e.pos, dst, o)
	case types.PhysBool:
		placeBools(e.pos, v, sel, dst, o)
	case types.PhysInt8:
		placeInts[int8](e.pos, v, sel, dst, o)
	case types.PhysInt16:
		placeInts[int16](e.pos, v, sel, dst, o)
	case types.PhysInt32:
		placeInts[int32](e.pos, v, sel, dst, o)
	case types.PhysInt64:
		placeInts[int64](e.pos, v, sel, dst, o)
	case types.PhysInt128:
		placeInt128s(e.pos, v, sel, dst, o)
	case types.PhysFloat32, types.PhysFloat64:
		placeFloats(e.pos, v, sel, dst, o)
	case types.PhysBytes:
		placeStrings(e.pos, v, sel, dst, o)
	default:
		n := &e.nested[c]
		for i, at := range e.pos {
			e.pos[i] += uint32(copy(dst[at:], n.bytes[n.off[i]:n.off[i+1]]))
		}
	}
}

func placeNulls(pos []uint32, dst []byte, o Order) {
	for i, at := range pos {
		dst[at] = o.nullTag()
		pos[i] = at + 1
	}
}

// inversion is what values are XORed with: all ones where they sort descending.
func (o Order) inversion() uint64 {
	if o.Desc {
		return ^uint64(0)
	}
	return 0
}

func placeBools(pos []uint32, v *vector.Vector, sel []uint32, dst []byte, o Order) {
	bits, inv := v.Bits(), byte(o.inversion())
	for i, at := range pos {
		r := rowAt(sel, i)
		if !v.Valid.Get(r) {
			dst[at] = o.nullTag()
			pos[i] = at + 1
			continue
		}
		x := byte(0)
		if bits.Get(r) {
			x = 1
		}
		dst[at], dst[at+1] = tagValue, x^inv
		pos[i] = at + 2
	}
}

func placeInts[T int8 | int16 | int32 | int64](pos []uint32, v *vector.Vector, sel []uint32, dst []byte, o Order) {
	values, inv := vector.Values[T](v), o.inversion()
	width := uint32(v.Phys.Width())
	sign := uint64(1) << (8*width - 1)
	for i, at := range pos {
		r := rowAt(sel, i)
		if v.Valid != nil && !v.Valid.Get(r) {
			dst[at] = o.nullTag()
			pos[i] = at + 1
			continue
		}
		dst[at] = tagValue
		putFixed(dst[at+1:], (uint64(values[r])^sign)^inv, width)
		pos[i] = at + 1 + width
	}
}

// putFixed writes the low width bytes of u, big-endian.
func putFixed(dst []byte, u uint64, width uint32) {
	switch width {
	case 8:
		binary.BigEndian.PutUint64(dst, u)
	case 4:
		binary.BigEndian.PutUint32(dst, uint32(u))
	case 2:
		binary.BigEndian.PutUint16(dst, uint16(u))
	default:
		dst[0] = byte(u)
	}
}

func placeInt128s(pos []uint32, v *vector.Vector, sel []uint32, dst []byte, o Order) {
	values, inv := vector.Values[types.Int128](v), o.inversion()
	for i, at := range pos {
		r := rowAt(sel, i)
		if !v.Valid.Get(r) {
			dst[at] = o.nullTag()
			pos[i] = at + 1
			continue
		}
		dst[at] = tagValue
		binary.BigEndian.PutUint64(dst[at+1:], (uint64(values[r].Hi)^1<<63)^inv)
		binary.BigEndian.PutUint64(dst[at+9:], values[r].Lo^inv)
		pos[i] = at + 17
	}
}

func placeFloats(pos []uint32, v *vector.Vector, sel []uint32, dst []byte, o Order) {
	inv, width := o.inversion(), uint32(v.Phys.Width())
	for i, at := range pos {
		r := rowAt(sel, i)
		if !v.Valid.Get(r) {
			dst[at] = o.nullTag()
			pos[i] = at + 1
			continue
		}
		dst[at] = tagValue
		putFixed(dst[at+1:], floatKeyAt(v, r)^inv, width)
		pos[i] = at + 1 + width
	}
}

func placeStrings(pos []uint32, v *vector.Vector, sel []uint32, dst []byte, o Order) {
	views := v.Views()
	for i, at := range pos {
		r := rowAt(sel, i)
		if !v.Valid.Get(r) {
			dst[at] = o.nullTag()
			pos[i] = at + 1
			continue
		}
		dst[at] = tagValue
		end := at + 1 + putEscaped(dst[at+1:], views[r].Bytes(v.Bufs))
		if o.Desc {
			invert(dst[at+1 : end])
		}
		pos[i] = end
	}
}
