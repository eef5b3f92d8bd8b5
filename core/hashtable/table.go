package hashtable

import (
	"fmt"
	"unsafe"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const (
	minSlots = 1 << 10
	// Address space, not memory: it is reserved so that rows never move.
	rowSpace  = 64 << 30
	heapSpace = 16 << 30
	chunk     = 1024 // rows for which room is reserved at a time
)

// Config says what a table is for.
type Config struct {
	Keys    []types.Type
	Payload int           // bytes behind each key, zero at first; a multiple of 8
	Groups  int           // expected; 0: unknown
	Grant   *memory.Grant // the owner's account
}

// Table maps keys to groups. One goroutine changes it; Probers of others may
// read it when nobody changes it any more.
type Table struct {
	layout  *layout
	grant   *memory.Grant
	rows    *memory.Arena
	heap    *memory.Arena
	slots   *memory.Arena
	slot    []uint64 // the slots
	mask    uint64
	n       int // groups
	from    int // the first group that keys are compared with
	slotted int // groups from here on lie in no slot: the direct index alone knows them
	used    int // bytes of the heap
	stride  uintptr
	payload uintptr // offset of the payload

	keys   keyList
	found  []uint32
	hashed []uint64
	missed []uint32
	codes  codeIndex
	direct directIndex
	hot    hotIndex
}

// New makes an empty table. It fails where the system refuses address space; it takes memory only when groups come.
func New(c Config) (*Table, error) {
	l := newLayout(c.Keys)
	t := &Table{layout: l, grant: c.Grant, payload: uintptr(8 + 8*l.words)}
	t.stride = t.payload + uintptr(c.Payload)
	var err error
	if t.rows, err = memory.NewArena(c.Grant, rowSpace); err != nil {
		return nil, err
	}
	t.rows.Huge()
	if len(l.strings) > 0 {
		if t.heap, err = memory.NewArena(c.Grant, heapSpace); err != nil {
			return nil, t.failed(err)
		}
		t.heap.Huge()
	}
	if c.Groups > minSlots {
		// An estimate is no promise: a refusal here only means growing later.
		if _, err := t.resize(slotsFor(min(c.Groups, 1<<20))); err != nil {
			return nil, t.failed(err)
		}
	}
	return t, nil
}

func (t *Table) failed(err error) error {
	_ = t.Close()
	return err
}

// known is the groups that keys are compared with.
func (t *Table) known() int { return t.n - t.from }

// Len is the number of groups, forgotten ones included.
func (t *Table) Len() int { return t.n }

// Base, Stride and Payload address the payloads: that of group g is Base + g*Stride + Payload.
func (t *Table) Base() unsafe.Pointer { return t.rows.Base() }

// Stride is the bytes of a row.
func (t *Table) Stride() uintptr { return t.stride }

// Payload is the offset of the payload in a row.
func (t *Table) Payload() uintptr { return t.payload }

// At is the payload of a group. It stays where it is until Reset or Close.
func (t *Table) At(g uint32) unsafe.Pointer {
	return unsafe.Add(t.rows.Base(), uintptr(g)*t.stride+t.payload)
}

// Hash is the hash of a group's key.
func (t *Table) Hash(g uint32) uint64 { return *(*uint64)(t.row(g)) }

func (t *Table) row(g uint32) unsafe.Pointer {
	return unsafe.Add(t.rows.Base(), uintptr(g)*t.stride)
}

// Bytes is the memory that the table holds.
func (t *Table) Bytes() int64 {
	n := t.rows.Size() + t.direct.bytes()
	if t.heap != nil {
		n += t.heap.Size()
	}
	if t.slots != nil {
		n += t.slots.Size()
	}
	return n
}

// Forget makes the keys of all groups unknown: they stay where they are, and a
// key that comes again makes another group. The index begins anew for expected groups.
func (t *Table) Forget(expected int) error {
	t.forgetIndex()
	t.from, t.slotted = t.n, t.n
	if size := slotsFor(expected); len(t.slot) > size {
		if _, err := t.resize(size); err != nil { // refused: the old ones serve as well
			return err
		}
	}
	return nil
}

func (t *Table) forgetIndex() {
	if t.slotted > t.from {
		clear(t.slot)
	}
	t.direct.empty()
	t.hot.reset()
}

// Clear forgets all groups and keeps the memory for others.
func (t *Table) Clear() {
	clear(unsafe.Slice((*byte)(t.rows.Base()), t.n*int(t.stride)))
	t.forgetIndex()
	t.n, t.from, t.slotted, t.used = 0, 0, 0, 0
}

// Expect makes room in the index of an empty table. Refused, it grows later.
func (t *Table) Expect(groups int) error {
	if size := slotsFor(groups); t.n == 0 && size > len(t.slot) {
		_, err := t.resize(size)
		return err
	}
	return nil
}

// Reset forgets all groups and gives the memory back.
func (t *Table) Reset() error {
	t.n, t.from, t.slotted, t.used = 0, 0, 0, 0
	t.hot.reset()
	if err := t.direct.close(); err != nil {
		return err
	}
	if t.heap != nil {
		if err := t.heap.Reset(); err != nil {
			return err
		}
	}
	if err := t.closeSlots(); err != nil {
		return err
	}
	return t.rows.Reset()
}

func (t *Table) closeSlots() error {
	s := t.slots
	t.slots, t.slot, t.mask = nil, nil, 0
	if s == nil {
		return nil
	}
	return s.Close()
}

// Close gives everything back.
func (t *Table) Close() error {
	err := t.closeSlots()
	if e := t.direct.close(); err == nil {
		err = e
	}
	for _, a := range []*memory.Arena{t.rows, t.heap} {
		if a == nil {
			continue
		}
		if e := a.Close(); err == nil {
			err = e
		}
	}
	return err
}

// AppendKeys appends key column col of groups to out, which has its type.
func (t *Table) AppendKeys(col int, groups []uint32, out *vector.Builder) {
	f := &t.layout.fields[col]
	base := unsafe.Add(t.rows.Base(), 8+f.off)
	switch {
	case f.nested:
		t.appendNested(col, base, groups, out)
	case f.phys == types.PhysBytes:
		t.appendStrings(col, base, groups, out)
	case f.phys == types.PhysBool:
		for _, g := range groups {
			if t.isNull(g, col) {
				out.AppendNull()
			} else {
				out.AppendBool(*(*uint8)(unsafe.Add(base, uintptr(g)*t.stride)) != 0)
			}
		}
	case f.width == 1:
		appendFixed[uint8](t, col, base, groups, out)
	case f.width == 2:
		appendFixed[uint16](t, col, base, groups, out)
	case f.width == 4:
		appendFixed[uint32](t, col, base, groups, out)
	case f.width == 8:
		appendFixed[uint64](t, col, base, groups, out)
	case f.width == 16:
		appendFixed[types.Int128](t, col, base, groups, out)
	default:
		for range groups {
			out.AppendNull()
		}
	}
}

func appendFixed[T vector.Elem](t *Table, col int, base unsafe.Pointer, groups []uint32, out *vector.Builder) {
	nullable := t.layout.nulls >= 0
	for _, g := range groups {
		if nullable && t.isNull(g, col) {
			out.AppendNull()
			continue
		}
		vector.Append(out, *(*T)(unsafe.Add(base, uintptr(g)*t.stride)))
	}
}

func (t *Table) appendStrings(col int, base unsafe.Pointer, groups []uint32, out *vector.Builder) {
	for _, g := range groups {
		if t.isNull(g, col) {
			out.AppendNull()
			continue
		}
		out.AppendBytes((*stringKey)(unsafe.Add(base, uintptr(g)*t.stride)).bytes(t.heapBytes()))
	}
}

func (t *Table) heapBytes() []byte {
	if t.heap == nil {
		return nil
	}
	return t.heap.Bytes()
}

func (s *stringKey) bytes(heap []byte) []byte {
	if s.isLong() {
		return heap[s.off : s.off+uint64(s.len)]
	}
	return unsafe.Slice(&s.prefix[0], 12)[:s.len]
}

func (t *Table) isNull(g uint32, col int) bool {
	if t.layout.nulls < 0 {
		return false
	}
	p := (*uint8)(unsafe.Add(t.row(g), 8+t.layout.nulls+col>>3))
	return *p&(1<<(col&7)) != 0
}

func slotsFor(groups int) int {
	n := minSlots
	for n/8*5 < groups {
		n *= 2
	}
	return n
}

// reserve makes room for rows more groups and size more bytes of long strings.
func (t *Table) reserve(rows, size int) (bool, error) {
	if t.n+rows > 1<<32-2 {
		return false, fmt.Errorf("hashtable: more than 2^32 groups in one table")
	}
	need := int64(t.n+rows) * int64(t.stride)
	if need > t.rows.Size() && !t.rows.Grow(max(need, t.rows.Size()*3/2)) && !t.rows.Grow(need) {
		return false, nil
	}
	if size > 0 {
		need := int64(t.used + size)
		if need > t.heap.Size() && !t.heap.Grow(max(need, t.heap.Size()*3/2)) && !t.heap.Grow(need) {
			return false, nil
		}
	}
	if t.known()+rows > len(t.slot)/8*5 {
		return t.resize(slotsFor(t.known() + rows))
	}
	return true, nil
}

// resize makes a slot array of size slots for the groups that lie in slots.
func (t *Table) resize(size int) (bool, error) {
	arena, err := memory.NewArena(t.grant, int64(size)*8)
	if err != nil {
		return false, err
	}
	arena.Huge()
	if !arena.Grow(int64(size) * 8) {
		return false, arena.Close()
	}
	err = t.closeSlots()
	t.slots, t.slot, t.mask = arena, unsafe.Slice((*uint64)(arena.Base()), size), uint64(size-1)
	t.putSlots(t.from, t.slotted)
	return true, err
}

// slotAll gives slots to the groups that only the direct index knows. There is room for them.
func (t *Table) slotAll() {
	if t.slotted < t.n {
		t.putSlots(t.slotted, t.n)
		t.slotted = t.n
	}
}

// putSlots puts groups into free slots by their stored hashes: no key is compared.
func (t *Table) putSlots(from, to int) {
	slot, mask := t.slot, t.mask
	for g := from; g < to; g++ {
		h := t.Hash(uint32(g))
		at := h & mask
		for slot[at] != 0 {
			at = (at + 1) & mask
		}
		slot[at] = h&saltMask | uint64(g+1)
	}
}
