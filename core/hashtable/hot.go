package hashtable

import "unsafe"

const (
	hotGroups  = 1024 // the most groups for which the hot index is asked
	hotEntries = 4096
)

// hotIndex is the way for few groups whatever their keys: a direct-mapped cache
// from key words to groups, found by one multiplication in place of the hash.
type hotIndex struct {
	groups []uint32 // group+1; 0: free
	missed []uint32 // positions in the key list
	rest   int
}

func (h *hotIndex) reset() { clear(h.groups); h.rest = 0 }

func (h *hotIndex) on(t *Table) bool {
	if h.rest > 0 {
		h.rest--
		return false
	}
	return t.n > 0 && t.n <= hotGroups && h.groups != nil
}

// odd multiplies each word by its own number, so that the products do not wait for each other.
var odd = [8]uint64{
	0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93,
	0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3,
}

// place is where a key may be.
func place(words []uint64) uint64 {
	var x uint64
	for i, w := range words {
		x += w * odd[i&7]
	}
	return (x ^ x>>31) * odd[1] >> 52
}

// find writes the groups it knows and returns the positions it does not.
func (h *hotIndex) find(t *Table, k *keyList, sel, groups []uint32) []uint32 {
	h.missed = h.missed[:0]
	if t.layout.words == 1 {
		h.find1(t, k, sel, groups)
	} else {
		h.findWords(t, k, sel, groups)
	}
	if len(h.missed) > k.n/4 {
		h.rest = restTime
	}
	return h.missed
}

func (h *hotIndex) find1(t *Table, k *keyList, sel, groups []uint32) {
	base, stride := unsafe.Add(t.rows.Base(), 8), t.stride
	for i, w := range k.words[:k.n] {
		r := uint32(i)
		if sel != nil {
			r = sel[i]
		}
		x := w * odd[0]
		e := h.groups[(x^x>>31)*odd[1]>>52]
		if e != 0 && *(*uint64)(unsafe.Add(base, uintptr(e-1)*stride)) == w {
			groups[r] = e - 1
			continue
		}
		h.missed = append(h.missed, uint32(i))
	}
}

func (h *hotIndex) findWords(t *Table, k *keyList, sel, groups []uint32) {
	n := t.layout.words
	base, stride := unsafe.Add(t.rows.Base(), 8), t.stride
	long := len(k.bytes) > 0
	for i := range k.n {
		r := uint32(i)
		if sel != nil {
			r = sel[i]
		}
		key := k.words[i*n : (i+1)*n]
		e := h.groups[place(key)]
		if e == 0 || long && t.hasLong(k, i) || !sameAs(unsafe.Add(base, uintptr(e-1)*stride), key) {
			h.missed = append(h.missed, uint32(i))
			continue
		}
		groups[r] = e - 1
	}
}

// sameAs compares the words at p with key, without a branch for each.
func sameAs(p unsafe.Pointer, key []uint64) bool {
	var diff uint64
	for i, w := range key {
		diff |= w ^ *(*uint64)(unsafe.Add(p, 8*i))
	}
	return diff == 0
}

// hasLong reports a key whose words do not tell all.
func (t *Table) hasLong(k *keyList, i int) bool {
	for s := range t.layout.strings {
		if t.stringOf(k, i, s).isLong() {
			return true
		}
	}
	return false
}

// observe learns the groups of keys that went by hash.
func (h *hotIndex) observe(t *Table, k *keyList, groups []uint32) {
	if t.n > hotGroups {
		return
	}
	if h.groups == nil {
		h.groups = make([]uint32, hotEntries)
	}
	words := t.layout.words
	for i := range k.n {
		if !t.hasLong(k, i) {
			h.groups[place(k.words[i*words:(i+1)*words])] = groups[i] + 1
		}
	}
}
