package rowcodec

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Decode appends the columns of the rows that which names (all when nil), in
// that order, to builders. A nil builder leaves its column out.
func (c *RowCodec) Decode(rows *Rows, which []uint32, into []*vector.Builder) error {
	if err := c.find(rows, which); err != nil {
		return err
	}
	for k := range c.cols {
		var err error
		switch {
		case c.place[k] < 0:
			err = c.readLengths(k, rows.Bytes, into[k])
		case into[k] != nil:
			c.readFixed(k, rows.Bytes, into[k])
		}
		if err != nil {
			return fmt.Errorf("decode row column %d: %w", k+1, err)
		}
	}
	return nil
}

// find checks the rows and leaves in c.start, c.pos and c.end where their
// versions and first lengths are and where they end.
func (c *RowCodec) find(rows *Rows, which []uint32) error {
	n := rows.N()
	if which != nil {
		n = len(which)
	}
	c.start = slices.Grow(c.start[:0], n)[:n]
	c.pos = slices.Grow(c.pos[:0], n)[:n]
	c.end = slices.Grow(c.end[:0], n)[:n]
	prefix, first := uint32(c.Prefix), uint32(c.Prefix+c.fixed)
	for i := range c.pos {
		at, end := rows.span(rowAt(which, i))
		if end-at < first {
			return fmt.Errorf("decode row: %w: %d bytes are too few", ErrCorrupt, end-at)
		}
		if v := rows.Bytes[at+prefix]; v != rowVersion {
			return fmt.Errorf("decode row: %w: version %d is unknown", ErrCorrupt, v)
		}
		c.start[i], c.pos[i], c.end[i] = at+prefix, at+first, end
	}
	return nil
}

// readNulls marks the rows where column k is NULL.
func (c *RowCodec) readNulls(k int, buf []byte) {
	col, at, bit := &c.cols[k], uint32(1+k>>3), byte(1)<<(k&7)
	for i, s := range c.start {
		if buf[s+at]&bit != 0 {
			col.setNull(i)
		}
	}
}

func (c *RowCodec) readFixed(k int, buf []byte, into *vector.Builder) {
	col, at := &c.cols[k], uint32(c.place[k])
	col.reset(len(c.start))
	c.readNulls(k, buf)
	switch col.phys {
	case types.PhysBool:
		b := vector.Bitmap(col.data)
		for i, s := range c.start {
			if buf[s+at] != 0 {
				b.Set(i)
			}
		}
	case types.PhysInt8:
		readValues[uint8](c.start, at, buf, col)
	case types.PhysInt16:
		readValues[uint16](c.start, at, buf, col)
	case types.PhysInt32, types.PhysFloat32:
		readValues[uint32](c.start, at, buf, col)
	case types.PhysInt64, types.PhysFloat64:
		readValues[uint64](c.start, at, buf, col)
	case types.PhysInt128:
		readValues[types.Int128](c.start, at, buf, col)
	}
	v := col.vector(buf)
	into.AppendVector(&v, nil)
}

func readValues[T vector.Elem](start []uint32, at uint32, buf []byte, col *column) {
	if len(start) == 0 {
		return
	}
	out := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(col.data))), len(start))
	for i, s := range start {
		out[i] = *(*T)(unsafe.Pointer(&buf[s+at]))
	}
}

// readLengths reads a column of strings or nested values, and moves c.pos behind it.
func (c *RowCodec) readLengths(k int, buf []byte, into *vector.Builder) error {
	col := &c.cols[k]
	col.reset(len(c.start))
	c.readNulls(k, buf)
	for i, at := range c.pos {
		size, used := binary.Uvarint(buf[at:c.end[i]])
		if used <= 0 || size > uint64(c.end[i]-at-uint32(used)) {
			return ErrCorrupt
		}
		at += uint32(used)
		c.pos[i] = at + uint32(size)
		if into == nil {
			continue
		}
		if !col.nested() {
			*(*vector.View)(col.at(i)) = vector.MakeView(buf[at:c.pos[i]], 0, at)
			continue
		}
		if err := appendNested(into, c.types[k], buf[at:c.pos[i]], !col.valid.Get(i)); err != nil {
			return err
		}
	}
	if into != nil && !col.nested() {
		v := col.vector(buf)
		into.AppendVector(&v, nil)
	}
	return nil
}
