package heap

import (
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

type mapState struct {
	backend *Backend
	sets    *table.Sets
	sets1   []uint64
}

func (s *mapState) rows() int { return s.sets.Entries() }

// found looks all keys up at once.
func (s *mapState) found(keys *keyed.Keys) []uint64 {
	for len(s.sets1) < keys.N() {
		s.sets1 = append(s.sets1, 0)
	}
	s.sets.Find(keys, s.sets1)
	return s.sets1
}

// Get implements keyed.MapState.
func (s *mapState) Get(keys *keyed.Keys, owner []uint32, subs *keyed.Rows, into *keyed.Rows) error {
	sets := s.found(keys)
	for i, k := range owner {
		if e, ok := s.sets.Entry(sets[k], subs.At(i)); ok {
			into.Append(e.Row)
		} else {
			into.AppendAbsent()
		}
	}
	return nil
}

// Put implements keyed.MapState.
func (s *mapState) Put(keys *keyed.Keys, owner []uint32, subs, rows *keyed.Rows) error {
	var e table.Entry
	for i, k := range owner {
		var err error
		if rows.Has[i] {
			e.Sub, e.Row = subs.At(i), rows.At(i)
			err = s.sets.PutEntry(keys.Hash[k], keys.At(int(k)), &e)
		} else {
			err = s.sets.RemoveEntry(keys.Hash[k], keys.At(int(k)), subs.At(i))
		}
		if err != nil {
			return fullError(err)
		}
	}
	s.backend.refresh()
	return nil
}

// ScanKeys implements keyed.MapState.
func (s *mapState) ScanKeys(keys *keyed.Keys, which []uint32, desc bool, limit int, c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	max += into.Rows.N()
	if c == nil {
		c = &keyed.Cursor{}
	}
	n := keys.N()
	if which != nil {
		n = len(which)
	}
	for ; c.Key < n; c.Key++ {
		k := uint32(c.Key)
		if which != nil {
			k = which[c.Key]
		}
		if set := s.sets.Lookup(keys.Hash[k], keys.At(int(k))); set != 0 {
			if !s.sets.AppendEntries(set, k, desc, limit, c, into, max) {
				return true, nil
			}
		}
		c.Pos, c.Last = 0, nil
	}
	return false, nil
}

// Clear implements keyed.MapState.
func (s *mapState) Clear(keys *keyed.Keys, which []uint32) error {
	n := keys.N()
	if which != nil {
		n = len(which)
	}
	for i := range n {
		k := i
		if which != nil {
			k = int(which[i])
		}
		if set := s.sets.Lookup(keys.Hash[k], keys.At(k)); set != 0 {
			s.sets.RemoveSet(set)
		}
	}
	s.backend.refresh()
	return nil
}
