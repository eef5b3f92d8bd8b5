package hashtable

import (
	"bytes"
	"unsafe"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/vector"
)

// None is the group of a row whose key is not in the table.
const None = ^uint32(0)

// FindOrInsert writes the group of each row that sel names (all when nil) to
// groups[r], making groups for keys that are new: those from Len before the call
// to Len after it. It reports false when memory is refused: some groups may then
// have been made, and the caller spills the table and asks again for the batch.
func (t *Table) FindOrInsert(cols []vector.Vector, rows int, sel, groups []uint32) (bool, error) {
	if sel != nil && len(sel) == 0 || rows == 0 {
		return true, nil
	}
	if done, ok, err := t.byCodes(cols, rows, sel, groups); done {
		return ok, err
	}
	if done, ok, err := t.byRange(cols, rows, sel, groups); done {
		return ok, err
	}
	return t.byHash(cols, rows, sel, groups)
}

// byHash is the general way.
func (t *Table) byHash(cols []vector.Vector, rows int, sel, groups []uint32) (bool, error) {
	k := &t.keys
	t.layout.encode(k, cols, rows, sel)
	if t.hot.on(t) {
		missed := t.hot.find(t, k, sel, groups)
		if len(missed) == 0 {
			return true, nil
		}
		ok, err := t.insertMissed(cols, rows, sel, groups, missed)
		return ok, err
	}
	t.hash(cols, rows, sel, k)
	out := groups
	if sel != nil {
		out = t.scratch(k.n)
	}
	if ok, err := t.insertAll(k, out); !ok || err != nil {
		return ok, err
	}
	for i, r := range sel {
		groups[r] = out[i]
	}
	t.hot.observe(t, k, out)
	return true, nil
}

// insertMissed is byHash for the rows that the hot index does not know.
func (t *Table) insertMissed(cols []vector.Vector, rows int, sel, groups, missed []uint32) (bool, error) {
	k := &t.keys
	if sel == nil {
		sel = missed
	} else {
		rest := t.missed[:0]
		for _, i := range missed {
			rest = append(rest, sel[i])
		}
		t.missed, sel = rest, rest
	}
	t.layout.encode(k, cols, rows, sel)
	t.hash(cols, rows, sel, k)
	out := t.scratch(k.n)
	if ok, err := t.insertAll(k, out); !ok || err != nil {
		return ok, err
	}
	for i, r := range sel {
		groups[r] = out[i]
	}
	t.hot.observe(t, k, out)
	return true, nil
}

func (t *Table) scratch(n int) []uint32 {
	if cap(t.found) < n {
		t.found = make([]uint32, n)
	}
	return t.found[:n]
}

// hash fills k.hashes, one for each encoded key.
func (t *Table) hash(cols []vector.Vector, rows int, sel []uint32, k *keyList) {
	if cap(t.hashed) < rows {
		t.hashed = make([]uint64, rows)
	}
	by := t.hashed[:rows]
	kernel.HashColumns(cols[:len(t.layout.fields)], rows, sel, by)
	k.take(by, sel)
}

// take orders hashes by row as the keys are.
func (k *keyList) take(byRow []uint64, sel []uint32) {
	if sel == nil {
		k.hashes = byRow
		return
	}
	// Ascending selections may be packed in place.
	for i, r := range sel {
		byRow[i] = byRow[r]
	}
	k.hashes = byRow[:len(sel)]
}

// insertAll finds or makes the groups of all keys of k, in steps for which
// room is reserved.
func (t *Table) insertAll(k *keyList, out []uint32) (bool, error) {
	t.slotAll()
	for from := 0; from < k.n; from += chunk {
		to := min(from+chunk, k.n)
		if ok, err := t.reserve(to-from, t.longBytes(k, from, to)); !ok || err != nil {
			return ok, err
		}
		t.probe(k, from, to, out, true)
		t.slotted = t.n
	}
	return true, nil
}

func (t *Table) longBytes(k *keyList, from, to int) int {
	size := 0
	for s := range t.layout.strings {
		for i := from; i < to; i++ {
			if key := t.stringOf(k, i, s); key.isLong() {
				size += int(key.len)
			}
		}
	}
	return size
}

func (t *Table) stringOf(k *keyList, i, s int) *stringKey {
	return (*stringKey)(unsafe.Pointer(&k.words[i*t.layout.words+2*s]))
}

// probe writes the groups of keys [from, to) to out; new keys get groups when
// insert is set, else None.
func (t *Table) probe(k *keyList, from, to int, out []uint32, insert bool) {
	switch {
	case len(t.layout.strings) > 0:
		t.probeStrings(k, from, to, out, insert)
	case t.layout.words == 1:
		t.probe1(k, from, to, out, insert)
	case t.layout.words == 2:
		t.probe2(k, from, to, out, insert)
	default:
		t.probeWords(k, from, to, out, insert)
	}
}

const saltMask = uint64(0xffffffff) << 32

func (t *Table) probe1(k *keyList, from, to int, out []uint32, insert bool) {
	slot, mask := t.slot, t.mask
	base, stride := unsafe.Add(t.rows.Base(), 8), t.stride
	words, hashes := k.words[:to], k.hashes[:to]
	for i := from; i < to; i++ {
		h, w := hashes[i], words[i]
		at := h & mask
		for {
			e := slot[at]
			if e == 0 {
				out[i] = None
				if insert {
					out[i] = t.add(k, i, at)
				}
				break
			}
			g := uint32(e) - 1
			if e^h < 1<<32 && *(*uint64)(unsafe.Add(base, uintptr(g)*stride)) == w {
				out[i] = g
				break
			}
			at = (at + 1) & mask
		}
	}
}

func (t *Table) probe2(k *keyList, from, to int, out []uint32, insert bool) {
	slot, mask := t.slot, t.mask
	base, stride := unsafe.Add(t.rows.Base(), 8), t.stride
	words, hashes := k.words[:2*to], k.hashes[:to]
	for i := from; i < to; i++ {
		h, w := hashes[i], [2]uint64{words[2*i], words[2*i+1]}
		at := h & mask
		for {
			e := slot[at]
			if e == 0 {
				out[i] = None
				if insert {
					out[i] = t.add(k, i, at)
				}
				break
			}
			g := uint32(e) - 1
			if p := (*[2]uint64)(unsafe.Add(base, uintptr(g)*stride)); e^h < 1<<32 && p[0] == w[0] && p[1] == w[1] {
				out[i] = g
				break
			}
			at = (at + 1) & mask
		}
	}
}

func (t *Table) probeWords(k *keyList, from, to int, out []uint32, insert bool) {
	for i := from; i < to; i++ {
		h := k.hashes[i]
		at := h & t.mask
		for {
			e := t.slot[at]
			if e == 0 {
				out[i] = None
				if insert {
					out[i] = t.add(k, i, at)
				}
				break
			}
			if g := uint32(e) - 1; e^h < 1<<32 && t.sameWords(k, i, g, 0) {
				out[i] = g
				break
			}
			at = (at + 1) & t.mask
		}
	}
}

func (t *Table) probeStrings(k *keyList, from, to int, out []uint32, insert bool) {
	heap := t.heapBytes()
	for i := from; i < to; i++ {
		h := k.hashes[i]
		at := h & t.mask
		for {
			e := t.slot[at]
			if e == 0 {
				out[i] = None
				if insert {
					out[i] = t.add(k, i, at)
				}
				break
			}
			if g := uint32(e) - 1; e^h < 1<<32 && t.Hash(g) == h && t.sameStrings(k, i, g, heap) && t.sameWords(k, i, g, 2*len(t.layout.strings)) {
				out[i] = g
				break
			}
			at = (at + 1) & t.mask
		}
	}
}

// sameWords compares key i with the key of g from word on.
func (t *Table) sameWords(k *keyList, i int, g uint32, word int) bool {
	a := k.words[i*t.layout.words : (i+1)*t.layout.words]
	b := unsafe.Slice((*uint64)(unsafe.Add(t.row(g), 8)), len(a))
	for ; word < len(a); word++ {
		if a[word] != b[word] {
			return false
		}
	}
	return true
}

func (t *Table) sameStrings(k *keyList, i int, g uint32, heap []byte) bool {
	row := unsafe.Add(t.row(g), 8)
	for s := range t.layout.strings {
		a, b := t.stringOf(k, i, s), (*stringKey)(unsafe.Add(row, 16*s))
		if a.len != b.len || a.prefix != b.prefix {
			return false
		}
		if !a.isLong() {
			if a.off != b.off {
				return false
			}
			continue
		}
		if !bytes.Equal(a.bytes(k.bytes), b.bytes(heap)) {
			return false
		}
	}
	return true
}

// add makes a group of key i at a free slot. Room has been reserved.
func (t *Table) add(k *keyList, i int, at uint64) uint32 {
	g := uint32(t.n)
	t.n++
	row := t.row(g)
	h := k.hashes[i]
	*(*uint64)(row) = h
	key := unsafe.Slice((*uint64)(unsafe.Add(row, 8)), t.layout.words)
	copy(key, k.words[i*t.layout.words:])
	for s := range t.layout.strings {
		if a := (*stringKey)(unsafe.Add(row, 8+16*s)); a.isLong() {
			copy(t.heap.Bytes()[t.used:], a.bytes(k.bytes))
			a.off = uint64(t.used)
			t.used += int(a.len)
		}
	}
	t.slot[at] = h&saltMask | uint64(g+1)
	return g
}

// Absorb writes to out the groups of the keys that rows name in from, a table of
// the same keys, making those that are new. It reports false as FindOrInsert does.
func (t *Table) Absorb(from *Table, rows, out []uint32) (bool, error) {
	k := &t.keys
	k.n = len(rows)
	words := t.layout.words
	if cap(k.words) < k.n*words {
		k.words = make([]uint64, k.n*words)
	}
	if cap(t.hashed) < k.n {
		t.hashed = make([]uint64, k.n)
	}
	k.words, k.hashes = k.words[:k.n*words], t.hashed[:k.n]
	for i, g := range rows {
		row := from.row(g)
		k.hashes[i] = *(*uint64)(row)
		copy(k.words[i*words:(i+1)*words], unsafe.Slice((*uint64)(unsafe.Add(row, 8)), words))
	}
	own := k.bytes
	k.bytes = from.heapBytes()
	ok, err := t.insertAll(k, out)
	k.bytes = own
	return ok, err
}
