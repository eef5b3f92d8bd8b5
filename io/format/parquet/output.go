package parquet

import (
	"unsafe"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// frame is the memory of one batch: what its columns are decoded into and the
// buffers its views and dictionaries lie in. It is used again once it is released.
type frame struct {
	owner *Scanner
	cols  []output
	refs  []*buffer
	batch stream.Batch
	sel   []uint32 // of batch
	give  func()   // release as a value, made once
}

// output is one column of a frame while it fills.
type output struct {
	phys   types.Phys
	width  int
	rows   int // filled so far
	form   vector.Form
	data   []byte // Flat: values, or views, or bits
	codes  []uint32
	dict   *vector.Vector
	bitmap []byte
	nulls  bool // bitmap counts
	bufs   [][]byte
	alias  []byte // Flat: the values lie in a page
}

func (o *output) init(p types.Phys, rows int) {
	o.phys, o.width = p, p.Width()
	size := rows * o.width
	if p == types.PhysBool {
		size = (rows + 7) / 8
	}
	o.data = alignedBytes(size + padding)
	o.bitmap = alignedBytes((rows+7)/8 + padding)
}

func alignedBytes(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
}

func (o *output) reset() {
	o.rows, o.form, o.dict, o.nulls, o.alias = 0, vector.Flat, nil, false, nil
	clear(o.bufs)
	o.bufs = o.bufs[:0]
	if o.phys == types.PhysBool {
		clear(o.data)
	}
}

// vector describes what was filled. It shares the output's memory.
func (o *output) vector() vector.Vector {
	v := vector.Vector{Phys: o.phys, Len: o.rows, Form: o.form}
	if o.nulls {
		v.Valid = vector.Bitmap(o.bitmap[:(o.rows+7)/8])
	}
	switch {
	case o.form == vector.Dict:
		v.Codes, v.Dict = o.codes[:o.rows], o.dict
	case o.alias != nil:
		v.Data = o.alias
	case o.phys == types.PhysBool:
		v.Data = o.data[:(o.rows+7)/8]
	default:
		v.Data = o.data[:o.rows*o.width]
	}
	if o.phys == types.PhysBytes && o.form == vector.Flat {
		v.Bufs = o.bufs
	}
	return v
}

// wantNulls makes the bitmap count; what was filled before is valid.
func (o *output) wantNulls(n int) {
	if !o.nulls {
		clear(o.bitmap)
		setBits(o.bitmap, 0, o.rows)
		o.nulls = true
	}
}

// buf is the index of a page's buffer among those that views may point into.
func (o *output) buf(mem []byte) uint32 {
	if n := len(o.bufs); n > 0 && unsafe.SliceData(o.bufs[n-1]) == unsafe.SliceData(mem) {
		return uint32(n - 1)
	}
	o.bufs = append(o.bufs, mem)
	return uint32(len(o.bufs) - 1)
}

// flatten gives the rows so far their values, since a page of another form follows.
func (o *output) flatten() {
	if o.form == vector.Flat {
		o.unalias()
		return
	}
	o.gather(0, o.codes[:o.rows], o.dict)
	o.form, o.dict = vector.Flat, nil
}

func (o *output) unalias() {
	if o.alias != nil {
		copy(o.data, o.alias)
		o.alias = nil
	}
}

// gather writes dictionary entries as values from row at on.
func (o *output) gather(at int, codes []uint32, dict *vector.Vector) {
	n := len(codes)
	if n == 0 || dict.Len == 0 {
		return
	}
	dst := o.data[at*o.width:]
	switch o.width {
	case 1:
		gather(as[uint8](dst, n), vector.Values[uint8](dict), codes)
	case 2:
		gather(as[uint16](dst, n), vector.Values[uint16](dict), codes)
	case 4:
		gather(as[uint32](dst, n), vector.Values[uint32](dict), codes)
	case 8:
		gather(as[uint64](dst, n), vector.Values[uint64](dict), codes)
	case 16:
		if o.phys == types.PhysBytes {
			o.gatherViews(as[vector.View](dst, n), codes, dict)
			return
		}
		gather(as[types.Int128](dst, n), vector.Values[types.Int128](dict), codes)
	}
}

func gather[T any](dst, src []T, codes []uint32) {
	codes = codes[:len(dst)]
	for i := range dst {
		dst[i] = src[codes[i]]
	}
}

func (o *output) gatherViews(dst []vector.View, codes []uint32, dict *vector.Vector) {
	buf := o.buf(dict.Bufs[0])
	src := dict.Views()
	codes = codes[:len(dst)]
	for i := range dst {
		v := src[codes[i]]
		if v.Len > vector.InlineLen {
			v.Buf = buf
		}
		dst[i] = v
	}
}

// spread moves m values that stand densely at row at to the rows whose bits are
// set among the n rows from there, last first; rows between become zero.
func (o *output) spread(at, n, m int) {
	if m == n {
		return
	}
	if o.form == vector.Dict {
		spread(o.codes[at:at+n], o.bitmap, at, m)
		return
	}
	dst := o.data[at*o.width:]
	switch o.width {
	case 1:
		spread(as[uint8](dst, n), o.bitmap, at, m)
	case 2:
		spread(as[uint16](dst, n), o.bitmap, at, m)
	case 4:
		spread(as[uint32](dst, n), o.bitmap, at, m)
	case 8:
		spread(as[uint64](dst, n), o.bitmap, at, m)
	case 16:
		spread(as[types.Int128](dst, n), o.bitmap, at, m)
	}
}

func spread[T any](dst []T, bitmap []byte, at, m int) {
	var zero T
	for i := len(dst) - 1; i >= 0; i-- {
		if r := at + i; bitmap[r>>3]&(1<<(r&7)) != 0 {
			m--
			dst[i] = dst[m]
		} else {
			dst[i] = zero
		}
	}
}
