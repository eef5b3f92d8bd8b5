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

// reserve makes room in the index for n more records. A long run of slots at the
// end of the slack makes the index grow too, so that probing always ends.
func (t *Table) reserve(n int) error {
	homes := 0
	if t.slots != nil {
		homes = 1 << (64 - t.shift)
		if (t.used+n)*fullDen <= homes*fullNum && t.slots[len(t.slots)-2] == 0 {
			return nil
		}
	}
	want := minHomes
	for want*fullNum < (t.live+n)*fullDen*5/4 {
		want *= 2
	}
	if homes > 0 && want <= homes && t.slots[len(t.slots)-2] != 0 {
		want = homes * 2
	}
	return t.resize(want)
}

func slackOf(homes int) int { return min(homes, 128) + 2 }

// resize builds the index anew with a power of two of homes.
func (t *Table) resize(homes int) error {
	old, oldSpan := t.slots, t.span
	for {
		if err := t.newSlots(homes); err != nil {
			t.slots, t.span = old, oldSpan
			return err
		}
		t.shift = uint(64 - bits.TrailingZeros(uint(homes)))
		if t.refill(old) {
			break
		}
		t.freeSlots()
		homes *= 2
	}
	fresh, span := t.slots, t.span
	t.slots, t.span = old, oldSpan
	t.freeSlots()
	t.slots, t.span = fresh, span
	return nil
}

// refill puts the records of old slots in; false when the slack overflows.
func (t *Table) refill(old []uint64) bool {
	t.used = t.live
	for _, s := range old {
		if s <= deadRef {
			continue
		}
		hash := t.pool.header(s & refMask).hash
		at := t.home(hash)
		for t.slots[at] != 0 {
			at++
		}
		if at >= len(t.slots)-2 {
			return false
		}
		t.slots[at] = s
	}
	return true
}

func (t *Table) newSlots(homes int) error {
	n := homes + slackOf(homes)
	if n*8 < PageBytes {
		t.slots, t.span = make([]uint64, n), 0
		return nil
	}
	span, err := t.pool.allocSpan(uint32((n*8+PageBytes-1)/PageBytes), useOther)
	if err != nil {
		return err
	}
	t.span = span
	t.slots = unsafe.Slice((*uint64)(t.pool.page(span)), n)
	clear(t.slots)
	return nil
}

func (t *Table) freeSlots() {
	if t.span != 0 {
		t.pool.freeSpan(t.span)
	}
	t.slots, t.span = nil, 0
}

// Clear removes all records and the index.
func (t *Table) Clear() {
	for _, s := range t.slots {
		if s > deadRef {
			t.slab.release(s & refMask)
		}
	}
	t.freeSlots()
	t.live, t.used = 0, 0
}
