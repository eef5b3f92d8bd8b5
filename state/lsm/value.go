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

// fresh marks a record that was never part of a flush: below there is nothing of
// its key, so that deleting it leaves no trace. It holds while the record's epoch
// is the current one.
const fresh = table.FlagA

type valueState struct {
	backend *Backend
	id      uint32
	table   *table.Table
	below   filter
	away    int // rows that went below, whatever became of them there
	found   table.Found
	refs    []uint64
	misses  misses
	gone    []goneKeys // oldest first
}

// goneKeys is the keys of an epoch that were deleted and whose records, marked
// Gone, wait in memory for a flush.
type goneKeys struct {
	epoch uint32
	keys  keyed.Keys
}

func (s *valueState) rows() (here, away int) { return s.table.Len(), s.away }

// settled forgets what was deleted up to a durable epoch: it is deleted below too.
func (s *valueState) settled(durable uint32) {
	for len(s.gone) > 0 && s.gone[0].epoch <= durable {
		keys := &s.gone[0].keys
		for i, hash := range keys.Hash {
			ref := s.table.LookUp(hash, keys.At(i))
			if ref == 0 {
				continue
			}
			if epoch, flags := s.backend.pool.State(ref); epoch <= durable && flags&table.Gone != 0 {
				s.table.Remove(ref)
			}
		}
		s.gone = s.gone[1:]
	}
}

// noteGone remembers a key whose record may have been marked.
func (s *valueState) noteGone(hash uint64, key []byte) {
	now := s.backend.pool.Epoch()
	if n := len(s.gone); n == 0 || s.gone[n-1].epoch != now {
		s.gone = append(s.gone, goneKeys{epoch: now})
	}
	s.gone[len(s.gone)-1].keys.Append(hash, key)
}

func (s *valueState) pendingDrops(dst []drop) []drop { return dst }

func (s *valueState) release() { s.below.release() }

// Get implements keyed.ValueState.
func (s *valueState) Get(keys *keyed.Keys, into *keyed.Rows) error {
	s.table.FindAll(keys, &s.found)
	s.backend.pool.Touch(s.found.Refs)
	s.misses.reset()
	if !s.below.empty() {
		for i, ref := range s.found.Refs {
			if ref == 0 && s.below.has(keys.Hash[i]) {
				s.misses.add(i)
				s.misses.key = appendPrefix(s.misses.key, s.backend.groupOf(keys.Hash[i]), s.id)
				s.misses.key = append(s.misses.key, keys.At(i)...)
				s.misses.endKey()
			}
		}
	}
	if s.misses.n() == 0 {
		s.table.Load(s.found.Refs, into)
		return nil
	}
	if err := s.misses.fetch(s.backend); err != nil {
		return err
	}
	m := 0
	for i, ref := range s.found.Refs {
		if m < s.misses.n() && s.misses.index[m] == i {
			if s.misses.rows.Has[m] {
				into.Append(s.misses.rows.At(m)[8:])
			} else {
				into.AppendAbsent()
			}
			m++
			continue
		}
		s.table.Load([]uint64{ref}, into)
	}
	return s.keep(keys)
}

// keep takes rows that were read from below into memory, where there is room.
func (s *valueState) keep(keys *keyed.Keys) error {
	for m, i := range s.misses.index {
		if !s.misses.rows.Has[m] {
			continue
		}
		if !s.backend.pool.Ensure(4) {
			return nil
		}
		if err := s.table.Upsert(keys.Hash[i], keys.At(i), s.misses.rows.At(m)[8:], 0, 0); err != nil && !errors.Is(err, table.ErrFull) {
			return err
		}
	}
	return nil
}

// Put implements keyed.ValueState.
func (s *valueState) Put(keys *keyed.Keys, which []uint32, rows *keyed.Rows) error {
	n := keys.N()
	if which != nil {
		n = len(which)
	}
	for i := range n {
		k := i
		if which != nil {
			k = int(which[i])
		}
		if err := s.put(keys, k, rows); err != nil {
			return fullError(err)
		}
	}
	s.backend.refresh()
	return nil
}

func (s *valueState) put(keys *keyed.Keys, k int, rows *keyed.Rows) error {
	hash, key := keys.Hash[k], keys.At(k)
	if err := s.backend.room(len(key) + rowLen(rows, k)); err != nil {
		return err
	}
	for again := true; ; again = false {
		ref := s.table.Locate(keys, k, &s.found)
		has := rows == nil || rows.Has[k]
		err := putRecord(s.backend, s.table, ref, hash, key, rowOf(rows, k), has, func() bool { return s.below.has(hash) })
		if err == nil && !has {
			s.noteGone(hash, key)
		}
		if err == nil || !again || !errors.Is(err, table.ErrFull) {
			return err
		}
		if err := s.backend.indexRoom(func() *table.Table { return s.table }, len(key)+rowLen(rows, k)); err != nil {
			return err
		}
	}
}

func rowLen(rows *keyed.Rows, k int) int { return len(rowOf(rows, k)) }

func rowOf(rows *keyed.Rows, k int) []byte {
	if rows == nil || !rows.Has[k] {
		return nil
	}
	return rows.At(k)
}

// putRecord stores or deletes one row of a table; below says whether the key may
// lie below without being in memory.
func putRecord(b *Backend, t *table.Table, ref, hash uint64, key, row []byte, has bool, below func() bool) error {
	now := b.pool.Epoch()
	flags := uint32(0)
	if ref != 0 {
		epoch, old := b.pool.State(ref)
		if epoch == now {
			flags = old & fresh
		}
	} else if !below() {
		flags = fresh
	}
	if has {
		_, err := t.Set(ref, hash, key, row, now, flags)
		return err
	}
	if flags&fresh != 0 {
		if ref != 0 {
			t.Remove(ref)
		}
		return nil
	}
	_, err := t.Set(ref, hash, key, nil, now, table.Gone)
	return err
}

func (s *valueState) flushRecord(r *table.Record, into *flush) error {
	if !into.dirty(r.Epoch) {
		return nil
	}
	into.key = appendPrefix(into.key[:0], s.backend.groupOf(r.Hash), s.id)
	into.key = append(into.key, r.Key...)
	var hash [8]byte
	binary.LittleEndian.PutUint64(hash[:], r.Hash)
	return into.add(r.Flags&table.Gone != 0, hash[:], r.Row)
}

func (s *valueState) evict(r table.Live, durable uint32) {
	if r.Epoch > durable {
		return
	}
	if r.Flags&table.Gone == 0 {
		s.addBelow(s.backend.pool.Hash(r.Ref))
		s.backend.evictedRows.Add(1)
	}
	s.table.Remove(r.Ref)
}

func (s *valueState) addBelow(hash uint64) {
	if s.below.add(hash) {
		s.away++
	}
}

func (s *valueState) restored(_, row []byte) { s.addBelow(binary.LittleEndian.Uint64(row)) }

// Scan implements keyed.ValueState.
func (s *valueState) Scan(c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	if c == nil {
		c = &keyed.Cursor{}
	}
	if c.Opaque == nil && s.below.empty() {
		var more bool
		s.refs, c.Pos, more = s.table.Scan(c.Pos, s.refs[:0], max)
		s.table.AppendRows(s.refs, into)
		return more, nil
	}
	return scanTiers(s.backend, s.table, c, into, max, func(dst []byte, group int) []byte { return appendPrefix(dst, group, s.id) })
}

// misses are keys to be read from below.
type misses struct {
	index []int // of the key in its batch
	key   []byte
	off   []int
	rows  keyed.Rows
	order []int
}

func (m *misses) reset() {
	m.index, m.key, m.off = m.index[:0], m.key[:0], append(m.off[:0], 0)
	m.rows.Reset()
}

func (m *misses) n() int          { return len(m.index) }
func (m *misses) add(i int)       { m.index = append(m.index, i) }
func (m *misses) endKey()         { m.off = append(m.off, len(m.key)) }
func (m *misses) at(i int) []byte { return m.key[m.off[i]:m.off[i+1]] }

// fetch reads them in the order of their keys, and gives the rows in the order they were added in.
func (m *misses) fetch(b *Backend) error {
	m.order = m.order[:0]
	for i := range m.index {
		m.order = append(m.order, i)
	}
	slices.SortFunc(m.order, func(x, y int) int { return bytes.Compare(m.at(x), m.at(y)) })
	var got keyed.Rows
	place := make([]int, len(m.order))
	for n, i := range m.order {
		place[i] = n
		b.reads.Add(1)
		value, closer, err := b.db.Get(m.at(i))
		if errors.Is(err, pebble.ErrNotFound) {
			got.AppendAbsent()
			continue
		}
		if err != nil {
			return err
		}
		got.Append(value)
		if err := closer.Close(); err != nil {
			return err
		}
		b.loaded.Add(1)
	}
	for _, n := range place {
		if got.Has[n] {
			m.rows.Append(got.At(n))
		} else {
			m.rows.AppendAbsent()
		}
	}
	return nil
}
