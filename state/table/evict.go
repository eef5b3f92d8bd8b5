package table

import (
	"math/bits"
	"unsafe"
)

// This file is for a backend that has a tier below: what is in memory there can
// go, page by page, once the tier has it.

// Touch marks the pages of records as used since the last Sweep passed them.
func (p *Pool) Touch(refs []uint64) {
	for len(p.touched) < len(p.pages) {
		p.touched = append(p.touched, 0)
	}
	for _, ref := range refs {
		p.touched[pageOf(ref)] = 1
	}
}

// FreeBytes is what can still be taken without asking the grant.
func (p *Pool) FreeBytes() int64 { return int64(len(p.pages))*PageBytes - p.inUse }

// Live is a record as Sweep shows it.
type Live struct {
	Ref   uint64
	Owner uint16
	Epoch uint32
	Flags uint32
}

// Sweep goes round the pages like the hand of a clock, and shows the records of
// those that were not touched since it last came by (of all when all is set), each to
// evict, which may remove any record. It stops when FreeBytes reaches want, or after
// one round.
func (p *Pool) Sweep(want int64, all bool, evict func(r Live)) {
	for range len(p.pages) - 1 { // page 0 holds no records
		if p.FreeBytes() >= want {
			return
		}
		if p.hand++; p.hand >= len(p.pages) {
			p.hand = 1
		}
		if p.hand < len(p.touched) && p.touched[p.hand] != 0 && !all {
			p.touched[p.hand] = 0
			continue
		}
		p.sweepPage(uint32(p.hand), evict)
	}
}

func (p *Pool) sweepPage(n uint32, evict func(r Live)) {
	for word := range len(p.pages[n].used) {
		seen := uint64(0)
		for {
			m := &p.pages[n]
			if m.use != useRecords {
				return // evict has emptied it
			}
			left := m.used[word] &^ seen
			if left == 0 {
				break
			}
			bit := bits.TrailingZeros64(left)
			seen |= 1 << bit
			ref := uint64(n)<<pageShift + uint64(uint32(word<<6+bit)*m.size>>3)
			h := p.header(ref)
			evict(Live{Ref: ref, Owner: m.owner, Epoch: h.epoch, Flags: h.flags})
		}
	}
}

// Hash is the hash of a record's key.
func (p *Pool) Hash(ref uint64) uint64 { return p.header(ref).hash }

// TimeOf is the time of a record of Times.
func (p *Pool) TimeOf(ref uint64) int64 { return *(*int64)(unsafe.Add(p.at(ref), headerBytes)) }

// State is the epoch and the flags of a record.
func (p *Pool) State(ref uint64) (epoch, flags uint32) {
	h := p.header(ref)
	return h.epoch, h.flags
}

// Born is the epoch that a table of Times was made in.
func (t *Table) Born() uint32 { return t.born }

// AnyRow reports whether any record is not marked Gone.
func (t *Table) AnyRow() (found bool) {
	t.Each(func(ref uint64) bool {
		found = t.pool.header(ref).flags&Gone == 0
		return !found
	})
	return found
}

// SetOf is the set that a record, its own or a leaf's, belongs to.
func (s *Sets) SetOf(ref uint64) uint64 { return s.Lookup(s.pool.header(ref).hash, s.Key(ref)) }

// CleanSet reports whether a set and all its entries are of epochs up to durable.
func (s *Sets) CleanSet(set uint64, durable uint32) bool {
	if s.pool.header(set).epoch > durable {
		return false
	}
	clean := true
	s.Walk(set, nil, false, func(e *Entry) bool {
		clean = e.Epoch <= durable
		return clean
	})
	return clean
}

// purge drops the entries of s.buf that are Gone and that the tier below has dropped too.
func (s *Sets) purge() {
	keep := s.buf[:0]
	for at := 0; at < len(s.buf); {
		e, next := entryAt(s.buf, at)
		if e.Gone && e.Epoch <= s.Durable {
			s.entries--
		} else {
			keep = append(keep, s.buf[at:next]...)
		}
		at = next
	}
	s.buf = keep
}

// Worst is what changing one entry of a set by so many bytes may take at the most:
// single pages, and pages side by side.
func (s *Sets) Worst(set uint64, bytes int) (singles, span int) {
	singles = 4 + s.IndexGrowth()
	largest := bytes + leafMax
	if set != 0 {
		largest = max(largest, int(s.pool.header(set).rlen)*9/8+256)
	}
	if largest += largest / 8; largest > PageBytes {
		span = largest/PageBytes + 2
	}
	return singles, span
}

// IndexGrowth is the pages that the next new record may cost the index.
func (t *Table) IndexGrowth() int {
	want := t.wanted(1)
	if want == 0 {
		return 0
	}
	return 2*want*8/PageBytes + 2 // twice: resize may find that one more doubling is needed
}

// Size is the number of entries of a set.
func (s *Sets) Size(set uint64) (n int) {
	for i := range s.leaves(set) {
		n += countEntries(s.Row(s.leafRef(set, i)))
	}
	return n
}

// EnsureSpan reports whether n pages side by side can be taken for certain,
// joining free ones where that is needed.
func (p *Pool) EnsureSpan(n int) bool {
	if n <= 1 {
		return true
	}
	for size, list := range p.free {
		if int(size) >= n && len(list) > 0 {
			return true
		}
	}
	return p.arena.Grow(int64(len(p.pages)+n)*PageBytes) || p.join(uint32(n))
}

// join makes one span of free pages that lie side by side and that no snapshot wants.
func (p *Pool) join(n uint32) bool {
	p.collect()
	free := make([]bool, len(p.pages))
	for _, first := range p.single {
		free[first] = !p.frozen(first)
	}
	for size, list := range p.free {
		for _, first := range list {
			ok := !p.frozen(first)
			for i := range size {
				free[first+i] = ok
			}
		}
	}
	run := uint32(0)
	for i, ok := range free {
		if run++; !ok {
			run = 0
		}
		if run == n {
			p.takeOut(uint32(i)+1-n, n)
			return true
		}
	}
	return false
}

// takeOut makes the free pages [first, first+n) one free span. Spans that reach
// beyond it lose what lies inside.
func (p *Pool) takeOut(first, n uint32) {
	spans := [][2]uint32{}
	for _, f := range p.single {
		spans = append(spans, [2]uint32{f, 1})
	}
	for size, list := range p.free {
		for _, f := range list {
			spans = append(spans, [2]uint32{f, size})
		}
	}
	p.single, p.free = p.single[:0], map[uint32][]uint32{}
	put := func(f, size uint32) {
		if size > 0 {
			p.pages[f] = pageMeta{use: useFree, span: size}
			p.setFreeList(size, append(p.freeList(size), f))
		}
	}
	for _, s := range spans {
		from, to := s[0], s[0]+s[1]
		if to <= first || from >= first+n {
			put(from, s[1])
			continue
		}
		put(from, first-min(from, first))
		put(first+n, to-min(to, first+n))
	}
	for i := range n {
		p.written[first+i] = p.epoch
	}
	put(first, n)
}

// AnyEntry reports whether any entry of a set is not marked Gone.
func (s *Sets) AnyEntry(set uint64) (found bool) {
	s.Walk(set, nil, false, func(e *Entry) bool {
		found = !e.Gone
		return !found
	})
	return found
}
