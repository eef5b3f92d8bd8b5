package spill

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/pierrec/lz4/v4"
	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// A block is a batch of Flat columns:
//
//	stored, raw, rows, checksum uint32     stored = raw: not compressed
//	body, compressed                       kinds, then column by column
//
// and a column is four lengths (data, validity, string bytes, children), then
// these parts, each padded to eight bytes so that values are read in place.
const blockHeader = 16

var errCorrupt = errors.New("the block does not match its checksum")

// blockWriter turns batches into blocks. One goroutine uses it.
type blockWriter struct {
	body       []byte
	stored     []byte
	compressor lz4.Compressor
	plain      int // blocks that are still not worth trying, of a writer that is choosy
	choosy     bool
}

// A block that is read once soon, mostly from the page cache, is worth compressing
// where that quarters it: LZ4 takes longer than writing, sending and reading what it
// saves otherwise. What one block is not, those behind it are not likely to be.
const (
	worthwhile = 4  // times smaller
	plainRun   = 15 // blocks until the next try
)

// compress puts the body behind the header, and returns its length there.
func (w *blockWriter) compress(stored []byte) int {
	if w.plain > 0 {
		w.plain--
		return copy(stored, w.body)
	}
	n, err := w.compressor.CompressBlock(w.body, stored)
	if w.choosy && n*worthwhile > len(w.body) {
		w.plain = plainRun
	}
	if err != nil || n == 0 || n >= len(w.body) {
		n = copy(stored, w.body)
	}
	return n
}

// encode returns the block of a dense batch; it is valid until the next call.
func (w *blockWriter) encode(b *stream.Batch) []byte {
	w.body = w.body[:0]
	w.putPart(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.Kinds))), len(b.Kinds)), true)
	for c := range b.Cols {
		w.putColumn(&b.Cols[c])
	}
	bound := blockHeader + lz4.CompressBlockBound(len(w.body))
	if cap(w.stored) < bound {
		w.stored = make([]byte, bound)
	}
	w.stored = w.stored[:bound]
	n := w.compress(w.stored[blockHeader:])
	block := w.stored[:blockHeader+n]
	binary.LittleEndian.PutUint32(block, uint32(n))
	binary.LittleEndian.PutUint32(block[4:], uint32(len(w.body)))
	binary.LittleEndian.PutUint32(block[8:], uint32(b.Rows))
	binary.LittleEndian.PutUint32(block[12:], checksum(block, block[blockHeader:]))
	return block
}

// checksum is of the sizes in a header and of what is stored behind it.
func checksum(header, stored []byte) uint32 {
	sizes := binary.LittleEndian.Uint64(header) ^ uint64(binary.LittleEndian.Uint32(header[8:]))*0x9e3779b97f4a7c15
	return uint32(xxh3.HashSeed(stored, sizes))
}

func (w *blockWriter) putPart(part []byte, withLength bool) {
	if withLength {
		w.body = binary.LittleEndian.AppendUint64(w.body, uint64(len(part)))
	}
	w.body = append(w.body, part...)
	for len(w.body)&7 != 0 {
		w.body = append(w.body, 0)
	}
}

func (w *blockWriter) putColumn(v *vector.Vector) {
	var buf []byte
	if len(v.Bufs) > 0 {
		buf = v.Bufs[0] // a builder's: the only one
	}
	for _, n := range []int{len(v.Data), len(v.Valid), len(buf), len(v.Kids)} {
		w.body = binary.LittleEndian.AppendUint32(w.body, uint32(n))
	}
	w.putPart(v.Data, false)
	w.putPart(v.Valid, false)
	w.putPart(buf, false)
	for k := range v.Kids {
		w.body = binary.LittleEndian.AppendUint64(w.body, uint64(v.Kids[k].Len))
		w.putColumn(&v.Kids[k])
	}
}

// block is memory for one block read; its batch points into it.
type block struct {
	stored []byte
	words  []uint64 // body, aligned
	batch  stream.Batch
}

// decode reads the body that was stored behind the header.
func (b *block) decode(header []byte, ts []types.Type) error {
	raw, rows := binary.LittleEndian.Uint32(header[4:]), binary.LittleEndian.Uint32(header[8:])
	if checksum(header, b.stored) != binary.LittleEndian.Uint32(header[12:]) {
		return errCorrupt
	}
	if need := int(raw+7) / 8; cap(b.words) < need {
		b.words = make([]uint64, need)
	}
	b.words = b.words[:(raw+7)/8]
	body := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b.words))), len(b.words)*8)[:raw]
	if len(b.stored) == int(raw) {
		copy(body, b.stored)
	} else if n, err := lz4.UncompressBlock(b.stored, body); err != nil || n != int(raw) {
		return errCorrupt
	}
	r := bodyReader{buf: body}
	kinds := r.part(int(r.u64()))
	b.batch = stream.Batch{Cols: b.batch.Cols[:0], Rows: int(rows)}
	if len(kinds) > 0 {
		b.batch.Kinds = unsafe.Slice((*stream.RowKind)(unsafe.Pointer(unsafe.SliceData(kinds))), len(kinds))
	}
	for _, t := range ts {
		b.batch.Cols = append(b.batch.Cols, r.column(t, int(rows)))
	}
	return nil
}

// bodyReader reads a body whose checksum was right.
type bodyReader struct{ buf []byte }

func (r *bodyReader) u64() uint64 {
	u := binary.LittleEndian.Uint64(r.buf)
	r.buf = r.buf[8:]
	return u
}

func (r *bodyReader) part(n int) []byte {
	p := r.buf[:n:n]
	r.buf = r.buf[(n+7)&^7:]
	return p
}

func (r *bodyReader) column(t types.Type, rows int) vector.Vector {
	a, b := r.u64(), r.u64()
	v := vector.Vector{Phys: t.Phys(), Len: rows}
	v.Data = r.part(int(uint32(a)))
	if valid := r.part(int(a >> 32)); len(valid) > 0 {
		v.Valid = valid
	}
	buf, kids := r.part(int(uint32(b))), int(b>>32)
	if v.Phys == types.PhysBytes {
		v.Bufs = [][]byte{buf}
	}
	for k := range kids {
		v.Kids = append(v.Kids, r.column(kidType(t, k), int(r.u64())))
	}
	return v
}

func kidType(t types.Type, k int) types.Type {
	switch {
	case t.Kind == types.Row:
		return t.Fields[k].Type
	case t.Kind == types.Map && k == 0:
		return *t.Key
	}
	return *t.Elem
}
