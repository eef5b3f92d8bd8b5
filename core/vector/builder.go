package vector

import (
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
)

// Builder appends rows to one Flat column. It copies everything, string bytes
// included, so that the column it finishes pins no other batch. One goroutine
// uses it; Reset keeps its memory, which the finished Vector shares: reset only
// when nobody reads that vector any more.
type Builder struct {
	Type types.Type
	phys types.Phys
	n    int
	data []byte
	val  Bitmap // nil until the first NULL
	buf  []byte // bytes of long strings
	kids []*Builder

	dataRoom, bufRoom *memory.Room // where data and buf lie; nil: on the heap
}

// NewBuilder makes an empty builder for columns of type t.
func NewBuilder(t types.Type) *Builder { return NewBuilderIn(t, nil) }

// NewBuilderIn makes one whose values lie in rooms, for columns that are kept
// longer than a batch. It is of no use any more when the rooms are reset.
func NewBuilderIn(t types.Type, rooms *memory.Rooms) *Builder {
	b := &Builder{Type: t, phys: t.Phys()}
	if rooms != nil {
		b.dataRoom = rooms.New()
		if b.phys == types.PhysBytes {
			b.bufRoom = rooms.New()
		}
	}
	switch t.Kind {
	case types.Array, types.Multiset:
		b.kids = []*Builder{NewBuilderIn(*t.Elem, rooms)}
	case types.Map:
		b.kids = []*Builder{NewBuilderIn(*t.Key, rooms), NewBuilderIn(*t.Elem, rooms)}
	case types.Row:
		for _, f := range t.Fields {
			b.kids = append(b.kids, NewBuilderIn(f.Type, rooms))
		}
	}
	if b.phys == types.PhysList {
		b.appendOffset(0)
	}
	return b
}

// Len is the rows appended so far.
func (b *Builder) Len() int { return b.n }

// Size is the bytes of the rows appended so far.
func (b *Builder) Size() int {
	n := len(b.data) + len(b.val) + len(b.buf)
	for _, k := range b.kids {
		n += k.Size()
	}
	return n
}

// Finish describes the rows appended so far, sharing the builder's memory.
func (b *Builder) Finish() Vector {
	v := Vector{Phys: b.phys, Len: b.n, Data: b.data, Valid: b.val}
	if b.phys == types.PhysBytes {
		v.Bufs = [][]byte{b.buf}
	}
	for _, k := range b.kids {
		v.Kids = append(v.Kids, k.Finish())
	}
	return v
}

// Reset forgets the rows and keeps the memory.
func (b *Builder) Reset() {
	b.n, b.data, b.val, b.buf = 0, b.data[:0], nil, b.buf[:0]
	for _, k := range b.kids {
		k.Reset()
	}
	if b.phys == types.PhysList {
		b.appendOffset(0)
	}
}

// Append appends one fixed-width value; T must have the width of the layout.
func Append[T Elem](b *Builder, x T) {
	w := int(unsafe.Sizeof(x))
	at := len(b.data)
	b.grow(w)
	*(*T)(unsafe.Pointer(&b.data[at])) = x
	b.validRow()
}

// AppendBool appends a BOOLEAN.
func (b *Builder) AppendBool(x bool) {
	if b.n&7 == 0 {
		b.grow(1)
	}
	if x {
		b.data[b.n>>3] |= 1 << (b.n & 7)
	}
	b.validRow()
}

// AppendBytes appends a string, copying it.
func (b *Builder) AppendBytes(s []byte) {
	b.appendView(s)
	b.validRow()
}

// AppendNull appends a NULL.
func (b *Builder) AppendNull() {
	if b.val == nil {
		b.val = NewBitmapSet(b.n + 1)
	}
	switch b.phys {
	case types.PhysNull:
	case types.PhysBool:
		if b.n&7 == 0 {
			b.grow(1)
		}
	case types.PhysList:
		b.appendOffset(b.lastOffset())
	case types.PhysStruct:
		for _, k := range b.kids {
			k.AppendNull()
		}
	default:
		b.grow(b.phys.Width())
	}
	b.growValid()
	b.val.Clear(b.n)
	b.n++
}

// AppendValue appends a Value of the builder's type.
func (b *Builder) AppendValue(v types.Value) {
	if v.Null {
		b.AppendNull()
		return
	}
	switch b.phys {
	case types.PhysBool:
		b.AppendBool(v.Bool())
	case types.PhysInt8:
		Append(b, int8(v.I))
	case types.PhysInt16:
		Append(b, int16(v.I))
	case types.PhysInt32:
		Append(b, int32(v.I))
	case types.PhysInt64:
		Append(b, v.I)
	case types.PhysInt128:
		Append(b, v.Int128())
	case types.PhysFloat32:
		Append(b, float32(v.Float()))
	case types.PhysFloat64:
		Append(b, v.Float())
	case types.PhysBytes:
		b.AppendBytes(v.B)
	case types.PhysList:
		for i, item := range v.Items {
			b.kids[i%len(b.kids)].AppendValue(item)
		}
		b.closeList()
	case types.PhysStruct:
		for i, k := range b.kids {
			k.AppendValue(v.Items[i])
		}
		b.validRow()
	default:
		b.AppendNull()
	}
}

// AppendVector appends the rows of v that sel names, in its order; all rows of v when sel is nil.
func (b *Builder) AppendVector(v *Vector, sel []uint32) {
	if v.Phys == types.PhysNull || b.phys == types.PhysNull {
		b.appendNulls(rowsOf(v, sel))
		return
	}
	switch b.phys {
	case types.PhysBool:
		b.appendBits(v, sel)
	case types.PhysInt8:
		appendFixed[uint8](b, v, sel)
	case types.PhysInt16:
		appendFixed[uint16](b, v, sel)
	case types.PhysInt32, types.PhysFloat32:
		appendFixed[uint32](b, v, sel)
	case types.PhysInt64, types.PhysFloat64:
		appendFixed[uint64](b, v, sel)
	case types.PhysInt128:
		appendFixed[types.Int128](b, v, sel)
	case types.PhysBytes:
		b.appendStrings(v, sel)
	default:
		b.appendNested(v, sel)
	}
}

func rowsOf(v *Vector, sel []uint32) int {
	if sel == nil {
		return v.Len
	}
	return len(sel)
}

func appendFixed[T Elem](b *Builder, v *Vector, sel []uint32) {
	n := rowsOf(v, sel)
	var t T
	w := int(unsafe.Sizeof(t))
	at := len(b.data)
	b.extend(n * w)
	if n == 0 {
		return
	}
	dst := unsafe.Slice((*T)(unsafe.Pointer(&b.data[at])), n)
	src := Values[T](v.Base())
	switch {
	case v.Form == Const:
		for i := range dst {
			dst[i] = src[0]
		}
	case v.Form == Dict && sel == nil:
		codes := v.Codes[:n]
		for i := range dst {
			dst[i] = src[codes[i]]
		}
	case v.Form == Dict:
		sel = sel[:len(dst)]
		for i := range dst {
			dst[i] = src[v.Codes[sel[i]]]
		}
	case sel == nil:
		copy(dst, src)
	default:
		sel = sel[:len(dst)]
		for i := range dst {
			dst[i] = src[sel[i]]
		}
	}
	b.appendValid(v, sel, n)
}

func (b *Builder) appendStrings(v *Vector, sel []uint32) {
	n := rowsOf(v, sel)
	base := v.Base()
	views, bufs := base.Views(), base.Bufs
	at := len(b.data)
	b.extend(n * 16)
	if n == 0 {
		return
	}
	dst := unsafe.Slice((*View)(unsafe.Pointer(&b.data[at])), n)
	for i := range dst {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		x := views[v.Index(r)]
		if x.Len > InlineLen {
			if !v.IsValid(r) {
				x = View{}
			} else {
				off := uint32(len(b.buf))
				b.expectBytes(int(x.Len), n-i)
				b.buf = append(b.buf, bufs[x.Buf][x.Off:x.Off+x.Len]...)
				x.Buf, x.Off = 0, off
			}
		}
		dst[i] = x
	}
	b.appendValid(v, sel, n)
}

// expectBytes makes room for a string where there is none, and for others of its
// length that may follow: growing in small steps copies all of them each time.
func (b *Builder) expectBytes(size, strings int) {
	const most = 1 << 20
	if cap(b.buf)-len(b.buf) >= size {
		return
	}
	if b.bufRoom != nil {
		b.buf = b.bufRoom.Grow(b.buf, len(b.buf)+size)
		return
	}
	b.buf = slices.Grow(b.buf, max(size, min(size*strings, most)))
}

func (b *Builder) appendBits(v *Vector, sel []uint32) {
	base := v.Base().Bits()
	n := rowsOf(v, sel)
	for i := range n {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		if !v.IsValid(r) {
			b.AppendNull()
			continue
		}
		b.AppendBool(base.Get(v.Index(r)))
	}
}

func (b *Builder) appendNested(v *Vector, sel []uint32) {
	base := v.Base()
	for i := range rowsOf(v, sel) {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		if !v.IsValid(r) {
			b.AppendNull()
			continue
		}
		b.appendNestedRow(base, v.Index(r))
	}
}

func (b *Builder) appendNestedRow(v *Vector, r int) {
	from, to := r, r+1
	if b.phys == types.PhysList {
		off := v.Offsets()
		from, to = int(off[r]), int(off[r+1])
	}
	for k, kid := range b.kids {
		part := v.Kids[k].Slice(from, to)
		kid.AppendVector(&part, nil)
	}
	if b.phys == types.PhysList {
		b.closeList()
		return
	}
	b.validRow()
}

// closeList ends the row whose elements were just appended to the kids.
func (b *Builder) closeList() {
	b.appendOffset(int32(b.kids[0].n))
	b.validRow()
}

func (b *Builder) appendOffset(off int32) {
	at := len(b.data)
	b.grow(4)
	*(*int32)(unsafe.Pointer(&b.data[at])) = off
}

func (b *Builder) lastOffset() int32 {
	return *(*int32)(unsafe.Pointer(&b.data[len(b.data)-4]))
}

func (b *Builder) appendNulls(n int) {
	for range n {
		b.AppendNull()
	}
}

func (b *Builder) appendView(s []byte) {
	at := len(b.data)
	b.grow(16)
	off := uint32(len(b.buf))
	if len(s) > InlineLen {
		b.expectBytes(len(s), 1)
		b.buf = append(b.buf, s...)
	}
	*(*View)(unsafe.Pointer(&b.data[at])) = MakeView(s, 0, off)
}

func (b *Builder) validRow() {
	if b.val != nil {
		b.growValid()
		b.val.Set(b.n)
	}
	b.n++
}

// appendValid appends the validity of n rows whose values are already there.
func (b *Builder) appendValid(v *Vector, sel []uint32, n int) {
	if v.Valid == nil && b.val == nil {
		b.n += n
		return
	}
	if b.val == nil {
		b.val = NewBitmapSet(b.n)
	}
	for i := range n {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		b.growValid()
		b.val.SetTo(b.n, v.IsValid(r))
		b.n++
	}
}

func (b *Builder) growValid() {
	if b.n>>3 >= len(b.val) {
		b.val = append(b.val, 0)
	}
}

// grow extends data by size zeroed bytes, keeping it aligned to 8.
func (b *Builder) grow(size int) {
	at := len(b.data)
	b.extend(size)
	clear(b.data[at:])
}

// extend extends data by size bytes that the caller sets.
func (b *Builder) extend(size int) {
	need := len(b.data) + size
	switch {
	case need <= cap(b.data):
	case b.dataRoom != nil:
		b.data = b.dataRoom.Grow(b.data, need)
	default:
		bigger := alloc(max(need, 2*cap(b.data), 256))
		b.data = bigger[:copy(bigger, b.data)]
	}
	b.data = b.data[:need]
}
