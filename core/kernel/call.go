package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// shape is how the arguments of a binary kernel lie.
type shape uint8

const (
	flatFlat  shape = iota
	flatConst       // the right argument is one value
	constFlat       // the left argument is one value
	selected        // only some rows: index by row and mask
)

// shapeOf picks the loop. Rows outside a selection may be computed too where
// that is cheaper than picking rows: values under them are readable.
func (c *Call) shapeOf() shape {
	if c.Sel != nil && len(c.Sel) < c.Rows/2 {
		return selected
	}
	switch {
	case c.Args[1].Form == vector.Const:
		return flatConst
	case c.Args[0].Form == vector.Const:
		return constFlat
	}
	return flatFlat
}

// mask maps a row to its place: all ones for Flat, 0 for Const.
func mask(v *vector.Vector) uint32 {
	if v.Form == vector.Const {
		return 0
	}
	return ^uint32(0)
}

// operand reads an argument's values with the mask that maps rows to them.
func operand[T vector.Elem](v *vector.Vector) ([]T, uint32) { return vector.Values[T](v), mask(v) }

// Active lists the rows to compute: selected, and not NULL in any argument.
// It is valid until the next call.
func (c *Call) Active() []uint32 {
	if c.Valid == nil {
		if c.Sel != nil {
			return c.Sel
		}
		return Iota(c.Rows)
	}
	c.active = KeepValid(c.active[:0], c.Sel, c.Rows, c.Valid)
	return c.active
}

// Selected lists the rows to compute, NULL or not.
func (c *Call) Selected() []uint32 {
	if c.Sel != nil {
		return c.Sel
	}
	return Iota(c.Rows)
}

// SetNull makes row r of the result NULL.
func (c *Call) SetNull(r int) {
	if c.Out.Valid == nil {
		c.Out.Valid = vector.NewBitmapSet(c.Rows)
	}
	c.Out.Valid.Clear(r)
}

// fail notes the row of an error.
func (c *Call) fail(r uint32, err error) error {
	c.ErrRow = int(r)
	return err
}

// Fail notes the row of an error, for kernels outside this package.
func (c *Call) Fail(r uint32, err error) error { return c.fail(r, err) }

// Bytes collects the strings that a kernel makes, in one buffer that is reused
// from batch to batch.
type Bytes struct {
	Buf   []byte // append here, then End
	views []vector.View
	c     *Call
}

// MakeBytes begins the result of a kernel that makes strings.
func (c *Call) MakeBytes() Bytes {
	return Bytes{Buf: c.buf[:0], views: vector.Values[vector.View](c.Out), c: c}
}

// Put makes s the result of row r, copying it.
func (b *Bytes) Put(r uint32, s []byte) {
	if len(s) > vector.InlineLen {
		off := len(b.Buf)
		b.Buf = append(b.Buf, s...)
		b.views[r] = vector.MakeView(s, 0, uint32(off))
		return
	}
	b.views[r] = vector.MakeView(s, 0, 0)
}

// End makes what was appended to Buf from offset start the result of row r.
func (b *Bytes) End(r uint32, start int) {
	s := b.Buf[start:]
	b.views[r] = vector.MakeView(s, 0, uint32(start))
	if len(s) <= vector.InlineLen {
		b.Buf = b.Buf[:start]
	}
}

// Done hands the strings to the result.
func (b *Bytes) Done() {
	b.c.buf = b.Buf
	b.c.bufs[0] = b.Buf
	b.c.Out.Bufs = b.c.bufs[:]
}

// StringArg reads a string argument by row.
type StringArg struct {
	views []vector.View
	bufs  [][]byte
	mask  uint32
}

// Strings reads argument i by row.
func (c *Call) Strings(i int) StringArg {
	v := c.Args[i]
	return StringArg{views: v.Views(), bufs: v.Bufs, mask: mask(v)}
}

// At is the string of row r; it must not be changed.
func (a *StringArg) At(r uint32) []byte { return a.views[r&a.mask].Bytes(a.bufs) }

// Number reads an integer argument of any width by row, as 64 bits.
type Number struct {
	v    *vector.Vector
	mask uint32
}

// Ints reads argument i by row.
func (c *Call) Ints(i int) Number { return Number{c.Args[i], mask(c.Args[i])} }

// At is the integer of row r.
func (n Number) At(r uint32) int64 {
	r &= n.mask
	switch n.v.Phys {
	case types.PhysInt8:
		return int64(vector.Values[int8](n.v)[r])
	case types.PhysInt16:
		return int64(vector.Values[int16](n.v)[r])
	case types.PhysInt32:
		return int64(vector.Values[int32](n.v)[r])
	}
	return vector.Values[int64](n.v)[r]
}

// Shared makes strings that are parts of an argument's, without copying them.
type Shared struct {
	out, views []vector.View
	bufs       [][]byte
	mask       uint32
}

// ShareBytes begins the result of a kernel whose strings are parts of argument i's.
func (c *Call) ShareBytes(i int) Shared {
	v := c.Args[i]
	c.Out.Bufs = v.Bufs
	return Shared{out: vector.Values[vector.View](c.Out), views: v.Views(), bufs: v.Bufs, mask: mask(v)}
}

// At is the whole string of row r.
func (s *Shared) At(r uint32) []byte { return s.views[r&s.mask].Bytes(s.bufs) }

// Put makes bytes [from, to) of the string the result of row r.
func (s *Shared) Put(r uint32, from, to int) {
	x := s.views[r&s.mask]
	s.out[r] = vector.MakeView(x.Bytes(s.bufs)[from:to], x.Buf, x.Off+uint32(from))
}

// PutInt makes x the result of row r, in an integer layout of any width.
func (c *Call) PutInt(r uint32, x int64) { putInt(c.Out, int(r), x) }

// PutBool makes x the result of row r.
func (c *Call) PutBool(r uint32, x bool) { c.Out.Bits().SetTo(int(r), x) }

// Doubles reads a DOUBLE argument: index the values by row & mask.
func (c *Call) Doubles(i int) (values []float64, mask uint32) { return operand[float64](c.Args[i]) }
