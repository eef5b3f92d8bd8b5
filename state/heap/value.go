package heap

import (
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/table"
)

type valueState struct {
	backend *Backend
	table   *table.Table
	found   table.Found // of the last Get: a Put of the same keys follows
	refs    []uint64
}

func (s *valueState) rows() int { return s.table.Len() }

// Get implements keyed.ValueState.
func (s *valueState) Get(keys *keyed.Keys, into *keyed.Rows) error {
	s.table.FindAll(keys, &s.found)
	s.table.Load(s.found.Refs, into)
	return nil
}

// Put implements keyed.ValueState.
func (s *valueState) Put(keys *keyed.Keys, which []uint32, rows *keyed.Rows) error {
	if err := s.table.Store(keys, which, rows, s.backend.pool.Epoch(), &s.found); err != nil {
		return fullError(err)
	}
	s.backend.refresh()
	return nil
}

// Scan implements keyed.ValueState.
func (s *valueState) Scan(c *keyed.Cursor, into *keyed.Entries, max int) (bool, error) {
	if c == nil {
		c = &keyed.Cursor{}
	}
	var more bool
	s.refs, c.Pos, more = s.table.Scan(c.Pos, s.refs[:0], max)
	s.table.AppendRecords(s.refs, into)
	return more, nil
}
