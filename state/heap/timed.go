package heap

import (
	"math"

	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

type timedState struct {
	backend *Backend
	times   *table.Times
	width   int
	live    int
	refs    []uint64
	due     []int64
}

func (s *timedState) rows() int { return s.live }

// Get implements keyed.TimedState.
func (s *timedState) Get(times []int64, keys *keyed.Keys, into *keyed.Rows) error {
	for i := range keys.N() {
		t := s.times.At(times[i])
		if t == nil {
			into.AppendAbsent()
			continue
		}
		t.LoadOne(keys.Hash[i], keys.At(i), into)
	}
	return nil
}

// Put implements keyed.TimedState. Without rows it stores bare places.
func (s *timedState) Put(times []int64, keys *keyed.Keys, which []uint32, rows *keyed.Rows) error {
	n := keys.N()
	if which != nil {
		n = len(which)
	}
	epoch := s.backend.pool.Epoch()
	for i := range n {
		k := i
		if which != nil {
			k = int(which[i])
		}
		if err := s.put(times[k], keys, k, rows, epoch); err != nil {
			return fullError(err)
		}
	}
	s.backend.refresh()
	return nil
}

func (s *timedState) put(time int64, keys *keyed.Keys, k int, rows *keyed.Rows, epoch uint32) error {
	var row []byte
	if rows != nil && rows.Has[k] {
		row = rows.At(k)
	}
	if rows != nil && !rows.Has[k] {
		if t := s.times.At(time); t != nil {
			s.live -= t.Len()
			t.Delete(keys.Hash[k], keys.At(k))
			s.live += t.Len()
			if t.Len() == 0 {
				s.times.Drop(time)
			}
		}
		return nil
	}
	t := s.times.Open(time)
	s.live -= t.Len()
	err := t.Upsert(keys.Hash[k], keys.At(k), row, epoch, 0)
	s.live += t.Len()
	return err
}

// Times implements keyed.TimedState.
func (s *timedState) Times(from, to int64, dst []int64) ([]int64, error) {
	return s.times.Between(from, to, dst), nil
}

// Scan implements keyed.TimedState.
func (s *timedState) Scan(time int64, c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	t := s.times.At(time)
	if t == nil {
		return false, nil
	}
	if c == nil {
		c = &keyed.Cursor{}
	}
	var more bool
	s.refs, c.Pos, more = t.Scan(c.Pos, s.refs[:0], max)
	t.AppendRecords(s.refs, into)
	return more, nil
}

// Drop implements keyed.TimedState.
func (s *timedState) Drop(to int64) error {
	s.due = s.times.Between(math.MinInt64, to, s.due[:0])
	for _, time := range s.due {
		s.drop(time)
	}
	s.backend.refresh()
	return nil
}

// Delete implements keyed.TimedState.
func (s *timedState) Delete(time int64) error {
	s.drop(time)
	s.backend.refresh()
	return nil
}

func (s *timedState) drop(time int64) {
	if t := s.times.At(time); t != nil {
		s.live -= t.Len()
		s.times.Drop(time)
	}
}
