package table

import "unsafe"

// header leads every record; key and row follow, each starting at a multiple of
// eight bytes. In a table of Times the time stands between header and key.
type header struct {
	hash  uint64
	klen  uint32
	rlen  uint32
	epoch uint32 // of the last change; 0: as the tier below has it
	flags uint32
}

const headerBytes = 24

// The flags of a record.
const (
	// Gone marks a row that is deleted, where a tier below may still have it.
	Gone uint32 = 1 << iota
	// flagLeaf marks a leaf of a set: it stands in no index.
	flagLeaf
	// flagDirectory marks a set whose row is a list of leaves.
	flagDirectory
	// FlagA and FlagB are the owner's.
	FlagA
	FlagB
)

// deadRef stands in index slots whose record was removed.
const deadRef = 1

// The size classes: steps of 8 bytes up to 128, of an eighth up to 1 KiB, then
// what parts a page evenly. Larger records are spans of pages.
var classSizes = makeClasses()

const spanClass = 255

func makeClasses() (sizes []uint32) {
	for s := uint32(32); s < 128; s += 8 {
		sizes = append(sizes, s)
	}
	for s := uint32(128); s < 1024; s += s / 8 &^ 7 {
		sizes = append(sizes, s)
	}
	for _, n := range []uint32{16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1} {
		sizes = append(sizes, PageBytes/n&^7)
	}
	return sizes
}

// classOf maps a size, in steps of 8, to its class.
var classOf = func() []uint8 {
	of := make([]uint8, PageBytes/8+1)
	c := 0
	for i := range of {
		for classSizes[c] < uint32(i*8) {
			c++
		}
		of[i] = uint8(c)
	}
	return of
}()

// slab allocates the records of one state.
type slab struct {
	pool    *Pool
	owner   uint16
	classes []sizeClass
	bytes   int64
	gone    uint64 // records released so far: a reference found before may be stale when it has changed
}

// sizeClass is the page that records of one size come from now, and the pages
// that have room again.
type sizeClass struct {
	page uint32 // 0: none
	next int    // slots of page below are taken or were passed by
	room []uint32
}

func newSlab(pool *Pool, owner uint16) *slab {
	return &slab{pool: pool, owner: owner, classes: make([]sizeClass, len(classSizes))}
}

// alloc finds room for a record; its page is writable, its contents are not cleared.
func (s *slab) alloc(size int) (ref uint64, err error) {
	if size > PageBytes {
		return s.allocSpan(size)
	}
	class := classOf[(size+7)>>3]
	c := &s.classes[class]
	for {
		if c.page != 0 {
			if slot, ok := s.pool.takeSlot(c.page, c.next); ok {
				c.next = slot + 1
				s.bytes += int64(classSizes[class])
				return uint64(c.page)<<pageShift + uint64(uint32(slot)*classSizes[class]>>3), nil
			}
		}
		if err := s.nextPage(class, c); err != nil {
			return 0, err
		}
	}
}

// nextPage makes another page current: one that has room again, or a new one.
func (s *slab) nextPage(class uint8, c *sizeClass) error {
	c.page, c.next = 0, 0
	for len(c.room) > 0 {
		n := c.room[len(c.room)-1]
		c.room = c.room[:len(c.room)-1]
		m := &s.pool.pages[n]
		if m.use != useRecords || m.owner != s.owner || m.class != class || !m.queue {
			continue // was freed meanwhile
		}
		m.queue = false
		s.pool.own(n)
		c.page = n
		return nil
	}
	n, err := s.pool.allocSpan(1, useRecords)
	if err != nil {
		return err
	}
	m := &s.pool.pages[n]
	m.class, m.owner, m.size = class, s.owner, classSizes[class]
	m.slots = uint16(PageBytes / classSizes[class])
	c.page = n
	return nil
}

// takeSlot finds a free record of page n at or after slot from.
func (p *Pool) takeSlot(n uint32, from int) (int, bool) {
	p.own(n)
	m := &p.pages[n]
	for from < int(m.slots) {
		word := from >> 6
		free := ^m.used[word] >> (from & 63)
		if free == 0 {
			from = (word + 1) << 6
			continue
		}
		for free&1 == 0 {
			free >>= 1
			from++
		}
		if from >= int(m.slots) {
			return 0, false
		}
		m.used[word] |= 1 << (from & 63)
		m.live++
		return from, true
	}
	return 0, false
}

func (s *slab) allocSpan(size int) (uint64, error) {
	pages := uint32((size + PageBytes - 1) / PageBytes)
	n, err := s.pool.allocSpan(pages, useRecords)
	if err != nil {
		return 0, err
	}
	m := &s.pool.pages[n]
	m.class, m.owner, m.size, m.slots, m.live = spanClass, s.owner, pages*PageBytes, 1, 1
	m.used[0] = 1
	s.bytes += int64(m.size)
	return uint64(n) << pageShift, nil
}

// release gives a record back. It changes no byte of its page.
func (s *slab) release(ref uint64) {
	n := pageOf(ref)
	m := &s.pool.pages[n]
	s.bytes -= int64(m.size)
	s.gone++
	slot := uint32(ref&(1<<pageShift-1)) << 3 / m.size
	m.used[slot>>6] &^= 1 << (slot & 63)
	m.live--
	if m.class == spanClass {
		s.pool.freeSpan(n)
		return
	}
	c := &s.classes[m.class]
	switch {
	case m.live == 0:
		if c.page == n {
			c.page = 0
		}
		s.pool.freeSpan(n)
	case c.page == n:
		c.next = min(c.next, int(slot))
	case !m.queue:
		m.queue = true
		c.room = append(c.room, n)
	}
}

// room is the bytes of the record at ref, header included.
func (p *Pool) room(ref uint64) int { return int(p.pages[pageOf(ref)].size) }

func padded(n int) int { return (n + 7) &^ 7 }

// bytesAt are n bytes of a record, from a distance on.
func (p *Pool) bytesAt(ref uint64, from, n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(p.at(ref), from)), n)
}
