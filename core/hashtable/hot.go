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

// place is where a key may be. Two words carry nearly all of a short key.
func place(words []uint64) uint64 {
	x := words[0] * 0x9e3779b97f4a7c15
	for _, w := range words[1:] {
		x = (x ^ x>>32 ^ w) * 0x9e3779b97f4a7c15
	}
	return x >> 52
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
		e := h.groups[w*0x9e3779b97f4a7c15>>52]
		if e != 0 && *(*uint64)(unsafe.Add(base, uintptr(e-1)*stride)) == w {
			groups[r] = e - 1
			continue
		}
		h.missed = append(h.missed, uint32(i))
	}
}

func (h *hotIndex) findWords(t *Table, k *keyList, sel, groups []uint32) {
	words := t.layout.words
	for i := range k.n {
		r := uint32(i)
		if sel != nil {
			r = sel[i]
		}
		e := h.groups[place(k.words[i*words:(i+1)*words])]
		if e != 0 && t.sameWords(k, i, e-1, 0) && !t.hasLong(k, i) {
			groups[r] = e - 1
			continue
		}
		h.missed = append(h.missed, uint32(i))
	}
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
