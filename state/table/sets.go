package table

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/weir-engine/weir/state/keyed"
)

// Sets maps keys to entries ordered by sub-key. The record of a key holds its
// entries itself while they are few; then it becomes a directory, the list of
// leaves in order, and each leaf is a record that repeats the key, so that a
// page can be read alone. There are no empty leaves and no empty sets, but for
// sets whose owner's flags are set. After an error, which is ErrFull, the set
// may have lost entries: who wants to go on calls Pool.Ensure first.
type Sets struct {
	*Table
	Durable uint32 // what was deleted up to this epoch is deleted below too
	entries int
	anyGone bool   // an entry marked Gone was ever put
	buf     []byte // the leaf being rebuilt
	dir     []byte
	offs    []int
}

// NewSets makes the empty sets of a state.
func NewSets(pool *Pool, owner uint16) *Sets { return &Sets{Table: NewTable(pool, owner, 0)} }

const ownerFlags = FlagA | FlagB

// Lookup is the record of a key; 0: it has no entries.
func (s *Sets) Lookup(hash uint64, key []byte) uint64 {
	ref, _ := s.find(hash, key)
	return ref
}

// Entries is the number of entries, those marked Gone included.
func (s *Sets) Entries() int { return s.entries }

// Flags is the owner's flags of a set.
func (s *Sets) Flags(set uint64) uint32 { return s.pool.header(set).flags & ownerFlags }

// SetFlags changes the owner's flags of a key, making an empty set where there is none.
func (s *Sets) SetFlags(hash uint64, key []byte, flags uint32, epoch uint32) error {
	set, _ := s.find(hash, key)
	if set == 0 {
		_, err := s.Set(0, hash, key, nil, epoch, flags)
		return err
	}
	s.pool.own(pageOf(set))
	h := s.pool.header(set)
	h.flags = h.flags&^ownerFlags | flags
	h.epoch = epoch
	return nil
}

func (s *Sets) isDirectory(set uint64) bool { return s.pool.header(set).flags&flagDirectory != 0 }

// leaves is the number of leaves of a set.
func (s *Sets) leaves(set uint64) int {
	if s.isDirectory(set) {
		return int(s.pool.header(set).rlen) / 8
	}
	return 1
}

// leafRef is the record of leaf i: the set's own while it is no directory.
func (s *Sets) leafRef(set uint64, i int) uint64 {
	if s.isDirectory(set) {
		return binary.LittleEndian.Uint64(s.Row(set)[i*8:])
	}
	return set
}

// leafOf is the leaf where sub is or belongs: the last that begins at or before it.
func (s *Sets) leafOf(set uint64, sub []byte) int {
	if !s.isDirectory(set) {
		return 0
	}
	lo, hi := 0, s.leaves(set)
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if bytes.Compare(subAt(s.Row(s.leafRef(set, mid)), 0), sub) <= 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Entry finds an entry of a set.
func (s *Sets) Entry(set uint64, sub []byte) (e Entry, ok bool) {
	if set == 0 {
		return e, false
	}
	leaf := s.Row(s.leafRef(set, s.leafOf(set, sub)))
	at, found := seek(leaf, sub)
	if found {
		e, _ = entryAt(leaf, at)
	}
	return e, found
}

// PutEntry stores an entry of a key.
func (s *Sets) PutEntry(hash uint64, key []byte, e *Entry) error {
	s.anyGone = s.anyGone || e.Gone
	set, _ := s.find(hash, key)
	if set == 0 {
		s.buf = appendEntry(s.buf[:0], e)
		s.entries++
		_, err := s.Set(0, hash, key, s.buf, e.Epoch, 0)
		return err
	}
	i := s.leafOf(set, e.Sub)
	ref := s.leafRef(set, i)
	leaf := s.Row(ref)
	at, found := seek(leaf, e.Sub)
	end := at
	if found {
		_, end = entryAt(leaf, at)
	}
	if found && end-at == entryHeader+len(e.Sub)+len(e.Row) {
		s.pool.own(pageOf(ref))
		s.buf = appendEntry(s.buf[:0], e)
		copy(leaf[at:end], s.buf)
		return nil
	}
	if !found {
		s.entries++
	}
	s.buf = append(s.buf[:0], leaf[:at]...)
	s.buf = appendEntry(s.buf, e)
	s.buf = append(s.buf, leaf[end:]...)
	if s.anyGone && s.Durable > 0 && s.Flags(set)&FlagA != 0 {
		s.purge()
	}
	return s.replace(set, i, hash, key)
}

// Begin stores the first entry of a key that has no set yet, which the caller has
// looked up.
func (s *Sets) Begin(hash uint64, key []byte, e *Entry, flags uint32) error {
	s.buf = appendEntry(s.buf[:0], e)
	if _, err := s.Set(0, hash, key, s.buf, e.Epoch, flags); err != nil {
		return err
	}
	s.entries++
	return nil
}

// RemoveEntry takes an entry of a key out, where there is one.
func (s *Sets) RemoveEntry(hash uint64, key, sub []byte) error {
	set, _ := s.find(hash, key)
	if set == 0 {
		return nil
	}
	i := s.leafOf(set, sub)
	leaf := s.Row(s.leafRef(set, i))
	at, found := seek(leaf, sub)
	if !found {
		return nil
	}
	_, end := entryAt(leaf, at)
	s.entries--
	s.buf = append(s.buf[:0], leaf[:at]...)
	s.buf = append(s.buf, leaf[end:]...)
	return s.replace(set, i, hash, key)
}

// replace makes s.buf the contents of leaf i.
func (s *Sets) replace(set uint64, i int, hash uint64, key []byte) error {
	split := len(s.buf)
	if len(s.buf) > leafMax {
		if h := halve(s.buf); h > 0 {
			split = h
		}
	}
	if !s.isDirectory(set) {
		return s.replaceInline(set, split, hash, key)
	}
	if len(s.buf) == 0 {
		return s.dropLeaf(set, i, hash, key)
	}
	ref := s.leafRef(set, i)
	fresh, err := s.writeLeaf(ref, hash, key, s.buf[:split])
	if err != nil {
		return err
	}
	if fresh == ref && split == len(s.buf) {
		return nil
	}
	s.dir = append(s.dir[:0], s.Row(set)...)
	binary.LittleEndian.PutUint64(s.dir[i*8:], fresh)
	if split < len(s.buf) {
		right, err := s.writeLeaf(0, hash, key, s.buf[split:])
		if err != nil {
			return err
		}
		s.dir = slices.Insert(s.dir, (i+1)*8, binary.LittleEndian.AppendUint64(nil, right)...)
	}
	return s.setDirectory(set, hash, key)
}

func (s *Sets) replaceInline(set uint64, split int, hash uint64, key []byte) error {
	h := s.pool.header(set)
	if len(s.buf) == 0 && h.flags&ownerFlags == 0 {
		s.Remove(set)
		return nil
	}
	if split == len(s.buf) {
		_, err := s.Set(set, hash, key, s.buf, h.epoch, h.flags)
		return err
	}
	s.dir = s.dir[:0]
	for _, part := range [][]byte{s.buf[:split], s.buf[split:]} {
		ref, err := s.writeLeaf(0, hash, key, part)
		if err != nil {
			return err
		}
		s.dir = binary.LittleEndian.AppendUint64(s.dir, ref)
	}
	return s.setDirectory(set, hash, key)
}

func (s *Sets) setDirectory(set, hash uint64, key []byte) error {
	h := s.pool.header(set)
	_, err := s.Set(set, hash, key, s.dir, h.epoch, h.flags&ownerFlags|flagDirectory)
	return err
}

// writeLeaf stores a leaf, in its record where it fits.
func (s *Sets) writeLeaf(ref, hash uint64, key, leaf []byte) (uint64, error) {
	rowAt := s.keyAt + padded(len(key))
	if ref != 0 && rowAt+len(leaf) <= s.pool.room(ref) {
		s.pool.own(pageOf(ref))
		s.pool.header(ref).rlen = uint32(len(leaf))
		copy(s.pool.bytesAt(ref, rowAt, len(leaf)), leaf)
		return ref, nil
	}
	fresh, err := s.record(rowAt+len(leaf)+len(leaf)/8, hash, key, leaf, 0, flagLeaf)
	if err == nil && ref != 0 {
		s.slab.release(ref)
	}
	return fresh, err
}

func (s *Sets) dropLeaf(set uint64, i int, hash uint64, key []byte) error {
	s.slab.release(s.leafRef(set, i))
	s.dir = append(s.dir[:0], s.Row(set)...)
	s.dir = slices.Delete(s.dir, i*8, i*8+8)
	if len(s.dir) > 0 {
		return s.setDirectory(set, hash, key)
	}
	h := s.pool.header(set)
	if h.flags&ownerFlags == 0 {
		s.Remove(set)
		return nil
	}
	_, err := s.Set(set, hash, key, nil, h.epoch, h.flags&ownerFlags)
	return err
}

// RemoveSet takes a key out with all its entries.
func (s *Sets) RemoveSet(set uint64) {
	for i := range s.leaves(set) {
		s.entries -= countEntries(s.Row(s.leafRef(set, i)))
	}
	if s.isDirectory(set) {
		for i := range s.leaves(set) {
			s.slab.release(s.leafRef(set, i))
		}
	}
	s.Remove(set)
}

// Walk calls f for the entries of a set in order (descending when desc), those
// after sub only (before it when desc) unless sub is nil, until f returns false.
func (s *Sets) Walk(set uint64, sub []byte, desc bool, f func(e *Entry) bool) {
	if set == 0 {
		return
	}
	i := 0
	switch {
	case sub != nil:
		i = s.leafOf(set, sub)
	case desc:
		i = s.leaves(set) - 1
	}
	for ; i >= 0 && i < s.leaves(set); i += step(desc) {
		if !s.walkLeaf(s.Row(s.leafRef(set, i)), sub, desc, f) {
			return
		}
	}
}

func step(desc bool) int {
	if desc {
		return -1
	}
	return 1
}

func (s *Sets) walkLeaf(leaf, sub []byte, desc bool, f func(e *Entry) bool) bool {
	if !desc {
		for at := 0; at < len(leaf); {
			e, next := entryAt(leaf, at)
			at = next
			if sub != nil && bytes.Compare(e.Sub, sub) <= 0 {
				continue
			}
			if !f(&e) {
				return false
			}
		}
		return true
	}
	s.offs = s.offs[:0]
	for at := 0; at < len(leaf); {
		s.offs = append(s.offs, at)
		_, at = entryAt(leaf, at)
	}
	for k := len(s.offs) - 1; k >= 0; k-- {
		e, _ := entryAt(leaf, s.offs[k])
		if sub != nil && bytes.Compare(e.Sub, sub) >= 0 {
			continue
		}
		if !f(&e) {
			return false
		}
	}
	return true
}

// AppendEntries appends entries of a set to into, owned by owner, going on after
// *last (nil: from the start); it stops when into has max entries or n of them
// were appended, and reports whether the set was exhausted or the limit reached.
// Entries marked Gone are passed over.
func (s *Sets) AppendEntries(set uint64, owner uint32, desc bool, limit int, c *keyed.Cursor, into *keyed.Entries, max int) (done bool) {
	done = true
	last, had := c.Last, into.Subs.N()
	s.Walk(set, last, desc, func(e *Entry) bool {
		if e.Gone {
			return true
		}
		if into.Rows.N() >= max {
			done = false
			return false
		}
		into.Owner = append(into.Owner, owner)
		into.Subs.Append(e.Sub)
		into.Rows.Append(e.Row)
		c.Pos++
		if limit > 0 && c.Pos >= uint64(limit) {
			return false
		}
		return true
	})
	if !done && into.Subs.N() > had {
		if c.Last == nil {
			c.Last = []byte{} // an empty sub-key is not the start
		}
		c.Last = append(c.Last[:0], into.Subs.At(into.Subs.N()-1)...)
	}
	return done
}
