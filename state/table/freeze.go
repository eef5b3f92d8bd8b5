package table

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// What has become of a page in a snapshot.
const (
	pagePending uint32 = iota // frozen in place: neither visited nor changed
	pageCopying               // the task copies it
	pageCopied                // the copy is frozen, the page goes on
	pageReading               // the snapshot reads it: nobody may change it
	pageDone                  // visited, or not wanted
)

// Page is a frozen page of records.
type Page struct {
	Owner   uint16 // the state
	Written uint32 // the epoch of the last change
	size    uint32
	used    [8]uint64
	base    unsafe.Pointer
}

// Snapshot is the frozen contents of a pool. Visit runs on a goroutine of its own.
type Snapshot struct {
	pool  *Pool
	visit func(*Page) error
	metas []pageMeta
	wrote []uint32
	state []atomic.Uint32 // by page

	visiting sync.Mutex // one visit at a time: of the snapshot's goroutine, or of the task that helps
	err      error
	scratch  []uint64

	// The task takes this lock as it goes on, so nobody holds it through a visit,
	// which may write a file.
	mu     sync.Mutex
	copies map[uint32]uint32 // page → its copy
	back   []uint32          // copies to be freed by the task

	finished atomic.Bool
}

// Freeze begins the next epoch and returns a snapshot of the one that ends:
// visit will be called once for each page of records, in no order, never twice
// at a time. wanted says which pages count, by owner and the epoch of their last change.
func (p *Pool) Freeze(wanted func(owner uint16, written uint32) bool, visit func(*Page) error) *Snapshot {
	s := &Snapshot{pool: p, visit: visit, metas: slices.Clone(p.pages), wrote: slices.Clone(p.written), state: make([]atomic.Uint32, len(p.pages)), copies: map[uint32]uint32{}}
	for n := range s.metas {
		m := &s.metas[n]
		if m.use != useRecords || m.live == 0 || !wanted(m.owner, p.written[n]) {
			s.state[n].Store(pageDone)
		}
	}
	p.epoch++
	p.collect()
	p.snaps = append(p.snaps, s)
	return s
}

// Visit visits what is still pending. It stops at the first error.
func (s *Snapshot) Visit() error {
	for n := range s.state {
		if s.state[n].Load() == pageDone {
			continue
		}
		if err := s.visitPage(uint32(n)); err != nil {
			s.Discard()
			return err
		}
	}
	s.finished.Store(true)
	return s.failure()
}

// Discard ends the snapshot without visiting the rest. It waits for pages that are
// being copied or read without holding a lock that doing so may take.
func (s *Snapshot) Discard() {
	for n := range s.state {
		for {
			st := s.state[n].Load()
			if st == pageDone || st != pageCopying && st != pageReading && s.state[n].CompareAndSwap(st, pageDone) {
				break
			}
			runtime.Gosched()
		}
	}
	s.visiting.Lock() // a copy may be being read
	defer s.visiting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, c := range s.copies {
		s.back = append(s.back, c)
		delete(s.copies, n)
	}
	s.finished.Store(true)
}

func (s *Snapshot) failure() error {
	s.visiting.Lock()
	defer s.visiting.Unlock()
	return s.err
}

func (s *Snapshot) visitPage(n uint32) error {
	for {
		switch s.state[n].Load() {
		case pageDone:
			return nil
		case pagePending:
			if s.state[n].CompareAndSwap(pagePending, pageReading) {
				return s.readLive(n)
			}
		case pageCopied:
			return s.readCopy(n)
		default:
			runtime.Gosched()
		}
	}
}

// readLive copies the page, so that the task need not wait for the visit.
func (s *Snapshot) readLive(n uint32) error {
	s.visiting.Lock()
	defer s.visiting.Unlock()
	words := int(s.metas[n].span) * PageBytes / 8
	if cap(s.scratch) <= words {
		// A word more: an empty row at the end of the page points behind it, and
		// the collector must find that within the object.
		s.scratch = make([]uint64, words+1)
	}
	copy(s.scratch[:words], unsafe.Slice((*uint64)(s.pool.page(n)), words))
	s.state[n].Store(pageDone)
	return s.call(n, unsafe.Pointer(unsafe.SliceData(s.scratch)))
}

func (s *Snapshot) readCopy(n uint32) error {
	s.visiting.Lock()
	defer s.visiting.Unlock()
	s.mu.Lock()
	c, ok := s.copies[n]
	s.mu.Unlock()
	if !ok {
		return s.err // visited or discarded meanwhile
	}
	err := s.call(n, s.pool.page(c))
	s.mu.Lock()
	delete(s.copies, n)
	s.back = append(s.back, c)
	s.mu.Unlock()
	s.state[n].Store(pageDone)
	return err
}

func (s *Snapshot) call(n uint32, base unsafe.Pointer) error {
	if s.err != nil {
		return s.err
	}
	m := &s.metas[n]
	s.err = s.visit(&Page{Owner: m.owner, Written: s.wrote[n], size: m.size, used: m.used, base: base})
	return s.err
}

// thaw makes a page writable that was written in an earlier epoch.
func (p *Pool) thaw(n uint32) {
	p.collect()
	for _, s := range p.snaps {
		if int(n) < len(s.state) {
			s.preserve(n)
		}
	}
	p.written[n] = p.epoch
}

// preserve keeps what page n holds for the snapshot, by a copy or by visiting it.
func (s *Snapshot) preserve(n uint32) {
	for {
		switch s.state[n].Load() {
		case pageDone, pageCopied:
			return
		case pageReading:
			runtime.Gosched()
		case pagePending:
			if !s.state[n].CompareAndSwap(pagePending, pageCopying) {
				continue
			}
			if s.copyPage(n) {
				s.state[n].Store(pageCopied)
			} else {
				s.state[n].Store(pagePending)
				s.help(n)
			}
			return
		}
	}
}

func (s *Snapshot) copyPage(n uint32) bool {
	span := s.metas[n].span
	c, err := s.pool.allocFresh(span)
	if err != nil {
		return false
	}
	words := int(span) * PageBytes / 8
	copy(unsafe.Slice((*uint64)(s.pool.page(c)), words), unsafe.Slice((*uint64)(s.pool.page(n)), words))
	s.mu.Lock()
	s.copies[n] = c
	s.mu.Unlock()
	return true
}

// allocFresh is allocSpan for copies. It takes no free span that a snapshot may
// still want: preserving that one would lead back here.
func (p *Pool) allocFresh(n uint32) (uint32, error) {
	list := p.freeList(n)
	for i := len(list) - 1; i >= max(0, len(list)-8); i-- {
		if first := list[i]; p.written[first] == p.epoch || !p.frozen(first) {
			p.setFreeList(n, slices.Delete(list, i, i+1))
			p.take(first, n, useOther)
			return first, nil
		}
	}
	first, ok := p.grow(n)
	if !ok {
		return 0, ErrFull
	}
	p.take(first, n, useOther)
	return first, nil
}

func (p *Pool) frozen(n uint32) bool {
	for _, s := range p.snaps {
		if int(n) < len(s.state) {
			if st := s.state[n].Load(); st == pagePending || st == pageReading {
				return true
			}
		}
	}
	return false
}

// help visits a page that there is no memory to copy.
func (s *Snapshot) help(n uint32) {
	for !s.state[n].CompareAndSwap(pagePending, pageReading) {
		if s.state[n].Load() == pageDone {
			return
		}
		runtime.Gosched()
	}
	s.visiting.Lock()
	defer s.visiting.Unlock()
	_ = s.call(n, s.pool.page(n)) // kept in s.err, reported by Visit
	s.state[n].Store(pageDone)
}

// reclaim finds n adjacent pages by visiting copies that wait for their snapshots,
// no more than it takes: their memory is the state's before it is a checkpoint's.
func (p *Pool) reclaim(n uint32) (first uint32, ok bool) {
	for _, s := range slices.Clone(p.snaps) {
		for page, more := s.anyCopy(); more && !ok; page, more = s.anyCopy() {
			_ = s.visitPage(page) // kept in s.err, reported by Visit
			p.collect()
			first, ok = p.find(n)
		}
	}
	return first, ok
}

// anyCopy is a page of which there is a copy still to be visited.
func (s *Snapshot) anyCopy() (page uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for page = range s.copies {
		return page, true
	}
	return 0, false
}

// collect frees copies that were visited and forgets finished snapshots.
func (p *Pool) collect() {
	if len(p.snaps) == 0 {
		return
	}
	keep := p.snaps[:0]
	for _, s := range p.snaps {
		finished := s.finished.Load()
		s.mu.Lock()
		for _, c := range s.back {
			p.written[c] = p.epoch
			p.freeSpan(c)
		}
		s.back = s.back[:0]
		s.mu.Unlock()
		if !finished {
			keep = append(keep, s)
		}
	}
	clear(p.snaps[len(keep):])
	p.snaps = keep
}
