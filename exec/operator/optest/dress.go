package optest

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// lent is a batch for the operator, and what is scribbled over when it gives the batch back.
type lent struct {
	batch *stream.Batch
	own   []*stream.Batch
}

// build lays rows out.
func build(rows []Row, s *types.Schema, d dress) *lent {
	switch d {
	case selected:
		return withJunk(rows, s, true)
	case sliced:
		return withJunk(rows, s, false)
	}
	b := batchOf(rows, s)
	out := &lent{batch: b, own: []*stream.Batch{b}}
	if d == dictionaries {
		out.batch = inDictionaries(b, s)
	}
	return out
}

func batchOf(rows []Row, s *types.Schema) *stream.Batch {
	b := stream.NewBuilder(s.Types())
	for _, r := range rows {
		for i, f := range s.Fields {
			b.Column(i).AppendValue(value(r.Values[i], f.Type))
		}
		b.Advance(1, r.Kind)
	}
	return b.Finish()
}

// withJunk puts the first row of the batch between its rows, as a row that does
// not count: behind a selection, or outside a slice.
func withJunk(rows []Row, s *types.Schema, selection bool) *lent {
	var all []Row
	if !selection {
		all = append([]Row{rows[0], rows[0], rows[0]}, rows...)
		whole := batchOf(append(all, rows[0]), s)
		view := &stream.Batch{Rows: len(rows), Cols: make([]vector.Vector, len(whole.Cols))}
		for i := range whole.Cols {
			view.Cols[i] = whole.Cols[i].Slice(3, 3+len(rows))
		}
		if whole.Kinds != nil {
			view.Kinds = whole.Kinds[3 : 3+len(rows)]
		}
		return &lent{view, []*stream.Batch{whole, view}}
	}
	sel := []uint32{}
	for _, r := range rows {
		all = append(all, rows[0])
		sel = append(sel, uint32(len(all)))
		all = append(all, r)
	}
	b := batchOf(all, s)
	view := *b
	view.Sel = sel
	return &lent{&view, []*stream.Batch{b}}
}

// inDictionaries makes each column without nested values a dictionary of its own values.
func inDictionaries(b *stream.Batch, s *types.Schema) *stream.Batch {
	out := *b
	out.Cols = make([]vector.Vector, len(b.Cols))
	for i := range b.Cols {
		v := b.Cols[i]
		if t := s.Fields[i].Type; t.IsNested() || v.Phys == types.PhysNull {
			out.Cols[i] = v
			continue
		}
		codes := make([]uint32, v.Len)
		for r := range codes {
			codes[r] = uint32(r)
		}
		dict := v
		dict.Valid = nil
		out.Cols[i] = vector.Vector{Phys: v.Phys, Form: vector.Dict, Len: v.Len, Valid: v.Valid, Codes: codes, Dict: &dict}
	}
	return &out
}

// scribble makes whatever still points into the batch read nonsense.
func (l *lent) scribble() {
	for _, b := range l.own {
		for i := range b.Cols {
			scribbleVector(&b.Cols[i])
		}
		for i := range b.Kinds {
			b.Kinds[i] = stream.Delete
		}
	}
	for i := range l.batch.Sel {
		l.batch.Sel[i] = 0
	}
}

func scribbleVector(v *vector.Vector) {
	for i := range v.Data {
		v.Data[i] = 0xa5
	}
	for _, b := range v.Bufs {
		for i := range b {
			b[i] = 0x5a
		}
	}
	clear(v.Valid)
	for i := range v.Kids {
		scribbleVector(&v.Kids[i])
	}
}
