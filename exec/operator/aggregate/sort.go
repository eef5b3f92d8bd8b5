package aggregate

import (
	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Sort groups a bounded input that is ordered by its keys: a group ends where
// the key changes. It keeps one group between batches, and needs no table.
type Sort struct {
	spec   *physical.SortAggregate
	ctx    *operator.Context
	keys   []types.Type
	set    *acc.Set
	states partials // of the groups of a batch; row 0 is the one from before
	held   int64    // what the grant counts for their heap

	distinct []distinctSet // what the groups of a batch have seen, by the same numbers
	zero     []uint32

	open  bool // a group is open
	last  []*vector.Builder
	cols  []vector.Vector
	index []uint32
	first []uint32 // by group of the batch that begins in it: its first row
	same  []bool
	out   *stream.Builder
}

// NewSort makes the operator of a plan node.
func NewSort(spec *physical.SortAggregate) *Sort { return &Sort{spec: spec} }

// Open lays out the states.
func (s *Sort) Open(ctx *operator.Context) (err error) {
	s.ctx = ctx
	if s.spec.Phase != physical.Complete {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "a sorted aggregation in phases is not supported").
			WithHint("the plan must use HashAggregate")
	}
	in := ctx.Inputs[0]
	s.keys = keyTypes(s.spec.Keys, in)
	if s.set, err = acc.NewSet(Calls(s.spec.Aggs, in)); err != nil {
		return err
	}
	if s.distinct, err = newDistincts(s.set, ctx.Memory); err != nil {
		return err
	}
	ts := append([]types.Type(nil), s.keys...)
	for _, a := range s.spec.Aggs {
		ts = append(ts, a.Type)
	}
	s.out = stream.NewBuilder(ts)
	for _, t := range s.keys {
		s.last = append(s.last, vector.NewBuilder(t))
	}
	s.states.grow(s.set, 1)
	return nil
}

// Process folds a batch in and emits the groups that end in it.
func (s *Sort) Process(_ int, b *stream.Batch, out operator.Output) error {
	s.cols = pick(s.cols[:0], b.Cols, s.spec.Keys)
	s.findGroups(b)
	n := len(s.first)
	if !s.open {
		n--
	}
	s.states.grow(s.set, n+1)
	s.initFrom(boolInt(s.open), n+1)
	st := s.states.states(s.set)
	st.Index = s.index
	if err := s.set.Update(st, b.Cols, acc.Input{Rows: b.Rows, Sel: b.Sel}); err != nil {
		return err
	}
	if err := s.foldDistinct(b, st); err != nil {
		return err
	}
	if err := s.account(); err != nil {
		return err
	}
	if err := s.emit(n, out); err != nil {
		return err
	}
	if err := s.keep(n); err != nil || n == 0 {
		return err
	}
	return s.keepDistinct(b, uint32(n))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// findGroups numbers the groups of the batch: 0 is the open one, if there is one.
func (s *Sort) findGroups(b *stream.Batch) {
	n := b.Len()
	if cap(s.index) < b.Rows {
		s.index = make([]uint32, max(b.Rows, stream.BatchRows))
		s.same = make([]bool, max(b.Rows, stream.BatchRows))
	}
	s.index, s.same = s.index[:b.Rows], s.same[:n]
	for i := range s.same {
		s.same[i] = true
	}
	for c := range s.cols {
		s.markChanges(&s.cols[c], b.Sel, c)
	}
	s.first = s.first[:0]
	group := uint32(0)
	for i := range n {
		r := uint32(i)
		if b.Sel != nil {
			r = b.Sel[i]
		}
		if i == 0 && !s.open {
			s.first = append(s.first, r)
		} else if !s.same[i] {
			group++
			s.first = append(s.first, r)
		}
		s.index[r] = group
	}
}

// markChanges clears same[i] where row i differs from the row before it.
func (s *Sort) markChanges(v *vector.Vector, sel []uint32, col int) {
	flat := v.Flatten()
	prev := 0
	for i := range s.same {
		r := i
		if sel != nil {
			r = int(sel[i])
		}
		switch {
		case i > 0:
			s.same[i] = s.same[i] && sameValue(&flat, prev, &flat, r)
		case s.open:
			last := s.last[col].Finish()
			s.same[0] = s.same[0] && sameValue(&last, 0, &flat, r)
		}
		prev = r
	}
}

func (p *partials) grow(set *acc.Set, rows int) {
	words := rows*set.Size/8 + 1
	if cap(p.rows) < words {
		bigger := make([]uint64, 2*words)
		copy(bigger, p.rows)
		p.rows = bigger
	}
	p.rows = p.rows[:cap(p.rows)]
}

func (s *Sort) initFrom(from, to int) {
	s.states.index = s.states.index[:0]
	for g := from; g < to; g++ {
		s.states.index = append(s.states.index, uint32(g))
	}
	s.set.Init(s.states.states(s.set))
}

// emit emits groups [0, n), which have ended.
func (s *Sort) emit(n int, out operator.Output) error {
	if n == 0 {
		return nil
	}
	s.out.Reset()
	began := s.first[:n]
	if s.open { // group 0 began in an earlier batch
		for c := range s.last {
			v := s.last[c].Finish()
			s.out.Column(c).AppendVector(&v, nil)
		}
		began = s.first[:n-1]
	}
	for c := range s.cols {
		s.out.Column(c).AppendVector(&s.cols[c], began)
	}
	return s.emitResults(n, out)
}

func (s *Sort) emitResults(n int, out operator.Output) error {
	s.states.index = s.states.index[:0]
	for g := range n {
		s.states.index = append(s.states.index, uint32(g))
	}
	st := s.states.states(s.set)
	for i := range s.set.Calls {
		if err := s.set.Result(i, st, s.out.Column(len(s.keys)+i)); err != nil {
			return err
		}
	}
	s.out.Advance(n, stream.Insert)
	return out.Emit(s.out.Finish())
}

// keep makes group n, the last of the batch, the open one.
func (s *Sort) keep(n int) error {
	if n > 0 || !s.open {
		for c := range s.last {
			s.last[c].Reset()
			s.last[c].AppendVector(&s.cols[c], s.first[len(s.first)-1:])
		}
	}
	s.open = true
	if n == 0 {
		return nil
	}
	st := s.states.states(s.set)
	if !s.set.Heap {
		words := s.set.Size / 8
		copy(s.states.rows[:words], s.states.rows[n*words:])
		return nil
	}
	row := s.set.Encode(st, uint32(n), s.states.bytes[:0])
	s.states.bytes, s.states.heap.Bytes = row, s.states.heap.Bytes[:0]
	return s.set.Decode(s.states.states(s.set), 0, row)
}

// Watermark passes on.
func (s *Sort) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput emits the open group. Without keys there is always one.
func (s *Sort) EndInput(_ int, out operator.Output) error {
	if !s.open {
		if len(s.keys) > 0 || s.ctx.Subtask != 0 {
			return nil
		}
		s.initFrom(0, 1)
	}
	s.out.Reset()
	for c := range s.last {
		v := s.last[c].Finish()
		s.out.Column(c).AppendVector(&v, nil)
	}
	return s.emitResults(1, out)
}

// Close gives the memory back.
func (s *Sort) Close() error {
	var err error
	for i := range s.distinct {
		if e := s.distinct[i].table.Close(); err == nil {
			err = e
		}
	}
	s.distinct = nil
	if s.ctx != nil {
		s.ctx.Memory.Shrink(s.held)
		s.held = 0
	}
	return err
}
