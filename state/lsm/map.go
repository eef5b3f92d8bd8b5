package lsm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// The flags of a set.
const (
	complete = table.FlagA // all entries of the key are in memory
	wiped    = table.FlagB // a range delete of the key may be on its way
)

// A key with up to so many entries is read as a whole when it is first touched.
const (
	loadEntries = 256
	loadBytes   = 16 << 10
)

// mapState keeps in memory whole keys (complete), and of larger keys the entries
// that were touched, on top of those below.
type mapState struct {
	backend *Backend
	id      uint32
	sets    *table.Sets
	below   filter // of keys
	away    int    // entries that went below, whatever became of them there
	cleared []drop // of epochs that are not durable
	key     []byte
}

func (s *mapState) rows() (here, away int) { return s.sets.Entries(), s.away }

func (s *mapState) settled(durable uint32) {
	s.sets.Durable = durable
	s.cleared = slices.DeleteFunc(s.cleared, func(d drop) bool { return d.epoch <= durable })
}

func (s *mapState) release() { s.below.release() }

// prefix is what the entries of a key begin with, below. It is valid until the next call.
func (s *mapState) prefix(hash uint64, key []byte) []byte {
	s.key = appendSet(s.key[:0], s.backend.groupOf(hash), s.id, hash, key)
	return s.key
}

// open is the set of a key as far as it is in memory, and whether that is all of it.
// Small keys that were evicted are read back.
func (s *mapState) open(hash uint64, key []byte) (set uint64, whole bool, err error) {
	set = s.sets.Lookup(hash, key)
	if set != 0 {
		s.backend.pool.Touch([]uint64{set})
		if s.sets.Flags(set)&complete != 0 {
			return set, true, nil
		}
	} else if !s.below.has(hash) {
		return 0, true, nil
	}
	if err := s.load(hash, key); err != nil {
		return 0, false, err
	}
	set = s.sets.Lookup(hash, key)
	return set, set != 0 && s.sets.Flags(set)&complete != 0, nil
}

// load reads a key whole where it is small and there is room.
func (s *mapState) load(hash uint64, key []byte) error {
	s.backend.reads.Add(1)
	prefix := s.prefix(hash, key)
	it, err := s.backend.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return err
	}
	defer it.Close()
	var subs, rows keyed.Rows
	for valid := it.First(); valid; valid = it.Next() {
		if subs.N() >= loadEntries || len(subs.Bytes)+len(rows.Bytes) > loadBytes {
			return nil
		}
		subs.Append(it.Key()[len(prefix):])
		rows.Append(it.Value())
	}
	if err := it.Error(); err != nil {
		return err
	}
	if need, _ := s.sets.Worst(0, 0); !s.backend.pool.Ensure(16 + need) {
		return nil
	}
	for i := range subs.N() {
		set := s.sets.Lookup(hash, key)
		if _, newer := s.sets.Entry(set, subs.At(i)); newer {
			continue
		}
		if err := s.sets.PutEntry(hash, key, &table.Entry{Sub: subs.At(i), Row: rows.At(i)}); err != nil {
			return err
		}
	}
	s.backend.loaded.Add(int64(subs.N()))
	return s.mark(hash, key, complete)
}

// mark adds a flag to a key's set, making it where there is none.
func (s *mapState) mark(hash uint64, key []byte, flag uint32) error {
	flags, epoch := flag, uint32(0)
	if set := s.sets.Lookup(hash, key); set != 0 {
		flags |= s.sets.Flags(set)
		epoch, _ = s.backend.pool.State(set)
	}
	return s.sets.SetFlags(hash, key, flags, epoch)
}

// Get implements keyed.MapState.
func (s *mapState) Get(keys *keyed.Keys, owner []uint32, subs *keyed.Rows, into *keyed.Rows) error {
	var set uint64
	var whole bool
	for i, k := range owner {
		if i == 0 || k != owner[i-1] {
			var err error
			if set, whole, err = s.open(keys.Hash[k], keys.At(int(k))); err != nil {
				return fullError(err)
			}
		}
		e, found := s.sets.Entry(set, subs.At(i))
		switch {
		case found && !e.Gone:
			into.Append(e.Row)
		case found || whole:
			into.AppendAbsent()
		default:
			if err := s.getBelow(keys.Hash[k], keys.At(int(k)), subs.At(i), into); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *mapState) getBelow(hash uint64, key, sub []byte, into *keyed.Rows) error {
	s.backend.reads.Add(1)
	value, closer, err := s.backend.db.Get(append(s.prefix(hash, key), sub...))
	if errors.Is(err, pebble.ErrNotFound) {
		into.AppendAbsent()
		return nil
	}
	if err != nil {
		return err
	}
	into.Append(value)
	s.backend.loaded.Add(1)
	return closer.Close()
}

// Put implements keyed.MapState.
func (s *mapState) Put(keys *keyed.Keys, owner []uint32, subs, rows *keyed.Rows) error {
	for i, k := range owner {
		if err := s.put(keys.Hash[k], keys.At(int(k)), subs.At(i), rowOf(rows, i), rows.Has[i]); err != nil {
			return fullError(err)
		}
	}
	s.backend.refresh()
	return nil
}

func (s *mapState) put(hash uint64, key, sub, row []byte, has bool) error {
	if err := s.roomFor(hash, key, len(sub)+len(row)); err != nil {
		return err
	}
	now := s.backend.pool.Epoch()
	set := s.sets.Lookup(hash, key)
	if set == 0 && !s.below.has(hash) {
		if !has {
			return nil
		}
		return s.sets.Begin(hash, key, &table.Entry{Sub: sub, Row: row, Epoch: now}, complete)
	}
	if !has && set != 0 && s.sets.Flags(set)&complete != 0 {
		if _, found := s.sets.Entry(set, sub); !found {
			return nil
		}
	}
	return s.sets.PutEntry(hash, key, &table.Entry{Sub: sub, Row: row, Epoch: now, Gone: !has})
}

// roomFor makes room for all that a change of one entry may write: leaves, the
// directory of a large key, and a larger index. A set must not run out of memory
// in the middle of a change.
func (s *mapState) roomFor(hash uint64, key []byte, bytes int) error {
	return s.backend.pages(func() (singles, span int) {
		return s.sets.Worst(s.sets.Lookup(hash, key), bytes+2*len(key))
	})
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
		if err := s.clear(keys.Hash[k], keys.At(k)); err != nil {
			return fullError(err)
		}
	}
	s.backend.refresh()
	return nil
}

func (s *mapState) clear(hash uint64, key []byte) error {
	b := s.backend
	if err := s.roomFor(hash, key, 64); err != nil {
		return err
	}
	set := s.sets.Lookup(hash, key)
	if set == 0 && !s.below.has(hash) {
		return nil
	}
	now := b.pool.Epoch()
	if set != 0 {
		epoch, _ := b.pool.State(set)
		untouched := s.sets.Flags(set) == complete && epoch == now && !s.below.has(hash)
		s.sets.RemoveSet(set)
		if untouched {
			return nil // made in this epoch: nothing of it was ever flushed
		}
	}
	prefix := slices.Clone(s.prefix(hash, key))
	s.cleared = append(s.cleared, drop{start: prefix, end: after(prefix), epoch: now})
	return s.sets.SetFlags(hash, key, complete|wiped, now)
}

func (s *mapState) flushRecord(r *table.Record, into *flush) error {
	return table.EachEntry(r.Row, func(e *table.Entry) error {
		if into.dirty(e.Epoch) {
			into.key = appendSet(into.key[:0], s.backend.groupOf(r.Hash), s.id, r.Hash, r.Key)
			into.key = append(into.key, e.Sub...)
			return into.add(e.Gone, e.Row)
		}
		return nil
	})
}

func (s *mapState) evict(r table.Live, durable uint32) {
	set := s.sets.SetOf(r.Ref)
	if set == 0 || !s.sets.CleanSet(set, durable) {
		return
	}
	entries := s.sets.Size(set)
	s.backend.evictedRows.Add(int64(entries))
	if (s.sets.Flags(set)&complete == 0 || s.sets.AnyEntry(set)) && s.below.add(s.backend.pool.Hash(r.Ref)) {
		s.away += entries
	}
	s.sets.RemoveSet(set)
}

func (s *mapState) restored(key, _ []byte) {
	s.below.add(binary.BigEndian.Uint64(key[prefixBytes:]))
	s.away++
}

func (s *mapState) pendingDrops(dst []drop) []drop { return append(dst, s.cleared...) }

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
		set, whole, err := s.open(keys.Hash[k], keys.At(int(k)))
		if err != nil {
			return false, fullError(err)
		}
		done := true
		if whole {
			if set != 0 {
				done = s.sets.AppendEntries(set, k, desc, limit, c, into, max)
			}
		} else if done, err = s.merge(set, keys.Hash[k], keys.At(int(k)), k, desc, limit, c, into, max); err != nil {
			return false, err
		}
		if !done {
			return true, nil
		}
		c.Pos, c.Last = 0, nil
	}
	return false, nil
}

// merge is Sets.AppendEntries of a key that is partly below.
func (s *mapState) merge(set, hash uint64, key []byte, owner uint32, desc bool, limit int, c *keyed.Cursor, into *keyed.Entries, max int) (done bool, err error) {
	prefix := slices.Clone(s.prefix(hash, key))
	it, err := s.backend.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return false, err
	}
	defer it.Close()
	below := seekBelow(it, prefix, c.Last, desc)
	had := into.Subs.N()
	memory, left := s.gather(set, c.Last, desc, max)
	for {
		if len(memory) == 0 && left {
			memory, left = s.gather(set, lastSub(into, had, c), desc, max)
		}
		if !below && len(memory) == 0 {
			return true, it.Error()
		}
		if into.Rows.N() >= max {
			if into.Subs.N() > had {
				c.Last = append(nonNil(c.Last)[:0], into.Subs.At(into.Subs.N()-1)...)
			}
			return false, nil
		}
		order := compareTiers(memory, below, it, prefix, desc)
		if order <= 0 {
			e := memory[0]
			memory = memory[1:]
			if order == 0 {
				below = advance(it, desc)
			}
			if e.Gone {
				if len(memory) == 0 && left {
					memory, left = s.gather(set, e.Sub, desc, max)
				}
				continue
			}
			appendOne(into, owner, e.Sub, e.Row)
		} else {
			appendOne(into, owner, it.Key()[len(prefix):], it.Value())
			below = advance(it, desc)
		}
		if c.Pos++; limit > 0 && c.Pos >= uint64(limit) {
			return true, it.Error()
		}
	}
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func lastSub(into *keyed.Entries, had int, c *keyed.Cursor) []byte {
	if into.Subs.N() > had {
		return nonNil(into.Subs.At(into.Subs.N() - 1))
	}
	return c.Last
}

func appendOne(into *keyed.Entries, owner uint32, sub, row []byte) {
	into.Owner = append(into.Owner, owner)
	into.Subs.Append(sub)
	into.Rows.Append(row)
}

// gather copies up to max+1 entries of memory behind sub, and says whether there are more.
func (s *mapState) gather(set uint64, sub []byte, desc bool, max int) (out []table.Entry, left bool) {
	limit := min(max, 1<<20) + 1
	s.sets.Walk(set, sub, desc, func(e *table.Entry) bool {
		if len(out) >= limit {
			left = true
			return false
		}
		out = append(out, table.Entry{Sub: slices.Clone(nonNil(e.Sub)), Row: slices.Clone(e.Row), Gone: e.Gone})
		return true
	})
	return out, left
}

func seekBelow(it *pebble.Iterator, prefix, last []byte, desc bool) bool {
	switch {
	case last == nil && desc:
		return it.Last()
	case last == nil:
		return it.First()
	case desc:
		return it.SeekLT(append(slices.Clone(prefix), last...))
	}
	return it.SeekGE(append(append(slices.Clone(prefix), last...), 0))
}

func advance(it *pebble.Iterator, desc bool) bool {
	if desc {
		return it.Prev()
	}
	return it.Next()
}

func compareTiers(memory []table.Entry, below bool, it *pebble.Iterator, prefix []byte, desc bool) int {
	switch {
	case !below:
		return -1
	case len(memory) == 0:
		return 1
	}
	order := bytes.Compare(memory[0].Sub, it.Key()[len(prefix):])
	if desc {
		return -order
	}
	return order
}
