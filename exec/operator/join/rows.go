package join

import (
	"unsafe"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const (
	rowSpace  = 64 << 30 // address space, not memory: rows never move
	hashSpace = 32 << 30
	heapSpace = 4<<30 - memory.PageSize // a view's offset has 32 bits
)

// rowStore holds the build rows of one subtask, in arrival order. One goroutine
// fills it; then any number may read. Row 0 stands for "no row": all NULL.
type rowStore struct {
	layout *layout
	number uint32 // of its heap among those of the table
	grant  *memory.Grant
	rows   *memory.Arena
	hashes *memory.Arena // by row, until the table is built
	heap   *memory.Arena // bytes of long strings
	n      int           // rows, row 0 included
	used   int           // bytes of the heap
	nested []*vector.Builder
	held   int64 // of nested columns, in the grant

	keyless  []uint32 // rows with a NULL key, ascending: they match nothing
	keyRange keyRange // of the keys, where the layout has one integer
	anyNull  []bool   // by column
	flats    []vector.Vector
}

func newRowStore(l *layout, g *memory.Grant, number uint32) (*rowStore, error) {
	s := &rowStore{layout: l, grant: g, number: number, keyRange: emptyRange(), anyNull: make([]bool, len(l.types)), nested: make([]*vector.Builder, len(l.types)), flats: make([]vector.Vector, len(l.types))}
	var err error
	if s.rows, err = memory.NewArena(g, rowSpace); err != nil {
		return nil, err
	}
	if s.hashes, err = memory.NewArena(g, hashSpace); err == nil {
		s.heap, err = memory.NewArena(g, heapSpace)
	}
	if err != nil {
		_ = s.close()
		return nil, err
	}
	s.rows.Huge()
	s.hashes.Huge()
	s.heap.Huge()
	for c, t := range l.types {
		if t.IsNested() {
			s.nested[c] = vector.NewBuilder(t)
		}
	}
	return s, nil
}

func (s *rowStore) base() unsafe.Pointer { return s.rows.Base() }

func (s *rowStore) row(i int) unsafe.Pointer { return unsafe.Add(s.rows.Base(), i*s.layout.stride) }

func (s *rowStore) hashList() []uint64 {
	return unsafe.Slice((*uint64)(s.hashes.Base()), s.n)
}

// count is the rows kept.
func (s *rowStore) count() int { return max(0, s.n-1) }

// reset forgets all rows and gives the memory back.
func (s *rowStore) reset() error {
	s.n, s.used, s.keyless, s.keyRange = 0, 0, nil, emptyRange()
	clear(s.anyNull)
	for c, b := range s.nested {
		if b != nil {
			s.nested[c] = vector.NewBuilder(b.Type)
		}
	}
	s.grant.Shrink(s.held)
	s.held = 0
	err := s.rows.Reset()
	if e := s.hashes.Reset(); err == nil {
		err = e
	}
	if e := s.heap.Reset(); err == nil {
		err = e
	}
	return err
}

func (s *rowStore) close() error {
	s.grant.Shrink(s.held)
	s.held = 0
	var first error
	for _, a := range []*memory.Arena{s.rows, s.hashes, s.heap} {
		if a == nil {
			continue
		}
		if err := a.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// append copies rows sel of a batch; keyless are those of them with a NULL key,
// and keys their keys and hashes. It reports false, and has kept none of them,
// when memory is refused.
func (s *rowStore) append(b *stream.Batch, keys *keyColumns, sel, valid []uint32) bool {
	if !s.begin() {
		return false
	}
	first := s.n
	if !s.reserve(b, keys, sel, first) {
		return false
	}
	s.n = first + len(sel)
	hashes := s.hashList()[first:]
	for i, r := range sel {
		hashes[i] = keys.hashes[r]
	}
	for k := range keys.cols {
		s.putKey(&keys.cols[k], &s.layout.keys[k], first, sel)
	}
	if s.layout.oneInteger() {
		s.keyRange = s.keyRange.of(keys.cols[0].words, valid)
	}
	for c := range s.flats {
		s.putColumn(c, first, sel)
	}
	s.noteKeyless(first, sel, valid)
	return true
}

// begin makes row 0.
func (s *rowStore) begin() bool {
	if s.n > 0 {
		return true
	}
	if !s.rows.Grow(int64(s.layout.stride)) || !s.hashes.Grow(8) {
		return false
	}
	if s.layout.nulls >= 0 {
		bits := unsafe.Slice((*byte)(unsafe.Add(s.row(0), s.layout.nulls)), (len(s.layout.types)+7)/8)
		for i := range bits {
			bits[i] = 0xff
		}
	}
	s.n = 1
	return true
}

// noteKeyless remembers the rows of sel that are not in valid; both ascend.
func (s *rowStore) noteKeyless(first int, sel, valid []uint32) {
	if len(valid) == len(sel) {
		return
	}
	k := 0
	for i, r := range sel {
		if k < len(valid) && valid[k] == r {
			k++
			continue
		}
		s.keyless = append(s.keyless, uint32(first+i))
	}
}

// reserve makes room for rows sel, flattening the columns on the way.
func (s *rowStore) reserve(b *stream.Batch, keys *keyColumns, sel []uint32, first int) bool {
	long := 0
	for c := range s.flats {
		s.flats[c] = b.Cols[c].Flatten()
		if s.flats[c].Phys == types.PhysBytes {
			long += longBytes(&s.flats[c], sel)
		}
	}
	for k := range keys.cols {
		if s.layout.keys[k].apart && keys.cols[k].form == keyView {
			for _, r := range sel {
				long += int(keys.cols[k].views[r].Len)
			}
		}
	}
	rows := int64(first + len(sel))
	if rows >= 1<<32-1 || !s.rows.Grow(rows*int64(s.layout.stride)) || !s.hashes.Grow(rows*8) {
		return false
	}
	if long > 0 && !s.heap.Grow(int64(s.used+long)) {
		return false
	}
	return s.reserveNested(sel)
}

// reserveNested counts nested columns ahead by what they hold already.
func (s *rowStore) reserveNested(sel []uint32) bool {
	size := int64(0)
	for c, b := range s.nested {
		if b == nil {
			continue
		}
		one := vector.NewBuilder(b.Type)
		one.AppendVector(&s.flats[c], sel)
		size += 2 * int64(one.Size()) // builders double
	}
	if size == 0 {
		return true
	}
	if !s.grant.TryGrow(size) {
		return false
	}
	s.held += size
	return true
}

func longBytes(v *vector.Vector, sel []uint32) (n int) {
	views := v.Views()
	for _, r := range sel {
		if views[r].Len > vector.InlineLen && v.Valid.Get(int(r)) {
			n += int(views[r].Len)
		}
	}
	return n
}

// putKey writes a key that is not its column's own bytes, or that is wider.
func (s *rowStore) putKey(k *keyColumn, f *keyField, first int, sel []uint32) {
	switch {
	case k.form == keyWord:
		put(s.row(first), f.off, s.layout.stride, k.words, sel)
	case k.form == keyWide:
		put(s.row(first), f.off, s.layout.stride, k.wide, sel)
	case f.apart:
		s.putViews(s.row(first), f.off, k.views, k.bufs, nil, sel)
	} // a string's view is written with its column
}

func put[T vector.Elem](p unsafe.Pointer, off, stride int, src []T, sel []uint32) {
	p = unsafe.Add(p, off)
	for i, r := range sel {
		*(*T)(unsafe.Add(p, i*stride)) = src[r]
	}
}

func (s *rowStore) putViews(p unsafe.Pointer, off int, views []vector.View, bufs [][]byte, valid vector.Bitmap, sel []uint32) {
	p = unsafe.Add(p, off)
	heap := s.heap.Bytes()
	for i, r := range sel {
		x := views[r]
		if x.Len > vector.InlineLen {
			if valid != nil && !valid.Get(int(r)) {
				x = vector.View{}
			} else {
				copy(heap[s.used:], bufs[x.Buf][x.Off:x.Off+x.Len])
				x.Buf, x.Off = s.number, uint32(s.used)
				s.used += int(x.Len)
			}
		}
		*(*vector.View)(unsafe.Add(p, i*s.layout.stride)) = x
	}
}

func (s *rowStore) putColumn(c, first int, sel []uint32) {
	v, f := &s.flats[c], s.layout.cols[c]
	p, stride := s.row(first), s.layout.stride
	switch {
	case s.layout.isWholeKey(c): // written as a key
	case f.phys == types.PhysBytes:
		s.putViews(p, f.off, v.Views(), v.Bufs, v.Valid, sel)
	case f.phys == types.PhysBool:
		bits := v.Bits()
		for i, r := range sel {
			*(*byte)(unsafe.Add(p, i*stride+f.off)) = bits[r>>3] >> (r & 7) & 1
		}
	case s.nested[c] != nil:
		at := s.nested[c].Len()
		s.nested[c].AppendVector(v, sel)
		for i := range sel {
			*(*uint64)(unsafe.Add(p, i*stride+f.off)) = uint64(s.number)<<32 | uint64(at+i)
		}
	default:
		switch f.phys.Width() {
		case 1:
			put(p, f.off, stride, vector.Values[uint8](v), sel)
		case 2:
			put(p, f.off, stride, vector.Values[uint16](v), sel)
		case 4:
			put(p, f.off, stride, vector.Values[uint32](v), sel)
		case 8:
			put(p, f.off, stride, vector.Values[uint64](v), sel)
		case 16:
			put(p, f.off, stride, vector.Values[types.Int128](v), sel)
		}
	}
	if v.Valid != nil || f.phys == types.PhysNull {
		s.putNulls(c, first, sel)
	}
}

// isWholeKey reports a column whose bytes are written as a key: all but strings.
func (l *layout) isWholeKey(c int) bool {
	for i := range l.keys {
		if l.keys[i].col == c && !l.keys[i].apart && l.keys[i].form != keyView {
			return true
		}
	}
	return false
}

func (s *rowStore) putNulls(c, first int, sel []uint32) {
	v := &s.flats[c]
	bit := byte(1) << (c & 7)
	p := unsafe.Add(s.row(first), s.layout.nulls+c>>3)
	for i, r := range sel {
		if !v.IsValid(int(r)) {
			*(*byte)(unsafe.Add(p, i*s.layout.stride)) |= bit
			s.anyNull[c] = true
		}
	}
}
