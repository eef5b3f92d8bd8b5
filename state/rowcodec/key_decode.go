package rowcodec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// ErrCorrupt says that bytes are not what an encoder of the named version writes.
var ErrCorrupt = errors.New("rowcodec: bytes are not an encoded row")

// KeyDecoder reads keys back into columns. It keeps scratch memory between
// calls; one goroutine uses it.
type KeyDecoder struct {
	types  []types.Type
	orders []Order
	cols   []column
	pos    []uint32
	end    []uint32
}

// NewKeyDecoder decodes keys of columns of types ts, encoded with orders (nil:
// all ascending, NULL first).
func NewKeyDecoder(ts []types.Type, orders []Order) *KeyDecoder {
	if orders == nil {
		orders = make([]Order, len(ts))
	}
	return &KeyDecoder{types: ts, orders: orders, cols: newColumns(ts)}
}

// Decode appends the columns of the keys that which names (all when nil) to builders.
func (d *KeyDecoder) Decode(keys *Keys, which []uint32, into []*vector.Builder) error {
	return d.decode(keys.Bytes, keys.Off, which, keys.N(), into)
}

// DecodeSubs is Decode for a list of width 0 without hashes.
func (d *KeyDecoder) DecodeSubs(subs *Rows, which []uint32, into []*vector.Builder) error {
	return d.decode(subs.Bytes, subs.Off, which, subs.N(), into)
}

func (d *KeyDecoder) decode(buf []byte, off, which []uint32, n int, into []*vector.Builder) error {
	if which != nil {
		n = len(which)
	}
	d.pos = slices.Grow(d.pos[:0], n)[:n]
	d.end = slices.Grow(d.end[:0], n)[:n]
	for i := range d.pos {
		k := rowAt(which, i)
		d.pos[i], d.end[i] = off[k], off[k+1]
	}
	for c := range d.cols {
		var err error
		if d.cols[c].nested() {
			err = d.readNested(c, buf, into[c])
		} else if err = d.readColumn(c, buf); err == nil {
			v := d.cols[c].vector(buf)
			into[c].AppendVector(&v, nil)
		}
		if err != nil {
			return fmt.Errorf("decode key column %d: %w", c+1, err)
		}
	}
	return nil
}

// readColumn reads column c of all keys at d.pos and moves d.pos behind it.
func (d *KeyDecoder) readColumn(c int, buf []byte) error {
	col, inv := &d.cols[c], d.orders[c].inversion()
	col.reset(len(d.pos))
	for i, at := range d.pos {
		end := d.end[i]
		if at >= end {
			return ErrCorrupt
		}
		if buf[at] != tagValue {
			col.setNull(i)
			d.pos[i] = at + 1
			continue
		}
		used, ok := col.readKey(i, buf[:end], at+1, inv)
		if !ok {
			return ErrCorrupt
		}
		d.pos[i] = at + 1 + used
	}
	return nil
}

// readKey reads the value of row i at buf[at:] and returns the bytes it took.
func (col *column) readKey(i int, buf []byte, at uint32, inv uint64) (uint32, bool) {
	if col.phys == types.PhysBytes {
		return col.readEscaped(i, buf, at, inv != 0)
	}
	w := uint32(col.width)
	if uint32(len(buf))-at < w {
		return 0, false
	}
	b := buf[at : at+w]
	switch col.phys {
	case types.PhysNull:
	case types.PhysBool:
		if b[0]^byte(inv) != 0 {
			vector.Bitmap(col.data).Set(i)
		}
	case types.PhysInt128:
		*(*types.Int128)(col.at(i)) = types.Int128{
			Hi: int64((binary.BigEndian.Uint64(b) ^ inv) ^ 1<<63),
			Lo: binary.BigEndian.Uint64(b[8:]) ^ inv,
		}
	case types.PhysFloat32, types.PhysFloat64:
		col.setBits(i, floatOfKey(fixedAt(b)^inv, w))
	default:
		col.setBits(i, (fixedAt(b)^inv)^1<<(8*w-1))
	}
	return w, true
}

func fixedAt(b []byte) uint64 {
	switch len(b) {
	case 8:
		return binary.BigEndian.Uint64(b)
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	}
	return uint64(b[0])
}

// readEscaped makes a view of the string at buf[at:]: of the key itself where
// nothing was escaped or inverted, else of an unescaped copy.
func (col *column) readEscaped(i int, buf []byte, at uint32, inverted bool) (uint32, bool) {
	s := buf[at:]
	zero := byte(0)
	if inverted {
		zero = 0xff
	}
	z := bytes.IndexByte(s, zero)
	if z < 0 || z+1 >= len(s) {
		return 0, false
	}
	if !inverted && s[z+1] == 0 {
		*(*vector.View)(col.at(i)) = vector.MakeView(s[:z], 0, at)
		return uint32(z + 2), true
	}
	from := len(col.side)
	used := 0
	for {
		col.side = append(col.side, s[:z]...)
		end := s[z+1] == zero
		used += z + 2
		s = s[z+2:]
		if end {
			break
		}
		col.side = append(col.side, zero)
		if z = bytes.IndexByte(s, zero); z < 0 || z+1 >= len(s) {
			return 0, false
		}
	}
	if inverted {
		invert(col.side[from:])
	}
	*(*vector.View)(col.at(i)) = vector.MakeView(col.side[from:], 1, uint32(from))
	return uint32(used), true
}

// readNested reads a nested column value by value: keys of ARRAY or ROW are rare.
func (d *KeyDecoder) readNested(c int, buf []byte, into *vector.Builder) error {
	for i, at := range d.pos {
		r := keyReader{buf: buf[at:d.end[i]]}
		if d.orders[c].Desc {
			r.buf = slices.Clone(r.buf)
			if len(r.buf) > 1 {
				invert(r.buf[1:])
			}
		}
		v := r.value(d.types[c])
		if r.bad {
			return ErrCorrupt
		}
		into.AppendValue(v)
		d.pos[i] = at + uint32(r.at)
	}
	return nil
}

// keyReader reads values one by one; bad is set by the first byte that does not fit.
type keyReader struct {
	buf []byte
	at  int
	bad bool
}

func (r *keyReader) take(n int) []byte {
	if r.bad || len(r.buf)-r.at < n {
		r.bad = true
		return make([]byte, n)
	}
	r.at += n
	return r.buf[r.at-n : r.at]
}

func (r *keyReader) value(t types.Type) types.Value {
	if tag := r.take(1)[0]; tag != tagValue || r.bad {
		return types.NullValue()
	}
	switch t.Phys() {
	case types.PhysStruct:
		var v types.Value
		for _, f := range t.Fields {
			v.Items = append(v.Items, r.value(f.Type))
		}
		return v
	case types.PhysList:
		var v types.Value
		for !r.bad && r.take(1)[0] == listItem {
			v.Items = append(v.Items, r.value(*t.Elem))
		}
		return v
	}
	return r.scalar(t)
}

func (r *keyReader) scalar(t types.Type) types.Value {
	col := newColumn(t)
	col.reset(1)
	used, ok := col.readKey(0, r.buf, uint32(r.at), 0)
	if !ok {
		r.bad = true
		return types.NullValue()
	}
	v := col.vector(r.buf)
	r.at += int(used)
	return v.ValueAt(0)
}

// column is scratch for one decoded column of a layout that is not nested.
type column struct {
	phys  types.Phys
	width int // bytes of an encoded value; 0 for strings and nested layouts
	data  []byte
	valid vector.Bitmap // nil until the first NULL
	nulls vector.Bitmap // memory of valid
	side  []byte        // strings that are not readable in place
	n     int
}

func newColumns(ts []types.Type) []column {
	cols := make([]column, len(ts))
	for i, t := range ts {
		cols[i] = newColumn(t)
	}
	return cols
}

func newColumn(t types.Type) column {
	p := t.Phys()
	c := column{phys: p, width: p.Width()}
	switch p {
	case types.PhysBool:
		c.width = 1
	case types.PhysBytes:
		c.width = 0
	}
	return c
}

func (col *column) nested() bool {
	return col.phys == types.PhysList || col.phys == types.PhysStruct
}

// reset makes room for n rows, all valid and zero.
func (col *column) reset(n int) {
	col.n, col.valid, col.side = n, nil, col.side[:0]
	size := n * col.phys.Width()
	if col.phys == types.PhysBool {
		size = (n + 7) / 8
	}
	if cap(col.data) < size {
		words := make([]uint64, (size+7)/8)
		col.data = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
	}
	col.data = col.data[:size]
	clear(col.data)
}

func (col *column) at(i int) unsafe.Pointer {
	return unsafe.Pointer(&col.data[i*col.phys.Width()])
}

func (col *column) setNull(i int) {
	if col.valid == nil {
		size := (col.n + 7) / 8
		if cap(col.nulls) < size {
			col.nulls = vector.NewBitmap(col.n)
		}
		col.nulls = col.nulls[:size]
		for b := range col.nulls {
			col.nulls[b] = 0xff
		}
		col.valid = col.nulls
	}
	col.valid.Clear(i)
}

// setBits stores the low bytes of u as the fixed-width value of row i.
func (col *column) setBits(i int, u uint64) {
	switch col.width {
	case 8:
		*(*uint64)(col.at(i)) = u
	case 4:
		*(*uint32)(col.at(i)) = uint32(u)
	case 2:
		*(*uint16)(col.at(i)) = uint16(u)
	default:
		col.data[i] = byte(u)
	}
}

// vector describes what was read; strings point into buf and into col.
func (col *column) vector(buf []byte) vector.Vector {
	v := vector.Vector{Phys: col.phys, Len: col.n, Data: col.data, Valid: col.valid}
	if col.phys == types.PhysBytes {
		v.Bufs = [][]byte{buf, col.side}
	}
	return v
}
