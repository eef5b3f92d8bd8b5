package lsm

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

// tiers is a scan of memory and Pebble together, in the order of Pebble's keys.
// The keys in memory are listed once; their rows are looked up as the scan gets
// to them, so it does not matter which tier a row is in by then.
type tiers struct {
	keys   []memoryKey
	next   int
	last   []byte // of the keys shown
	begun  bool
	prefix [][]byte // by group
}

type memoryKey struct {
	key  []byte // as in Pebble
	hash uint64
}

// newTiers lists what is in memory.
func newTiers(b *Backend, t *table.Table, prefixOf func(dst []byte, group int) []byte) *tiers {
	s := &tiers{}
	for g := b.config.Groups.From; g < b.config.Groups.To; g++ {
		s.prefix = append(s.prefix, prefixOf(nil, g))
	}
	if t == nil {
		return s
	}
	t.Each(func(ref uint64) bool {
		hash := b.pool.Hash(ref)
		key := append([]byte(nil), s.prefix[b.groupOf(hash)-b.config.Groups.From]...)
		s.keys = append(s.keys, memoryKey{key: append(key, t.Key(ref)...), hash: hash})
		return true
	})
	slices.SortFunc(s.keys, func(x, y memoryKey) int { return bytes.Compare(x.key, y.key) })
	return s
}

// scanTiers goes on with a scan, from its start where the cursor has none. Rows
// whose rotated hash is below c.Pos were shown while the scan was in memory only.
func scanTiers(b *Backend, t *table.Table, c *keyed.Cursor, into *keyed.Entries, max int, prefixOf func(dst []byte, group int) []byte) (more bool, err error) {
	max += into.Keys.N()
	s, ok := c.Opaque.(*tiers)
	if !ok {
		s = newTiers(b, t, prefixOf)
		c.Opaque = s
	}
	it, err := b.db.NewIter(nil)
	if err != nil {
		return false, err
	}
	defer it.Close()
	for _, prefix := range s.prefix {
		if s.begun && bytes.Compare(after(prefix), s.last) <= 0 {
			continue
		}
		if more, err := s.scanGroup(b, t, it, prefix, c.Pos, into, max); more || err != nil {
			return more, err
		}
	}
	return false, it.Error()
}

func (s *tiers) scanGroup(b *Backend, t *table.Table, it *pebble.Iterator, prefix []byte, from uint64, into *keyed.Entries, max int) (bool, error) {
	start, end := prefix, after(prefix)
	if s.begun && bytes.Compare(s.last, start) >= 0 {
		start = append(slices.Clone(s.last), 0)
	}
	valid := it.SeekGE(start)
	for {
		below := valid && bytes.HasPrefix(it.Key(), prefix)
		above := s.next < len(s.keys) && bytes.Compare(s.keys[s.next].key, end) < 0
		if !below && !above {
			return false, it.Error()
		}
		if into.Keys.N() >= max {
			return true, nil
		}
		order := 0
		switch {
		case !below:
			order = -1
		case !above:
			order = 1
		default:
			order = bytes.Compare(s.keys[s.next].key, it.Key())
		}
		s.begun = true
		if order <= 0 {
			m := &s.keys[s.next]
			s.next++
			s.last = append(s.last[:0], m.key...)
			var row []byte
			if order == 0 {
				row = it.Value()
			}
			s.show(t, m.hash, m.key[len(prefix):], row, from, into)
		} else {
			s.last = append(s.last[:0], it.Key()...)
			row := it.Value()
			s.show(t, binary.LittleEndian.Uint64(row), it.Key()[len(prefix):], row, from, into)
		}
		if order >= 0 {
			valid = it.Next()
		}
	}
}

// show appends the row of a key: memory's, else below's.
func (s *tiers) show(t *table.Table, hash uint64, key, below []byte, from uint64, into *keyed.Entries) {
	if bits.RotateLeft64(hash, 16) < from {
		return
	}
	if t != nil {
		if ref := t.LookUp(hash, key); ref != 0 {
			t.AppendRows([]uint64{ref}, into)
			return
		}
	}
	if below != nil {
		into.Keys.Append(hash, key)
		into.Rows.Append(below[8:])
	}
}
