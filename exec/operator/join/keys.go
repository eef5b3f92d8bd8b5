package join

import (
	"bytes"
	"math"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/state/rowcodec"
)

// keyColumns is the key columns of a batch, in the forms that rows have them,
// with their hashes. It keeps its memory from batch to batch.
type keyColumns struct {
	cols   []keyColumn
	hashes []uint64 // by row
	picked []vector.Vector
	valid  []uint32
	spare  []uint32
}

// keyColumn is one key by row, in the form of its keyField.
type keyColumn struct {
	form   keyForm
	words  []uint64
	wide   []types.Int128
	views  []vector.View
	bufs   [][]byte
	memory []uint64

	encoder rowcodec.KeyEncoder
	encoded rowcodec.Rows
}

func newKeyColumns(l *layout) *keyColumns {
	k := &keyColumns{cols: make([]keyColumn, len(l.keys)), picked: make([]vector.Vector, len(l.keys))}
	for i := range l.keys {
		k.cols[i].form = l.keys[i].form
	}
	return k
}

// set reads the key columns of a batch. It hashes the rows of sel (all when nil)
// and returns those of them in which no key is NULL.
func (k *keyColumns) set(cols []vector.Vector, keys []int, rows int, sel []uint32) []uint32 {
	valid := k.setUnhashed(cols, keys, rows, sel)
	k.hashes = slices.Grow(k.hashes[:0], rows)[:rows]
	kernel.HashColumns(k.picked, rows, sel, k.hashes)
	return valid
}

// setUnhashed is set for a table that is looked up without hashes.
func (k *keyColumns) setUnhashed(cols []vector.Vector, keys []int, rows int, sel []uint32) []uint32 {
	for i, c := range keys {
		k.picked[i] = cols[c]
		k.cols[i].set(&k.picked[i], rows)
	}
	if sel == nil {
		sel = kernel.Iota(rows)
	}
	for i := range k.picked {
		if valid := k.picked[i].RowValid(); valid != nil {
			k.spare = kernel.KeepValid(k.spare[:0], sel, rows, valid)
			k.spare, k.valid = k.valid, k.spare
			sel = k.valid
		}
	}
	return sel
}

func (c *keyColumn) set(v *vector.Vector, rows int) {
	switch c.form {
	case keyWide:
		c.wide = spread(v, rows, room[types.Int128](c, rows))
	case keyView:
		if v.Phys != types.PhysBytes {
			c.setNested(v, rows)
			return
		}
		c.views, c.bufs = spread(v, rows, room[vector.View](c, rows)), v.Base().Bufs
	default:
		c.setWords(v, rows)
	}
}

// room is scratch for rows values of T.
func room[T vector.Elem](c *keyColumn, rows int) []T {
	var t T
	words := (rows*int(unsafe.Sizeof(t)) + 7) / 8
	c.memory = slices.Grow(c.memory[:0], words)[:words]
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(c.memory))), rows)
}

// spread is the values of v by row: its own where it is Flat.
func spread[T vector.Elem](v *vector.Vector, rows int, into []T) []T {
	src := vector.Values[T](v.Base())
	switch v.Form {
	case vector.Flat:
		return src[:rows]
	case vector.Const:
		for i := range into {
			into[i] = src[0]
		}
	default:
		codes := v.Codes[:len(into)]
		for i := range into {
			into[i] = src[codes[i]]
		}
	}
	return into
}

func (c *keyColumn) setWords(v *vector.Vector, rows int) {
	if v.Phys == types.PhysInt64 {
		c.words = spread(v, rows, room[uint64](c, rows))
		return
	}
	c.words = room[uint64](c, rows)
	switch v.Phys {
	case types.PhysBool:
		b := v.Base().Bits()
		for i := range c.words {
			c.words[i] = 0
			if b.Get(v.Index(i)) {
				c.words[i] = 1
			}
		}
	case types.PhysInt8:
		widen(c.words, vector.Values[int8](v.Base()), v)
	case types.PhysInt16:
		widen(c.words, vector.Values[int16](v.Base()), v)
	case types.PhysInt32:
		widen(c.words, vector.Values[int32](v.Base()), v)
	case types.PhysFloat32:
		floatWords(c.words, vector.Values[float32](v.Base()), v)
	case types.PhysFloat64:
		floatWords(c.words, vector.Values[float64](v.Base()), v)
	default: // PhysNull: no row is looked at
		clear(c.words)
	}
}

func widen[T int8 | int16 | int32](dst []uint64, src []T, v *vector.Vector) {
	if v.Form == vector.Flat {
		src = src[:len(dst)]
		for i := range dst {
			dst[i] = uint64(int64(src[i]))
		}
		return
	}
	for i := range dst {
		dst[i] = uint64(int64(src[v.Index(i)]))
	}
}

func floatWords[T float32 | float64](dst []uint64, src []T, v *vector.Vector) {
	for i := range dst {
		f := float64(src[v.Index(i)])
		switch {
		case f == 0:
			dst[i] = 0
		case f != f:
			dst[i] = math.Float64bits(math.NaN())
		default:
			dst[i] = math.Float64bits(f)
		}
	}
}

// setNested makes strings of nested values: equal values have equal bytes.
func (c *keyColumn) setNested(v *vector.Vector, rows int) {
	c.encoded.Reset()
	c.encoder.EncodeSubs([]vector.Vector{*v}, rows, nil, &c.encoded)
	c.views = room[vector.View](c, rows)
	for i := range c.views {
		c.views[i] = vector.MakeView(c.encoded.At(i), 0, c.encoded.Off[i])
	}
	c.bufs = [][]byte{c.encoded.Bytes}
}

// equals reports whether key row r of the batch is that of the build row at p.
func (k *keyColumns) equals(l *layout, r uint32, p unsafe.Pointer, bufs [][]byte) bool {
	for i := range k.cols {
		c, at := &k.cols[i], unsafe.Add(p, l.keys[i].off)
		switch c.form {
		case keyWord:
			if *(*uint64)(at) != c.words[r] {
				return false
			}
		case keyWide:
			if *(*types.Int128)(at) != c.wide[r] {
				return false
			}
		default:
			if !sameString((*vector.View)(at), bufs, &c.views[r], c.bufs) {
				return false
			}
		}
	}
	return true
}

func sameString(a *vector.View, abufs [][]byte, b *vector.View, bbufs [][]byte) bool {
	if a.Len != b.Len || a.Prefix != b.Prefix {
		return false
	}
	if a.Len <= vector.InlineLen {
		return a.Buf == b.Buf && a.Off == b.Off // the rest of the string lies there
	}
	return bytes.Equal(a.Bytes(abufs), b.Bytes(bbufs))
}

// sameRowKey reports whether two build rows have the same key.
func (l *layout) sameRowKey(a, b unsafe.Pointer, bufs [][]byte) bool {
	for i := range l.keys {
		x, y := unsafe.Add(a, l.keys[i].off), unsafe.Add(b, l.keys[i].off)
		switch l.keys[i].form {
		case keyWord:
			if *(*uint64)(x) != *(*uint64)(y) {
				return false
			}
		case keyWide:
			if *(*types.Int128)(x) != *(*types.Int128)(y) {
				return false
			}
		default:
			if !sameString((*vector.View)(x), bufs, (*vector.View)(y), bufs) {
				return false
			}
		}
	}
	return true
}
