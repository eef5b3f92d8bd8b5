package join

import "slices"

// byKey brings the rows of a batch that have one key together, in their order.
type byKey struct {
	ends   []uint32 // by key: where its rows end in sorted
	sorted []uint32
}

// sort orders the rows of sel; row r has key index[r].
func (s *byKey) sort(keys int, index, sel []uint32) {
	s.ends = slices.Grow(s.ends[:0], keys)[:keys]
	clear(s.ends)
	for _, r := range sel {
		s.ends[index[r]]++
	}
	at := uint32(0)
	for k, n := range s.ends { // first where they begin; after the loop below, where they end
		s.ends[k] = at
		at += n
	}
	s.sorted = slices.Grow(s.sorted[:0], len(sel))[:len(sel)]
	for _, r := range sel {
		k := index[r]
		s.sorted[s.ends[k]] = r
		s.ends[k]++
	}
}
