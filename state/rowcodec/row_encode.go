package rowcodec

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Encode appends the rows of sel (all rows when nil), in that order, to a list of width 0.
func (c *RowCodec) Encode(cols []vector.Vector, rows int, sel []uint32, into *Rows) {
	n := rows
	if sel != nil {
		n = len(sel)
	}
	into.open()
	c.pos = slices.Grow(c.pos[:0], n)[:n]
	for i := range c.pos {
		c.pos[i] = uint32(c.Prefix + c.fixed)
	}
	c.flats = slices.Grow(c.flats[:0], len(c.types))[:len(c.types)]
	for k := range c.flats {
		c.flats[k] = cols[k].Flatten()
		c.measure(k, sel)
	}
	c.layOut(into)
	for k := range c.flats {
		c.putNulls(k, sel, into.Bytes)
		if c.place[k] >= 0 {
			c.putFixed(k, sel, into.Bytes)
		} else {
			c.putLengths(k, sel, into.Bytes)
		}
	}
}

// measure adds the size of column k, where it has a length, to c.pos.
func (c *RowCodec) measure(k int, sel []uint32) {
	if c.place[k] >= 0 {
		return
	}
	v := &c.flats[k]
	if v.Phys == types.PhysBytes {
		views := v.Views()
		for i := range c.pos {
			r, size := rowAt(sel, i), uint32(0)
			if v.Valid.Get(r) {
				size = views[r].Len
			}
			c.pos[i] += size + varintLen(size)
		}
		return
	}
	e := &c.nested[k]
	e.bytes, e.off = e.bytes[:0], append(e.off[:0], 0)
	for i := range c.pos {
		if r := rowAt(sel, i); v.IsValid(r) {
			e.bytes = appendBody(e.bytes, v, r)
		}
		e.off = append(e.off, uint32(len(e.bytes)))
		size := e.off[i+1] - e.off[i]
		c.pos[i] += size + varintLen(size)
	}
}

func varintLen(u uint32) uint32 { return uint32(bits.Len32(u|1)+6) / 7 }

// layOut turns the sizes in c.pos into places: it opens the rows, zeroed but for
// their versions, and leaves in c.pos where the first length of each goes.
func (c *RowCodec) layOut(into *Rows) {
	from := len(into.Bytes)
	at := uint32(from)
	c.start = c.start[:0]
	for i, size := range c.pos {
		c.start = append(c.start, at+uint32(c.Prefix))
		c.pos[i] = at + uint32(c.Prefix+c.fixed)
		at += size
		into.Off = append(into.Off, at)
		into.Has = append(into.Has, true)
	}
	into.Bytes = slices.Grow(into.Bytes, int(at)-from)[:at]
	clear(into.Bytes[from:])
	for _, s := range c.start {
		into.Bytes[s] = rowVersion
	}
}

// putNulls sets the bit of column k in the rows where it is NULL.
func (c *RowCodec) putNulls(k int, sel []uint32, dst []byte) {
	v := &c.flats[k]
	if v.Valid == nil && v.Phys != types.PhysNull {
		return
	}
	for i, s := range c.start {
		if !v.IsValid(rowAt(sel, i)) {
			dst[s+1+uint32(k>>3)] |= 1 << (k & 7)
		}
	}
}

func (c *RowCodec) putFixed(k int, sel []uint32, dst []byte) {
	v, at := &c.flats[k], uint32(c.place[k])
	switch v.Phys {
	case types.PhysBool:
		b := v.Bits()
		for i, s := range c.start {
			if r := rowAt(sel, i); b.Get(r) && v.Valid.Get(r) {
				dst[s+at] = 1
			}
		}
	case types.PhysInt8:
		putValues[uint8](c.start, v, sel, at, dst)
	case types.PhysInt16:
		putValues[uint16](c.start, v, sel, at, dst)
	case types.PhysInt32, types.PhysFloat32:
		putValues[uint32](c.start, v, sel, at, dst)
	case types.PhysInt64, types.PhysFloat64:
		putValues[uint64](c.start, v, sel, at, dst)
	case types.PhysInt128:
		putValues[types.Int128](c.start, v, sel, at, dst)
	}
}

// putValues stores a value in each row, at a fixed distance from its start.
// Memory is little-endian on every machine that this is built for, as Arrow's is.
func putValues[T vector.Elem](start []uint32, v *vector.Vector, sel []uint32, at uint32, dst []byte) {
	values := vector.Values[T](v)
	for i, s := range start {
		r := rowAt(sel, i)
		if v.Valid == nil || v.Valid.Get(r) {
			*(*T)(unsafe.Pointer(&dst[s+at])) = values[r]
		}
	}
}

// putLengths stores a column of strings or nested values, each behind its length.
func (c *RowCodec) putLengths(k int, sel []uint32, dst []byte) {
	v := &c.flats[k]
	if v.Phys != types.PhysBytes {
		e := &c.nested[k]
		for i, at := range c.pos {
			c.pos[i] = putLength(dst, at, e.bytes[e.off[i]:e.off[i+1]])
		}
		return
	}
	views := v.Views()
	for i, at := range c.pos {
		r := rowAt(sel, i)
		if !v.Valid.Get(r) {
			c.pos[i] = at + 1 // a length of zero is there already
			continue
		}
		c.pos[i] = putLength(dst, at, views[r].Bytes(v.Bufs))
	}
}

func putLength(dst []byte, at uint32, s []byte) uint32 {
	at += uint32(binary.PutUvarint(dst[at:], uint64(len(s))))
	return at + uint32(copy(dst[at:], s))
}
