package table

import (
	"slices"
)

// Times is a table for each time, all with one slab. The times are kept in
// order; new ones gather unsorted until somebody asks.
type Times struct {
	pool   *Pool
	slab   *slab
	width  int
	tables []*Table // by number; nil: free
	spare  []int32
	slots  []timeSlot // open addressing: time → number + 1
	used   int
	live   int
	sorted []int64 // ascending from first on; may name times that are gone
	fresh  []int64
	last   *Table // of the last lookup
}

type timeSlot struct {
	time int64
	at   int32 // number + 1; 0: empty; -1: gone
}

// NewTimes makes an empty set of times of a state.
func NewTimes(pool *Pool, owner uint16, width int) *Times {
	return &Times{pool: pool, slab: newSlab(pool, owner), width: width}
}

// Bytes is the bytes of the records.
func (t *Times) Bytes() int64 { return t.slab.bytes }

// Len is the number of times.
func (t *Times) Len() int { return t.live }

func (t *Times) home(time int64) int {
	return int(uint64(time) * 0x9e3779b97f4a7c15 >> 20 & uint64(len(t.slots)-1))
}

// At is the table of a time; nil: there is none.
func (t *Times) At(time int64) *Table {
	if t.last != nil && t.last.time == time {
		return t.last
	}
	if at := t.find(time); at >= 0 {
		t.last = t.tables[t.slots[at].at-1]
		return t.last
	}
	return nil
}

func (t *Times) find(time int64) int {
	if t.live == 0 {
		return -1
	}
	for at := t.home(time); ; at = (at + 1) & (len(t.slots) - 1) {
		s := t.slots[at]
		if s.at == 0 {
			return -1
		}
		if s.at > 0 && s.time == time {
			return at
		}
	}
}

// Open is the table of a time, made where there is none.
func (t *Times) Open(time int64) *Table {
	if tab := t.At(time); tab != nil {
		return tab
	}
	if (t.used+1)*2 > len(t.slots) {
		t.rehash()
	}
	tab := &Table{pool: t.pool, slab: t.slab, keyAt: headerBytes + 8, width: t.width, time: time, born: t.pool.epoch}
	n := int32(len(t.tables))
	if k := len(t.spare); k > 0 {
		n, t.spare = t.spare[k-1], t.spare[:k-1]
		t.tables[n] = tab
	} else {
		t.tables = append(t.tables, tab)
	}
	at := t.home(time)
	for t.slots[at].at > 0 {
		at = (at + 1) & (len(t.slots) - 1)
	}
	if t.slots[at].at == 0 {
		t.used++
	}
	t.slots[at] = timeSlot{time: time, at: n + 1}
	t.live++
	t.fresh = append(t.fresh, time)
	t.last = tab
	return tab
}

func (t *Times) rehash() {
	size := 16
	for size < 4*(t.live+1) {
		size *= 2
	}
	old := t.slots
	t.slots, t.used = make([]timeSlot, size), t.live
	for _, s := range old {
		if s.at <= 0 {
			continue
		}
		at := t.home(s.time)
		for t.slots[at].at != 0 {
			at = (at + 1) & (size - 1)
		}
		t.slots[at] = s
	}
}

// Drop removes a time with all its records.
func (t *Times) Drop(time int64) {
	at := t.find(time)
	if at < 0 {
		return
	}
	n := t.slots[at].at - 1
	t.tables[n].Clear()
	t.tables[n] = nil
	t.spare = append(t.spare, n)
	t.slots[at].at = -1
	t.live--
	t.last = nil
}

// order merges the new times in and forgets those that are gone.
func (t *Times) order() {
	if len(t.fresh) == 0 {
		return
	}
	slices.Sort(t.fresh)
	old := t.sorted
	merged := make([]int64, 0, len(old)+len(t.fresh))
	i := 0
	for _, f := range t.fresh {
		for i < len(old) && old[i] < f {
			merged = append(merged, old[i])
			i++
		}
		merged = append(merged, f)
	}
	merged = append(merged, old[i:]...)
	merged = slices.Compact(merged)
	t.sorted = slices.DeleteFunc(merged, func(time int64) bool { return t.find(time) < 0 })
	t.fresh = t.fresh[:0]
}

// Between appends the times in [from, to), ascending.
func (t *Times) Between(from, to int64, dst []int64) []int64 {
	t.order()
	for len(t.sorted) > 0 && t.find(t.sorted[0]) < 0 {
		t.sorted = t.sorted[1:]
	}
	i, _ := slices.BinarySearch(t.sorted, from)
	for ; i < len(t.sorted) && t.sorted[i] < to; i++ {
		if t.find(t.sorted[i]) >= 0 {
			dst = append(dst, t.sorted[i])
		}
	}
	return dst
}

// Any reports whether there is a time in [from, to).
func (t *Times) Any(from, to int64) bool {
	t.order()
	i, _ := slices.BinarySearch(t.sorted, from)
	for ; i < len(t.sorted) && t.sorted[i] < to; i++ {
		if t.find(t.sorted[i]) >= 0 {
			return true
		}
	}
	return false
}
