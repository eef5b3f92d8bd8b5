package join

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// stored is one side of a Regular join in state: rows below their join key, by
// the 128-bit hash of the row (with a count), by their unique key, or alone.
//
//	row = count (8) | associations (8) | last change (8), where rows expire | row bytes
type stored struct {
	keys   []int
	types  []types.Type
	layout physical.JoinState
	unique []int
	counts bool             // rows count their associations
	expiry *operator.Expiry // nil: rows live for ever
	head   int

	rows  keyed.MapState
	codec *rowcodec.RowCodec

	// As the other side: all rows of the batch's keys.
	loaded  keyed.Entries
	first   []int // by key: its first entry; one more than keys
	cols    []vector.Vector
	build   []*vector.Builder
	dirty   []bool
	changed []uint32

	// As the own side: the distinct rows of the batch.
	grouper keyed.Grouper
	encoder rowcodec.KeyEncoder
	slot    []uint32 // by row of the batch: its distinct row
	owner   []uint32 // by distinct row: its key
	subs    keyed.Rows
	fresh   keyed.Rows // as they would be stored
	have    keyed.Rows // as they are
	counted []int64
	assoc   []int64
	latest  []uint32 // by distinct row: the row of the batch whose bytes count
	pick    []vector.Vector
	in      *stream.Batch
}

const stateHead = 16 // without the last change

func (s *stored) open(store keyed.Store, name string) (err error) {
	if s.rows, err = store.Map(name); err != nil {
		return err
	}
	s.head = stateHead
	if s.expiry != nil {
		s.head += 8
	}
	// Holds nothing: a checkpoint with rows of the other head is refused by its width.
	if _, err = store.Value(name+"-head", s.head); err != nil {
		return err
	}
	s.codec = rowcodec.NewRowCodec(s.types)
	s.codec.Prefix = s.head
	for _, t := range s.types {
		s.build = append(s.build, vector.NewBuilder(t))
	}
	for _, b := range s.build {
		s.cols = append(s.cols, b.Finish()) // of no rows, but of their layout
	}
	return nil
}

// loadAll loads all rows of the keys.
func (s *stored) loadAll(keys *keyed.Keys) error {
	s.loaded.Reset()
	var c keyed.Cursor
	for more := true; more; {
		var err error
		if more, err = s.rows.ScanKeys(keys, nil, false, 0, &c, &s.loaded, stream.BatchRows); err != nil {
			return err
		}
	}
	s.first = s.first[:0]
	for e, k := range s.loaded.Owner {
		for len(s.first) <= int(k) {
			s.first = append(s.first, e)
		}
	}
	for len(s.first) <= keys.N() {
		s.first = append(s.first, len(s.loaded.Owner))
	}
	if err := decodeColumns(s.codec, &s.loaded.Rows, s.build, s.cols); err != nil {
		return err
	}
	s.dirty = append(s.dirty[:0], make([]bool, len(s.loaded.Owner))...)
	s.changed = s.changed[:0]
	return nil
}

func (s *stored) count(e uint32) int64 {
	return int64(binary.LittleEndian.Uint64(s.loaded.Rows.At(int(e))))
}

func (s *stored) associations(e uint32) int64 {
	return int64(binary.LittleEndian.Uint64(s.loaded.Rows.At(int(e))[8:]))
}

func (s *stored) associate(e uint32, n int64) {
	binary.LittleEndian.PutUint64(s.loaded.Rows.At(int(e))[8:], uint64(n))
	if !s.dirty[e] {
		s.dirty[e] = true
		s.changed = append(s.changed, e)
	}
}

// storeAssociations writes the entries whose associations have changed.
func (s *stored) storeAssociations(keys *keyed.Keys) error {
	if len(s.changed) == 0 {
		return nil
	}
	var owner []uint32
	var subs, rows keyed.Rows
	for _, e := range s.changed {
		s.touch(s.loaded.Rows.At(int(e)))
		owner = append(owner, s.loaded.Owner[e])
		subs.Append(s.loaded.Subs.At(int(e)))
		rows.Append(s.loaded.Rows.At(int(e)))
	}
	return s.rows.Put(keys, owner, &subs, &rows)
}

// loadRows finds the distinct rows of a batch, by what identifies them, and
// loads what is stored of them.
func (s *stored) loadRows(keys *keyed.Keys, index []uint32, b *stream.Batch, sel []uint32) error {
	s.in = b
	s.pick = s.pick[:0]
	switch s.layout {
	case physical.NoUniqueKey:
		s.pick = append(s.pick, b.Cols...)
	case physical.HasUniqueKey:
		for _, c := range s.keys {
			s.pick = append(s.pick, b.Cols[c])
		}
		for _, c := range s.unique {
			s.pick = append(s.pick, b.Cols[c])
		}
	default:
		for _, c := range s.keys {
			s.pick = append(s.pick, b.Cols[c])
		}
	}
	s.slot = s.grouper.Index(s.pick, b.Rows, sel)
	firsts := s.grouper.First()
	n := len(firsts)
	s.owner, s.latest = s.owner[:0], append(s.latest[:0], firsts...)
	for _, r := range firsts {
		s.owner = append(s.owner, index[r])
	}
	s.subs.Reset()
	s.fresh.Reset()
	switch s.layout {
	case physical.NoUniqueKey:
		s.codec.Encode(b.Cols, b.Rows, firsts, &s.fresh)
		for i := range n {
			h := xxh3.Hash128(s.fresh.At(i)[s.head:])
			sub := h.Bytes()
			s.subs.Append(sub[:])
		}
	case physical.HasUniqueKey:
		s.pick = s.pick[:0]
		for _, c := range s.unique {
			s.pick = append(s.pick, b.Cols[c])
		}
		s.encoder.EncodeSubs(s.pick, b.Rows, firsts, &s.subs)
	default:
		for range n {
			s.subs.Append(nil)
		}
	}
	s.have.Reset()
	if err := s.rows.Get(keys, s.owner, &s.subs, &s.have); err != nil {
		return err
	}
	s.counted, s.assoc = slices.Grow(s.counted[:0], n)[:n], slices.Grow(s.assoc[:0], n)[:n]
	for i := range n {
		s.counted[i], s.assoc[i] = 0, 0
		if !s.have.Has[i] {
			continue
		}
		have := s.have.At(i)
		if s.isOver(have) {
			continue
		}
		s.counted[i] = int64(binary.LittleEndian.Uint64(have))
		s.assoc[i] = int64(binary.LittleEndian.Uint64(have[8:]))
		if s.layout == physical.NoUniqueKey && !bytes.Equal(have[s.head:], s.fresh.At(i)[s.head:]) {
			return fmt.Errorf("join: two rows of one key have the 128-bit hash %x", s.subs.At(i))
		}
	}
	return nil
}

// change adds or takes away row r of the batch, which matches some rows of the other side.
func (s *stored) change(r uint32, matches int64, retract bool) {
	d := s.slot[r]
	switch {
	case retract && s.layout == physical.NoUniqueKey:
		s.counted[d] = max(0, s.counted[d]-1)
	case retract:
		s.counted[d] = 0
	case s.layout == physical.NoUniqueKey:
		s.counted[d]++
		s.assoc[d] = matches
	default:
		s.counted[d], s.assoc[d], s.latest[d] = 1, matches, r
	}
}

// storeRows writes the distinct rows of the batch.
func (s *stored) storeRows(keys *keyed.Keys) error {
	if s.layout != physical.NoUniqueKey {
		s.fresh.Reset()
		s.codec.Encode(s.in.Cols, s.in.Rows, s.latest, &s.fresh)
	}
	for i := range s.owner {
		s.fresh.Has[i] = s.counted[i] > 0
		head := s.fresh.At(i)
		binary.LittleEndian.PutUint64(head, uint64(s.counted[i]))
		binary.LittleEndian.PutUint64(head[8:], uint64(s.assoc[i]))
		s.touch(head)
	}
	return s.rows.Put(keys, s.owner, &s.subs, &s.fresh)
}

// isOver reports whether the time of a stored row is over.
func (s *stored) isOver(row []byte) bool {
	return s.expiry != nil && s.expiry.IsOver(int64(binary.LittleEndian.Uint64(row[stateHead:])))
}

// touch notes the time of a row's change.
func (s *stored) touch(row []byte) {
	if s.expiry != nil {
		binary.LittleEndian.PutUint64(row[stateHead:], uint64(s.expiry.Now()))
	}
}

// sweep deletes the rows of the keys whose time is over.
func (s *stored) sweep(keys *keyed.Keys) error {
	var c keyed.Cursor
	var found keyed.Entries
	var owner []uint32
	var subs, none keyed.Rows
	for more := true; more; {
		var err error
		found.Reset()
		if more, err = s.rows.ScanKeys(keys, nil, false, 0, &c, &found, stream.BatchRows); err != nil {
			return err
		}
		for e, k := range found.Owner {
			if s.isOver(found.Rows.At(e)) {
				owner = append(owner, k)
				subs.Append(found.Subs.At(e))
				none.AppendAbsent()
			}
		}
	}
	if len(owner) == 0 {
		return nil
	}
	return s.rows.Put(keys, owner, &subs, &none)
}

// decodeColumns makes the columns of stored rows, one builder each.
func decodeColumns(codec *rowcodec.RowCodec, rows *keyed.Rows, build []*vector.Builder, cols []vector.Vector) error {
	for _, b := range build {
		b.Reset()
	}
	if err := codec.Decode(rows, nil, build); err != nil {
		return err
	}
	for c, b := range build {
		cols[c] = b.Finish()
	}
	return nil
}
