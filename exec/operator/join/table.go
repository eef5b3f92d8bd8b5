package join

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/weir-engine/weir/core/memory"
)

// table finds build rows by key: open addressing over a flat array of slots. A
// slot holds 16 bits of the hash (the salt) and where the newest row of the key
// lies; older rows of the key are linked behind it.
//
//	slot = salt << 48 | distance of the row from base
//
// The slots are cut into regions, so that each subtask fills some of them alone;
// a probe that runs over a region's end goes on at its start. Beside every 8
// slots, one cache line, stands a word of a bloom filter.
//
// Integers that lie close together need none of that: see direct.
type table struct {
	layout  *layout
	stores  []*rowStore
	base    unsafe.Pointer // the lowest of the stores'; its row 0 is "no row" for all
	bufs    [][]byte
	anyNull []bool

	arena  *memory.Arena // the slots, then the bloom filter; in the first store's grant
	slots  []uint64
	bloom  []uint64
	mask   uint64
	within uint64 // the part of mask that moves inside a region
	parts  int
	direct direct // instead of slots and bloom, where it has slots

	rows     int
	keyless  int         // rows with a NULL key
	repeated atomic.Bool // some key has several rows
}

const (
	minRegion   = 1 << 10
	saltShift   = 48
	addressMask = 1<<saltShift - 1
	bloomRows   = 1 << 15 // below this many rows the slots lie in the cache anyway
)

func saltOf(hash uint64) uint64 { return hash >> 28 << saltShift }

func bloomBits(hash uint64) uint64 { return 1<<(hash>>44&63) | 1<<(hash>>38&63) }

// tableBytes is the memory that slots and filter for some rows take.
func tableBytes(rows, regions int) int64 {
	n := slotsFor(rows, regions)
	return int64(n)*8 + int64(n)
}

func slotsFor(rows, regions int) int {
	n := minRegion * regions
	for n/8*5 < rows {
		n *= 2
	}
	return n
}

// newTable prepares a table over filled stores, to be filled region by region.
// It is nil without an error where memory is refused.
func newTable(stores []*rowStore, grant *memory.Grant) (*table, error) {
	t := &table{layout: stores[0].layout, stores: stores, parts: 1, bufs: make([][]byte, len(stores)), anyNull: make([]bool, len(stores[0].anyNull))}
	for t.parts < len(stores) {
		t.parts *= 2
	}
	for _, s := range stores {
		if !s.begin() {
			return nil, nil
		}
		t.rows += s.count()
		t.keyless += len(s.keyless)
		t.bufs[s.number] = s.heap.Bytes()
		if t.base == nil || uintptr(s.base()) < uintptr(t.base) {
			t.base = s.base()
		}
		for c, null := range s.anyNull {
			t.anyNull[c] = t.anyNull[c] || null
		}
	}
	n := slotsFor(t.rows, t.parts)
	if n > 1<<28 {
		return nil, nil // hash bits of the slot and of the salt would meet
	}
	keys := t.keyRange()
	directBytes := int64(keys.directSlots(t.rows, t.parts)) * 8
	var err error
	if t.arena, err = memory.NewArena(grant, max(directBytes, tableBytes(t.rows, t.parts))); err != nil {
		return nil, err
	}
	t.arena.Huge()
	if directBytes > 0 && t.arena.Grow(directBytes) {
		t.direct = direct{slots: unsafe.Slice((*uint64)(t.arena.Base()), directBytes/8), least: uint64(keys.least)}
		return t, nil
	}
	if !t.arena.Grow(tableBytes(t.rows, t.parts)) {
		return nil, t.arena.Close()
	}
	t.slots = unsafe.Slice((*uint64)(t.arena.Base()), n)
	t.mask = uint64(n - 1)
	t.within = uint64(n/t.parts - 1)
	if t.rows >= bloomRows {
		t.bloom = unsafe.Slice((*uint64)(unsafe.Add(t.arena.Base(), n*8)), n/8)
	}
	return t, nil
}

func (t *table) close() error {
	if t == nil || t.arena == nil {
		return nil
	}
	a := t.arena
	t.arena, t.slots, t.bloom, t.direct = nil, nil, nil, direct{}
	return a.Close()
}

// distance is where a row of a store lies.
func (t *table) distance(s *rowStore, i int) uint64 {
	return uint64(uintptr(s.base())-uintptr(t.base)) + uint64(i*t.layout.stride)
}

// fill puts the rows of all stores that belong to some regions into them; it is
// called once for each part.
func (t *table) fill(part, parts int) error {
	if t.direct.slots != nil {
		t.fillDirect(part, parts)
		return nil
	}
	for region := part; region < t.parts; region += parts {
		space := int(t.within)
		for _, s := range t.stores {
			used, repeated := t.insert(s, uint64(region), space)
			if space -= used; space < 0 {
				return fmt.Errorf("join: the hashes of %d build rows crowd into one part of the table", t.rows)
			}
			if repeated {
				t.repeated.Store(true)
			}
		}
	}
	return nil
}

// insert returns how many slots it has taken, more than space where it gave up.
func (t *table) insert(s *rowStore, region uint64, space int) (used int, repeated bool) {
	if s.n <= 1 {
		return 0, false
	}
	var (
		l       = t.layout
		slots   = t.slots
		mask    = t.mask
		within  = t.within
		base    = t.base
		stride  = uint64(l.stride)
		first   = t.distance(s, 0)
		hashes  = s.hashList()
		keyless = s.keyless
		one     = l.oneWord()
	)
	for i := 1; i < len(hashes); i++ {
		h := hashes[i]
		at := h & mask
		if at&^within != region*(within+1) {
			continue
		}
		if len(keyless) > 0 {
			for len(keyless) > 0 && int(keyless[0]) < i {
				keyless = keyless[1:]
			}
			if len(keyless) > 0 && int(keyless[0]) == i {
				continue
			}
		}
		d := first + uint64(i)*stride
		row := unsafe.Add(base, d)
		salt := saltOf(h)
		for {
			e := slots[at]
			if e == 0 {
				if used++; used > space {
					return used, repeated
				}
				slots[at] = salt | d
				break
			}
			if head := e ^ salt; head <= addressMask {
				old := unsafe.Add(base, head)
				same := false
				if one {
					same = *(*uint64)(unsafe.Add(old, keyOffset)) == *(*uint64)(unsafe.Add(row, keyOffset))
				} else {
					same = l.sameRowKey(old, row, t.bufs)
				}
				if same {
					*(*uint64)(row) = head
					slots[at] = salt | d
					repeated = true
					break
				}
			}
			at = at&^within | (at+1)&within
		}
		if t.bloom != nil {
			t.bloom[h&mask>>3] |= bloomBits(h)
		}
	}
	return used, repeated
}

// found is the first build row of each probe row that has one: parallel lists.
type found struct {
	rows []uint32 // of the batch
	at   []uint64 // distances
	more []uint32
}

func (f *found) again(n int) []uint32 {
	if cap(f.more) < n {
		f.more = make([]uint32, n)
	}
	return f.more[:n]
}

func (f *found) room(n int) {
	if f.rows == nil || cap(f.rows) < n {
		f.rows, f.at = make([]uint32, n), make([]uint64, n)
	}
	f.rows, f.at = f.rows[:n], f.at[:n]
}

// sift keeps the rows of sel that the bloom filter lets pass.
func (t *table) sift(hashes []uint64, sel, dst []uint32) []uint32 {
	if cap(dst) < len(sel) {
		dst = make([]uint32, len(sel))
	}
	dst = dst[:len(sel)]
	n := 0
	for _, r := range sel {
		h := hashes[r]
		bits := bloomBits(h)
		dst[n] = r
		if t.bloom[h&t.mask>>3]&bits == bits {
			n++
		}
	}
	return dst[:n]
}

// find looks up the keys of rows sel, none of which is NULL. Their hashes are
// there, unless the table is direct.
func (t *table) find(k *keyColumns, sel []uint32, into *found) {
	into.room(len(sel))
	n := 0
	switch {
	case t.rows == 0:
	case t.direct.slots != nil:
		n = t.direct.find(k.cols[0].words, sel, into)
	case t.layout.oneWord():
		n = t.findWord(k.hashes, k.cols[0].words, sel, into)
	case t.layout.twoWords() && len(k.cols) == 2:
		n = t.findWords(k.hashes, k.cols[0].words, k.cols[1].words, sel, into)
	default:
		n = t.findAny(k, sel, into)
	}
	into.rows, into.at = into.rows[:n], into.at[:n]
}

// findWord goes in passes without branches that depend on memory far away, so
// that the misses of many rows overlap: slots, then the keys they point at; the
// few rows whose first slot was another key's are looked up one by one.
func (t *table) findWord(hashes, words []uint64, sel []uint32, into *found) (n int) {
	slots, mask := t.slots, t.mask
	key := unsafe.Add(t.base, keyOffset)
	rows, dist := into.rows[:len(sel)], into.at[:len(sel)]
	for i, r := range sel {
		dist[i] = slots[hashes[r]&mask]
	}
	again := into.again(len(sel))
	k := 0
	for i, r := range sel {
		e := dist[i]
		d := e ^ saltOf(hashes[r])
		if d > addressMask {
			d = 0
		}
		same := *(*uint64)(unsafe.Add(key, d)) == words[r]
		again[k] = uint32(i)
		if !same && e != 0 || d == 0 && e != 0 {
			k++
		}
		if !same {
			d = 0
		}
		dist[i] = d
	}
	for _, i := range again[:k] {
		dist[i] = t.findNext(hashes[sel[i]], words[sel[i]])
	}
	for i, r := range sel {
		d := dist[i]
		rows[n], dist[n] = r, d
		if d != 0 {
			n++
		}
	}
	return n
}

// findNext looks behind a key's first slot; 0: it is not there.
func (t *table) findNext(h, w uint64) uint64 {
	key := unsafe.Add(t.base, keyOffset)
	at, salt := h&t.mask, saltOf(h)
	for {
		at = at&^t.within | (at+1)&t.within
		e := t.slots[at]
		if e == 0 {
			return 0
		}
		if d := e ^ salt; d <= addressMask && *(*uint64)(unsafe.Add(key, d)) == w {
			return d
		}
	}
}

func (t *table) findWords(hashes, a, b []uint64, sel []uint32, into *found) (n int) {
	slots, mask, within := t.slots, t.mask, t.within
	key := unsafe.Add(t.base, keyOffset)
	rows, dist := into.rows[:len(sel)], into.at[:len(sel)]
	for _, r := range sel {
		h, w := hashes[r], [2]uint64{a[r], b[r]}
		at, salt := h&mask, saltOf(h)
		for {
			e := slots[at]
			if e == 0 {
				break
			}
			if d := e ^ salt; d <= addressMask && *(*[2]uint64)(unsafe.Add(key, d)) == w {
				rows[n], dist[n] = r, d
				n++
				break
			}
			at = at&^within | (at+1)&within
		}
	}
	return n
}

func (t *table) findAny(k *keyColumns, sel []uint32, into *found) (n int) {
	slots, mask, within := t.slots, t.mask, t.within
	for _, r := range sel {
		h := k.hashes[r]
		at, salt := h&mask, saltOf(h)
		for {
			e := slots[at]
			if e == 0 {
				break
			}
			if d := e ^ salt; d <= addressMask && k.equals(t.layout, r, unsafe.Add(t.base, d), t.bufs) {
				into.rows[n], into.at[n] = r, d
				n++
				break
			}
			at = at&^within | (at+1)&within
		}
	}
	return n
}

// next is the row linked behind a row; 0: none.
func (t *table) next(d uint64) uint64 { return *(*uint64)(unsafe.Add(t.base, d)) }

// mark notes that rows have found a match. Several subtasks may say so at once.
func (t *table) mark(at []uint64) {
	for _, d := range at {
		if d == 0 {
			continue
		}
		p := (*uint32)(unsafe.Add(t.base, d+uint64(t.layout.mark)))
		if atomic.LoadUint32(p) == 0 {
			atomic.StoreUint32(p, 1)
		}
	}
}

// marked reports whether a row has found a match.
func (t *table) marked(d uint64) bool {
	return atomic.LoadUint32((*uint32)(unsafe.Add(t.base, d+uint64(t.layout.mark)))) != 0
}
