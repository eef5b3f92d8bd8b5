package exchange

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// The bytes on a connection, little endian:
//
//	hello   "weirexch" version:u32 0:u32                both ways, first of all
//	frame   length:u32 kind:u8 0:u24 channel:u32 sum:u32 payload, padded to 8
//
// sum is the low word of the xxh3 of the header before it and the payload. The
// payload of a batch, each part padded to 8 bytes:
//
//	rows:u32 columns:u16 kinds:u8 0:u8  [kind of each row]  column…
//	column  phys:u8 valid:u8 0:u16 rows:u32 bytes:u32 bufs:u32  values  [validity]  buf… kid…
//	buf     length:u64 bytes
//
// Values lie as in memory, so that a receiver reads them in place.
const (
	hello        = "weirexch"
	wireVersion  = 3
	headerBytes  = 16
	maxFrame     = 256 << 20
	copiedBytes  = 512 // shorter parts are copied together, longer ones are written from where they lie
	frameOpen    = 64  // payload: the channel's name
	frameCredit  = 65  // back: a batch was taken
	frameUnwants = 66  // back: the receiver wants nothing more
	frameGone    = 67  // back: nobody here expects the channel
	frameFetch   = 68  // from the receiver: parts of an output, and the credit for them
	frameBlock   = 69  // to who fetches: a block, as it is stored
	frameLost    = 70  // to who fetches: why there is nothing to read
)

// encoder lays frames out as a list of parts for one vectored write.
type encoder struct {
	parts   [][]byte
	scratch []byte
	mark    int // scratch before it is in parts already
	size    int // bytes of the payload so far
}

func (e *encoder) reset() {
	clear(e.parts)
	e.parts, e.scratch, e.mark = e.parts[:0], e.scratch[:0], 0
}

// frame appends one frame; payload writes its payload.
func (e *encoder) frame(kind uint8, channel uint32, payload func()) error {
	e.cut()
	first := len(e.parts)
	e.size = 0
	e.scratch = append(e.scratch, make([]byte, headerBytes)...)
	if payload != nil {
		payload()
	}
	e.cut()
	if e.size > maxFrame {
		return fmt.Errorf("a batch of %d bytes does not fit a frame of %d", e.size, maxFrame)
	}
	head := e.parts[first][:headerBytes]
	binary.LittleEndian.PutUint32(head, uint32(e.size))
	head[4] = kind
	binary.LittleEndian.PutUint32(head[8:], channel)
	h := xxh3.New()
	_, _ = h.Write(head[:12])
	_, _ = h.Write(e.parts[first][headerBytes:])
	for _, p := range e.parts[first+1:] {
		_, _ = h.Write(p)
	}
	binary.LittleEndian.PutUint32(head[12:], uint32(h.Sum64()))
	return nil
}

// cut ends the part that is being copied together.
func (e *encoder) cut() {
	if len(e.scratch) > e.mark {
		e.parts = append(e.parts, e.scratch[e.mark:len(e.scratch):len(e.scratch)])
		e.mark = len(e.scratch)
	}
}

var padding [8]byte

// bytes appends b, padded.
func (e *encoder) bytes(b []byte) {
	pad := -len(b) & 7
	e.size += len(b) + pad
	if len(b) < copiedBytes {
		e.scratch = append(e.scratch, b...)
	} else {
		e.cut()
		e.parts = append(e.parts, b)
	}
	e.scratch = append(e.scratch, padding[:pad]...)
}

func (e *encoder) u32(a, b uint32) {
	e.scratch = binary.LittleEndian.AppendUint32(e.scratch, a)
	e.scratch = binary.LittleEndian.AppendUint32(e.scratch, b)
	e.size += 8
}

func (e *encoder) u64(x uint64) {
	e.scratch = binary.LittleEndian.AppendUint64(e.scratch, x)
	e.size += 8
}

func (e *encoder) batch(b *stream.Batch) {
	flags := uint32(len(b.Cols))
	if b.Kinds != nil {
		flags |= 1 << 16
	}
	e.u32(uint32(b.Rows), flags)
	if b.Kinds != nil {
		e.bytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.Kinds))), len(b.Kinds)))
	}
	for i := range b.Cols {
		e.vector(&b.Cols[i])
	}
}

// EncodeBatch is the payload of a dense batch, for who carries it by other means.
func EncodeBatch(b *stream.Batch) []byte {
	var e encoder
	e.batch(b)
	e.cut()
	return bytes.Join(e.parts, nil)
}

// DecodeBatch reads the payload of a batch of columns of the given types.
func DecodeBatch(payload []byte, ts []types.Type) (*stream.Batch, error) {
	return decodeBatch(copied(payload), ts)
}

// copied is bytes where words may be read of them.
func copied(b []byte) []byte {
	var p framePool
	out := p.get(len(b))
	copy(out, b)
	return out
}

func (e *encoder) vector(v *vector.Vector) {
	if v.Form != vector.Flat {
		flat := v.Flatten()
		v = &flat
	}
	head := uint32(v.Phys)
	if v.Valid != nil {
		head |= 1 << 8
	}
	e.u32(head, uint32(v.Len))
	e.u32(uint32(len(v.Data)), uint32(len(v.Bufs)))
	e.bytes(v.Data)
	if v.Valid != nil {
		e.bytes(v.Valid[:(v.Len+7)/8])
	}
	for _, b := range v.Bufs {
		e.u64(uint64(len(b)))
		e.bytes(b)
	}
	for i := range v.Kids {
		e.vector(&v.Kids[i])
	}
}

// decoder reads a payload in place. Nothing it is given is trusted.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("frame is damaged: %s", what)
	}
	d.b = nil
}

func (d *decoder) bytes(n int) []byte {
	padded := (n + 7) &^ 7
	if n < 0 || padded > len(d.b) {
		d.fail("it is too short")
		return nil
	}
	out := d.b[:n:n]
	d.b = d.b[padded:]
	return out
}

func (d *decoder) u32() (a, b uint32) {
	x := d.bytes(8)
	if x == nil {
		return 0, 0
	}
	return binary.LittleEndian.Uint32(x), binary.LittleEndian.Uint32(x[4:])
}

// decodeBatch reads a batch of columns of the given types.
func decodeBatch(payload []byte, ts []types.Type) (*stream.Batch, error) {
	d := &decoder{b: payload}
	rows, flags := d.u32()
	if int(flags&0xffff) != len(ts) {
		return nil, fmt.Errorf("frame has %d columns, the edge %d", flags&0xffff, len(ts))
	}
	b := &stream.Batch{Rows: int(rows), Cols: make([]vector.Vector, len(ts))}
	if flags>>16 != 0 {
		if k := d.bytes(int(rows)); len(k) > 0 {
			b.Kinds = unsafe.Slice((*stream.RowKind)(unsafe.Pointer(unsafe.SliceData(k))), len(k))
		}
		for _, k := range b.Kinds {
			if k > stream.Delete {
				d.fail("unknown kind of row")
				break
			}
		}
	}
	for i := range b.Cols {
		b.Cols[i] = d.vector(ts[i])
		if d.err == nil && b.Cols[i].Len != b.Rows {
			d.fail("a column has other rows than the batch")
		}
	}
	return b, d.err
}

func (d *decoder) vector(t types.Type) vector.Vector {
	head, rows := d.u32()
	size, bufs := d.u32()
	v := vector.Vector{Phys: types.Phys(head), Len: int(rows)}
	if d.err == nil && v.Phys != t.Phys() {
		d.fail("a column has another type than the edge")
	}
	v.Data = d.bytes(int(size))
	if head>>8&1 != 0 {
		v.Valid = vector.Bitmap(d.bytes((v.Len + 7) / 8))
	}
	if int(bufs) > len(d.b)/8 {
		d.fail("more buffers than bytes")
	}
	for range bufs {
		n := d.bytes(8)
		if n == nil {
			break
		}
		v.Bufs = append(v.Bufs, d.bytes(int(min(binary.LittleEndian.Uint64(n), maxFrame+1))))
	}
	for _, k := range kidTypes(t) {
		v.Kids = append(v.Kids, d.vector(k))
	}
	if d.err == nil {
		d.check(&v)
	}
	return v
}

func kidTypes(t types.Type) []types.Type {
	switch t.Kind {
	case types.Array, types.Multiset:
		return []types.Type{*t.Elem}
	case types.Map:
		return []types.Type{*t.Key, *t.Elem}
	case types.Row:
		out := make([]types.Type, len(t.Fields))
		for i := range t.Fields {
			out[i] = t.Fields[i].Type
		}
		return out
	}
	return nil
}

// check makes sure that reading any row stays inside the frame.
func (d *decoder) check(v *vector.Vector) {
	switch v.Phys {
	case types.PhysNull:
	case types.PhysBool:
		if len(v.Data) < (v.Len+7)/8 {
			d.fail("values are missing")
		}
	case types.PhysBytes:
		if len(v.Data) != v.Len*16 {
			d.fail("values are missing")
			return
		}
		for _, x := range v.Views() {
			if x.Len > vector.InlineLen && (int(x.Buf) >= len(v.Bufs) || uint64(x.Off)+uint64(x.Len) > uint64(len(v.Bufs[x.Buf]))) {
				d.fail("a string lies outside")
				return
			}
		}
	case types.PhysList:
		if len(v.Data) != (v.Len+1)*4 {
			d.fail("offsets are missing")
			return
		}
		last := int32(0)
		for _, off := range v.Offsets() {
			if off < last || int(off) > v.Kids[0].Len {
				d.fail("a list lies outside")
				return
			}
			last = off
		}
		if len(v.Kids) == 2 && v.Kids[0].Len != v.Kids[1].Len {
			d.fail("a map has other keys than values")
		}
	case types.PhysStruct:
		for i := range v.Kids {
			if v.Kids[i].Len != v.Len {
				d.fail("a row misses fields")
			}
		}
	default:
		if len(v.Data) != v.Len*v.Phys.Width() {
			d.fail("values are missing")
		}
	}
}
