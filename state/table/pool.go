package table

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/weir-engine/weir/core/memory"
)

// PageBytes is the unit of allocation and of copying on write.
const PageBytes = 16 << 10

const pageShift = 11 // references count eight bytes

// reservedBytes is address space, not memory.
const reservedBytes = 64 << 30

// ErrFull says that the grant gives no more pages.
var ErrFull = errors.New("the memory granted to state is used up")

// pageMeta is what a page is used for. A large record or an index is a span of
// pages, described by the first.
type pageMeta struct {
	use   pageUse
	class uint8  // records: index of the size class
	owner uint16 // records: the state they belong to
	span  uint32 // pages
	size  uint32 // records: bytes of each
	slots uint16 // records: how many fit
	live  uint16
	queue bool // in its class's list of pages with room
	used  [8]uint64
}

type pageUse uint8

const (
	useFree pageUse = iota
	useRecords
	useOther // indexes, copies: no part of a snapshot
)

// Pool hands out pages from one arena.
type Pool struct {
	arena   *memory.Arena
	base    unsafe.Pointer
	pages   []pageMeta
	written []uint32            // by page: the epoch it was last written in
	epoch   uint32              // of what is written now; starts at 1
	single  []uint32            // free pages
	free    map[uint32][]uint32 // free spans of more, by length
	snaps   []*Snapshot
	inUse   int64 // bytes of pages in use
	touched []uint8
	hand    int // of Sweep
}

// NewPool makes an empty pool that grows in grant.
func NewPool(grant *memory.Grant) (*Pool, error) {
	arena, err := memory.NewArena(grant, reservedBytes)
	if err != nil {
		return nil, err
	}
	p := &Pool{arena: arena, base: arena.Base(), epoch: 1, free: map[uint32][]uint32{}}
	first, err := p.allocSpan(1, useOther)
	if err != nil {
		arena.Close()
		return nil, fmt.Errorf("state: %w", err)
	}
	// Reference 1 stands in index slots whose record is gone: no key has its length.
	*p.header(uint64(first)<<pageShift + deadRef) = header{klen: ^uint32(0)}
	return p, nil
}

// Close gives all memory back. No snapshot may be visited any more.
func (p *Pool) Close() error { return p.arena.Close() }

// Bytes is the bytes of all pages in use.
func (p *Pool) Bytes() int64 { return p.inUse }

// Epoch is the number of the current epoch; Freeze begins the next.
func (p *Pool) Epoch() uint32 { return p.epoch }

func (p *Pool) at(ref uint64) unsafe.Pointer { return unsafe.Add(p.base, ref<<3) }

func (p *Pool) header(ref uint64) *header { return (*header)(p.at(ref)) }

func pageOf(ref uint64) uint32 { return uint32(ref >> pageShift) }

func (p *Pool) page(n uint32) unsafe.Pointer { return unsafe.Add(p.base, uintptr(n)*PageBytes) }

// allocSpan finds n adjacent pages. Their contents are whatever was there.
func (p *Pool) allocSpan(n uint32, use pageUse) (uint32, error) {
	p.collect()
	first, ok := p.find(n)
	if !ok {
		first, ok = p.reclaim(n)
	}
	if !ok {
		return 0, ErrFull
	}
	p.take(first, n, use)
	return first, nil
}

// find is n adjacent pages that are free, or new ones.
func (p *Pool) find(n uint32) (first uint32, ok bool) {
	if first, ok = p.reuse(n); ok {
		return first, true
	}
	return p.grow(n)
}

// Ensure reports whether n single pages can be taken for certain.
func (p *Pool) Ensure(n int) bool {
	p.collect()
	return len(p.single) >= n || p.arena.Grow(int64(len(p.pages)+n-len(p.single))*PageBytes)
}

// grow adds n pages at the end.
func (p *Pool) grow(n uint32) (first uint32, ok bool) {
	first = uint32(len(p.pages))
	if !p.arena.Grow(int64(first+n) * PageBytes) {
		return 0, false
	}
	for range n {
		p.pages = append(p.pages, pageMeta{})
		p.written = append(p.written, p.epoch)
	}
	return first, true
}

func (p *Pool) take(first, n uint32, use pageUse) {
	p.pages[first] = pageMeta{use: use, span: n}
	p.written[first] = p.epoch
	p.inUse += int64(n) * PageBytes
}

// freeList is the free spans of n pages.
func (p *Pool) freeList(n uint32) []uint32 {
	if n == 1 {
		return p.single
	}
	return p.free[n]
}

func (p *Pool) setFreeList(n uint32, list []uint32) {
	if n == 1 {
		p.single = list
	} else {
		p.free[n] = list
	}
}

// reuse takes a free span of exactly n pages, or splits the next larger one.
func (p *Pool) reuse(n uint32) (uint32, bool) {
	size := uint32(0)
	if n == 1 && len(p.single) > 0 {
		size = 1
	} else {
		for s, list := range p.free {
			if s >= n && len(list) > 0 && (size == 0 || s < size) {
				size = s
			}
		}
	}
	if size == 0 {
		return 0, false
	}
	list := p.freeList(size)
	first := list[len(list)-1]
	p.setFreeList(size, list[:len(list)-1]) // before own, which may take pages too
	p.own(first)
	if size > n {
		rest := first + n
		p.pages[rest] = pageMeta{use: useFree, span: size - n}
		p.written[rest] = p.epoch
		p.setFreeList(size-n, append(p.freeList(size-n), rest))
	}
	return first, true
}

func (p *Pool) freeSpan(first uint32) {
	n := p.pages[first].span
	p.pages[first] = pageMeta{use: useFree, span: n}
	p.setFreeList(n, append(p.freeList(n), first))
	p.inUse -= int64(n) * PageBytes
}

// own must be called before anything of page n, or of the span it begins, is
// changed: what a snapshot still wants of it is kept. It may take pages for that.
// Spans are split but never joined, so the first page speaks for all.
func (p *Pool) own(n uint32) {
	if p.written[n] != p.epoch {
		p.thaw(n)
	}
}
