package join

import (
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/weir-engine/weir/core/types"
)

// direct finds build rows by the key itself, where keys are integers that lie
// close together: slot key-least holds the distance of the key's newest row.
// A probe hashes nothing and compares no keys, and neighbours in the key are
// neighbours in memory.
//
// The last slot stays 0: all keys outside the range are led there.
type direct struct {
	slots []uint64
	least uint64
}

// directPerRow is how many slots a build row may cost: 32 bytes, where those of
// a hash table are 14 to 29.
const directPerRow = 4

// oneInteger reports that the key is one integer, whose order its word has.
func (l *layout) oneInteger() bool {
	if !l.oneWord() {
		return false
	}
	switch l.types[l.keys[0].col].Phys() {
	case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
		return true
	}
	return false
}

// keyRange is the least and greatest of some integers; empty: least > most.
type keyRange struct{ least, most int64 }

func emptyRange() keyRange { return keyRange{math.MaxInt64, math.MinInt64} }

func (s keyRange) with(o keyRange) keyRange {
	return keyRange{min(s.least, o.least), max(s.most, o.most)}
}

// of takes in the words of rows sel.
func (s keyRange) of(words []uint64, sel []uint32) keyRange {
	for _, r := range sel {
		x := int64(words[r])
		s.least, s.most = min(s.least, x), max(s.most, x)
	}
	return s
}

// directSlots is how many slots the keys of rows take, or 0 where they lie too far apart.
func (s keyRange) directSlots(rows, regions int) int {
	if s.least > s.most {
		return 0
	}
	apart := uint64(s.most) - uint64(s.least)
	if apart >= uint64(max(slotsFor(rows, regions), directPerRow*rows)) {
		return 0
	}
	return int(apart) + 2
}

// keyRange is that of the keys of all stores.
func (t *table) keyRange() keyRange {
	all := emptyRange()
	for _, s := range t.stores {
		all = all.with(s.keyRange)
	}
	return all
}

// fillDirect puts the rows of a part of the stores into their slots. Where
// several subtasks do so at once, each swaps its own rows in: what a slot held
// before is linked behind by the one that has it then.
func (t *table) fillDirect(part, parts int) {
	for i := part; i < len(t.stores); i += parts {
		s := t.stores[i]
		repeated := false
		for run := range s.keyed() {
			if parts == 1 {
				repeated = t.putDirect(s, run) || repeated
			} else {
				repeated = t.swapDirect(s, run) || repeated
			}
		}
		if repeated {
			t.repeated.Store(true)
		}
	}
}

func (t *table) putDirect(s *rowStore, run rowRun) (repeated bool) {
	slots, least := t.direct.slots, t.direct.least
	d, stride := t.distance(s, run.from), uint64(t.layout.stride)
	for range run.to - run.from {
		row := unsafe.Add(t.base, d)
		slot := &slots[*(*uint64)(unsafe.Add(row, keyOffset))-least]
		if head := *slot; head != 0 {
			*(*uint64)(row), repeated = head, true
		}
		*slot = d
		d += stride
	}
	return repeated
}

func (t *table) swapDirect(s *rowStore, run rowRun) (repeated bool) {
	slots, least := t.direct.slots, t.direct.least
	d, stride := t.distance(s, run.from), uint64(t.layout.stride)
	for range run.to - run.from {
		row := unsafe.Add(t.base, d)
		slot := &slots[*(*uint64)(unsafe.Add(row, keyOffset))-least]
		if head := atomic.SwapUint64(slot, d); head != 0 {
			*(*uint64)(row), repeated = head, true
		}
		d += stride
	}
	return repeated
}

// find looks up the words of rows sel, without a branch that depends on them.
func (x *direct) find(words []uint64, sel []uint32, into *found) (n int) {
	slots, least := x.slots, x.least
	beyond := uint64(len(slots) - 1)
	rows, dist := into.rows[:len(sel)], into.at[:len(sel)]
	for _, r := range sel {
		d := slots[min(words[r]-least, beyond)]
		rows[n], dist[n] = r, d
		if d != 0 {
			n++
		}
	}
	return n
}
