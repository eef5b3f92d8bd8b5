package memory

import (
	"fmt"
	"unsafe"
)

const (
	// roomBytes is what a buffer has before it moves into an arena: most stay smaller.
	roomBytes = PageSize
	// roomReserve is the address space of one buffer. Offsets into it have 32 bits.
	roomReserve = 4 << 30
	// roomStep bounds by how much a buffer grows ahead of what is asked.
	roomStep = 1 << 20
)

// Rooms is memory for the growing buffers of one owner: columns, lists of
// entries. They lie in arenas, so the collector neither scans nor paces by them,
// and they grow in place. A column must not be refused memory in the middle of a
// batch, so growth that the grant refuses is taken all the same; the owner asks
// Refused between two batches, and spills. One goroutine uses it.
type Rooms struct {
	grant   *Grant
	all     []*Room
	handed  int
	refused bool
}

// NewRooms makes no memory yet.
func NewRooms(g *Grant) *Rooms { return &Rooms{grant: g} }

// Room is one growing buffer.
type Room struct {
	rooms *Rooms
	heap  int64  // bytes of a buffer that is small and lies on the heap
	arena *Arena // of one that is not
}

// New hands out an empty room.
func (r *Rooms) New() *Room {
	if r.handed == len(r.all) {
		r.all = append(r.all, &Room{rooms: r})
	}
	r.handed++
	return r.all[r.handed-1]
}

// Refused reports that more is held than was granted: the owner must give back
// before it takes on more.
func (r *Rooms) Refused() bool {
	r.refused = r.refused && r.grant.manager.Overdrawn()
	return r.refused
}

// Held is the bytes of all buffers that count in the grant.
func (r *Rooms) Held() (n int64) {
	for _, m := range r.all {
		n += m.heap
		if m.arena != nil {
			n += m.arena.Size()
		}
	}
	return n
}

// Reset gives all pages back and takes back all rooms: what lies in them is gone.
func (r *Rooms) Reset() error {
	r.handed, r.refused = 0, false
	for _, m := range r.all {
		m.countHeap(0)
		if m.arena != nil {
			if err := m.arena.Reset(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close gives everything back. What lies in the rooms must not be touched any more.
func (r *Rooms) Close() error {
	if r == nil {
		return nil
	}
	var first error
	for _, m := range r.all {
		m.countHeap(0)
		if m.arena != nil {
			if err := m.arena.Close(); err != nil && first == nil {
				first = err
			}
		}
	}
	r.all, r.handed, r.refused = nil, 0, false
	return first
}

// Grow gives old, a buffer of this room, a capacity of size bytes at least,
// aligned to eight. It may move once, from the heap into an arena; the bytes
// behind the length are not zero everywhere.
func (m *Room) Grow(old []byte, size int) []byte {
	if size <= cap(old) {
		return old
	}
	if size <= roomBytes {
		words := make([]uint64, (max(size, min(2*cap(old), roomBytes), 256)+7)/8)
		bigger := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))
		m.countHeap(int64(len(bigger)))
		return bigger[:copy(bigger, old)]
	}
	if m.arena == nil {
		arena, err := NewArena(m.rooms.grant, roomReserve)
		if err != nil {
			panic(fmt.Errorf("no address space for a column: %w", err)) // as the runtime does for its heap
		}
		m.arena = arena
	}
	moves := m.arena.Size() == 0
	if m.arena.Take(int64(size), roomStep) {
		m.rooms.refused = true
	}
	bigger := m.arena.Bytes()
	if moves {
		copy(bigger, old)
		m.countHeap(0)
	}
	return bigger[:len(old):len(bigger)]
}

// countHeap counts that the buffer takes n bytes of the heap.
func (m *Room) countHeap(n int64) {
	switch more := n - m.heap; {
	case more < 0:
		m.rooms.grant.Shrink(-more)
	case more > 0 && !m.rooms.grant.TryGrow(more):
		m.rooms.grant.Overdraw(more)
		m.rooms.refused = true
	}
	m.heap = n
}
