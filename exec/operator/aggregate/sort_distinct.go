package aggregate

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
)

// foldDistinct folds the DISTINCT values that are new to their group.
func (s *Sort) foldDistinct(b *stream.Batch, st acc.States) error {
	for i := range s.distinct {
		d := &s.distinct[i]
		if err := s.see(i, s.index, b, b.Sel); err != nil {
			return err
		}
		if len(d.rows) == 0 {
			continue
		}
		if err := s.set.UpdateDistinct(i, st, d.cols[1:], acc.Input{Rows: b.Rows, Sel: d.rows}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sort) see(i int, groups []uint32, b *stream.Batch, sel []uint32) error {
	d, def := &s.distinct[i], s.set.Distincts()[i]
	in := d.begin(groups, pick(d.cols[:1], b.Cols, def.Args), acc.Input{Rows: b.Rows, Sel: sel}, filterOf(b, def.Filter))
	ok, err := d.insert(in)
	if err == nil && !ok {
		err = s.tooSmall()
	}
	return err
}

// keepDistinct forgets what groups have seen that have ended. The open one has
// begun in this batch, as group n, and is number 0 from now on.
func (s *Sort) keepDistinct(b *stream.Batch, n uint32) error {
	if len(s.distinct) == 0 {
		return nil
	}
	if len(s.zero) < b.Rows {
		s.zero = make([]uint32, max(b.Rows, stream.BatchRows))
	}
	var last []uint32
	for i := range b.Len() {
		r := uint32(i)
		if b.Sel != nil {
			r = b.Sel[i]
		}
		if s.index[r] == n {
			last = append(last, r)
		}
	}
	for i := range s.distinct {
		if err := s.distinct[i].reset(); err != nil {
			return err
		}
		if err := s.see(i, s.zero[:b.Rows], b, last); err != nil {
			return err
		}
	}
	return nil
}

// account tells the grant what the heap of the states has grown.
func (s *Sort) account() error {
	grown := int64(cap(s.states.heap.Bytes)) - s.held
	if grown <= 0 {
		return nil
	}
	if !s.ctx.Memory.TryGrow(grown) {
		return s.tooSmall()
	}
	s.held += grown
	return nil
}

func (s *Sort) tooSmall() error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "SortAggregate: one group does not fit into its memory (%d bytes in use)", s.ctx.Memory.InUse()).
		WithHint("give the process more memory")
}
