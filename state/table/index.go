package table

import (
	"math/bits"
	"unsafe"
)

// The index is at most 5/8 full, slack not counted.
const (
	fullNum = 5
	fullDen = 8
)

// pageSlots is the slots of a page, as a power of two.
const pageSlots = 11

// index is the slots of a table: a Go slice while it is small, then single pages,
// so that it can grow where free pages are scattered.
type index struct {
	small []uint64
	pages []uint32
	n     int
}

func (x *index) at(base unsafe.Pointer, i int) *uint64 {
	if x.pages == nil {
		return &x.small[i]
	}
	return (*uint64)(unsafe.Add(base, uintptr(x.pages[i>>pageSlots])*PageBytes+uintptr(i&(1<<pageSlots-1))*8))
}

func (t *Table) slot(i int) *uint64 { return t.index.at(t.pool.base, i) }

// reserve makes room in the index for n more records.
func (t *Table) reserve(n int) error {
	if want := t.wanted(n); want > 0 {
		return t.resize(want)
	}
	return nil
}

// wanted is the homes of the index that n more records ask for: fewer than there
// are, where slots of records that are gone fill it. 0: they fit. A long run of
// slots at the end of the slack makes the index grow too, so that probing always ends.
func (t *Table) wanted(n int) int {
	homes := 0
	if t.index.n > 0 {
		homes = 1 << (64 - t.shift)
		if (t.used+n)*fullDen <= homes*fullNum && *t.slot(t.index.n - 2) == 0 {
			return 0
		}
	}
	want := minHomes
	for want*fullNum < (t.live+n)*fullDen*5/4 {
		want *= 2
	}
	if homes > 0 && want <= homes && *t.slot(t.index.n - 2) != 0 {
		want = homes * 2
	}
	return want
}

func slackOf(homes int) int { return min(homes, 128) + 2 }

// resize builds the index anew with a power of two of homes.
func (t *Table) resize(homes int) error {
	old, oldShift, oldUsed := t.index, t.shift, t.used
	for {
		fresh, err := t.pool.newIndex(homes + slackOf(homes))
		if err != nil {
			t.index, t.shift, t.used = old, oldShift, oldUsed
			return err
		}
		t.index = fresh
		t.shift = uint(64 - bits.TrailingZeros(uint(homes)))
		if t.refill(&old) {
			t.pool.freeIndex(&old)
			return nil
		}
		t.pool.freeIndex(&t.index)
		homes *= 2
	}
}

// refill puts the records of old slots in; false when the slack overflows.
func (t *Table) refill(old *index) bool {
	t.used = t.live
	for i := range old.n {
		s := *old.at(t.pool.base, i)
		if s <= deadRef {
			continue
		}
		at := t.home(t.pool.header(s & refMask).hash)
		for *t.slot(at) != 0 {
			at++
		}
		if at >= t.index.n-2 {
			return false
		}
		*t.slot(at) = s
	}
	return true
}

func (p *Pool) newIndex(n int) (index, error) {
	if n*8 < PageBytes {
		return index{small: make([]uint64, n), n: n}, nil
	}
	x := index{n: n}
	for len(x.pages)<<pageSlots < n {
		page, err := p.allocSpan(1, useOther)
		if err != nil {
			p.freeIndex(&x)
			return x, err
		}
		x.pages = append(x.pages, page)
		clear(unsafe.Slice((*uint64)(p.page(page)), PageBytes/8))
	}
	return x, nil
}

func (p *Pool) freeIndex(x *index) {
	for _, n := range x.pages {
		p.freeSpan(n)
	}
	*x = index{}
}

// Clear removes all records and the index.
func (t *Table) Clear() {
	for i := range t.index.n {
		if s := *t.slot(i); s > deadRef {
			t.slab.release(s & refMask)
		}
	}
	t.pool.freeIndex(&t.index)
	t.live, t.used = 0, 0
}
