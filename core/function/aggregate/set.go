package aggregate

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Call is one aggregate of an aggregation, over columns of its input.
type Call struct {
	Func     string
	Args     []int
	ArgTypes []types.Type
	Distinct bool
	Filter   int // a BOOLEAN column; -1: all rows
	Type     types.Type
}

// Set is the aggregates of one aggregation: their states lie side by side in a
// row of Size bytes. Aggregates over the same values share a state (SUM and AVG
// of a column differ in their result only), so that it is updated once.
//
// A Set has scratch but no groups. One goroutine uses it.
type Set struct {
	Size  int  // bytes of a row, a multiple of 8
	Heap  bool // some state refers to a Heap
	Calls []Call

	retracts  bool
	states    []state
	results   []result
	distincts []Distinct
	filters   []filter
	args      []vector.Vector
}

// state is one accumulator with its place in the row.
type state struct {
	acc      Accumulator
	offset   uintptr
	args     []int
	filter   int // index into filters; -1: none
	distinct int // index into distincts; -1: none
	extreme  bool
	key      string
}

type result struct {
	acc    Accumulator
	offset uintptr
}

// Distinct is a list of arguments of which an aggregation takes each value once a group.
type Distinct struct {
	Args   []int
	Filter int // a BOOLEAN column; -1: none
	Types  []types.Type
	// Extremes are the states of MIN and MAX over these values in a retracting
	// set: they take values that come, and are found anew when one has gone.
	Extremes []Extreme
}

// Extreme is the state of a MIN or, Desc, a MAX.
type Extreme struct {
	State int
	Desc  bool
}

type filter struct {
	col int
	sel []uint32
}

// NewSet lays out the aggregates of one aggregation over rows that stay.
func NewSet(calls []Call) (*Set, error) { return newSet(calls, false) }

// NewRetractingSet lays out the aggregates of one aggregation over a changelog.
// What cannot retract from its state alone either keeps all its values in it,
// or, as MIN and MAX, goes by a multiset that the caller keeps (Distincts).
func NewRetractingSet(calls []Call) (*Set, error) { return newSet(calls, true) }

func newSet(calls []Call, retracts bool) (*Set, error) {
	s := &Set{Calls: calls, retracts: retracts}
	for _, c := range calls {
		if err := s.add(c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// shared is implemented by accumulators whose state serves several functions.
type shared interface{ state() string }

func (s *Set) add(c Call) error {
	acc, err := New(c.Func, c.ArgTypes, c.Type)
	if err != nil {
		return err
	}
	st := state{acc: acc, args: c.Args, filter: -1, distinct: -1}
	if s.retracts {
		if st.extreme, err = s.retracting(c, &st); err != nil {
			return err
		}
		acc = st.acc
	}
	if st.extreme {
		st.distinct = s.distinctOf(c)
	} else if c.Distinct && !ignoresRepeats(c.Func) {
		if len(c.Args) == 0 {
			return sqlerr.Newf(sqlerr.FeatureNotSupported, "%s(DISTINCT *) is not supported", c.Func)
		}
		st.distinct = s.distinctOf(c)
	} else if c.Filter >= 0 {
		st.filter = s.filterOf(c.Filter)
	}
	what := c.Func
	if sh, ok := acc.(shared); ok {
		what = sh.state()
	}
	st.key = fmt.Sprint(what, c.Args, st.filter, st.distinct)
	for _, have := range s.states {
		if have.key == st.key {
			s.results = append(s.results, result{acc, have.offset})
			return nil
		}
	}
	st.offset = uintptr(s.Size)
	if st.extreme {
		d := &s.distincts[st.distinct]
		d.Extremes = append(d.Extremes, Extreme{State: len(s.states), Desc: c.Func == "MAX"})
	}
	l := acc.Layout()
	s.Size += l.Size
	s.Heap = s.Heap || l.Heap
	s.states = append(s.states, st)
	s.results = append(s.results, result{acc, st.offset})
	return nil
}

// retracting chooses how c follows a changelog.
func (s *Set) retracting(c Call, st *state) (extreme bool, err error) {
	switch c.Func {
	case "MIN", "MAX":
		return true, nil
	case "APPROX_COUNT_DISTINCT":
		return false, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s over rows that are updated or deleted is not supported", c.Func).
			WithHint("use COUNT(DISTINCT …)")
	}
	if keeping := newKeeping(c.Func, c.ArgTypes); keeping != nil {
		st.acc = keeping
	}
	return false, nil
}

// ignoresRepeats reports functions for which DISTINCT changes nothing.
func ignoresRepeats(name string) bool {
	switch name {
	case "MIN", "MAX", "ANY_VALUE", "APPROX_COUNT_DISTINCT":
		return true
	}
	return false
}

// distinctOf finds or adds the set of arguments of c. Only the first argument
// counts where the rest is constant (the separator of LISTAGG).
func (s *Set) distinctOf(c Call) int {
	for i, d := range s.distincts {
		if slices.Equal(d.Args, c.Args) && d.Filter == c.Filter {
			return i
		}
	}
	s.distincts = append(s.distincts, Distinct{Args: c.Args, Filter: c.Filter, Types: c.ArgTypes})
	return len(s.distincts) - 1
}

func (s *Set) filterOf(col int) int {
	for i, f := range s.filters {
		if f.col == col {
			return i
		}
	}
	s.filters = append(s.filters, filter{col: col})
	return len(s.filters) - 1
}

// Distincts lists what the aggregation takes once a group: the caller keeps the
// sets and feeds UpdateDistinct with the rows that are new.
func (s *Set) Distincts() []Distinct { return s.distincts }

func (st *state) at(row States) States {
	row.Offset += st.offset
	return row
}

// Init sets the rows of row.Index to "no rows yet".
func (s *Set) Init(row States) {
	for i := range s.states {
		s.states[i].acc.Init(s.states[i].at(row))
	}
}

// Update folds a batch into all states but those of DISTINCT aggregates.
func (s *Set) Update(row States, cols []vector.Vector, in Input) error {
	for i := range s.filters {
		f := &s.filters[i]
		f.sel = Where(&cols[f.col], in, f.sel[:0])
	}
	for i := range s.states {
		st := &s.states[i]
		if st.distinct >= 0 {
			continue
		}
		one := in
		if st.filter >= 0 {
			one.Sel = s.filters[st.filter].sel
		}
		if err := st.acc.Update(st.at(row), s.pick(cols, st.args), one); err != nil {
			return err
		}
	}
	return nil
}

// UpdateDistinct folds rows whose values of distinct set d are new to their
// group or, by in.Kinds, have left it. cols has the set's arguments, in order.
func (s *Set) UpdateDistinct(d int, row States, cols []vector.Vector, in Input) error {
	for i := range s.states {
		st := &s.states[i]
		if st.distinct != d {
			continue
		}
		one := in
		if st.extreme && in.Kinds != nil {
			one.Sel, one.Kinds = inserts(in), nil
		}
		if err := st.acc.Update(st.at(row), cols, one); err != nil {
			return err
		}
	}
	return nil
}

// inserts is the rows of in that do not retract.
func inserts(in Input) []uint32 {
	out := []uint32{}
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := uint32(i)
		if in.Sel != nil {
			r = in.Sel[i]
		}
		if !in.Kinds[r].IsRetract() {
			out = append(out, r)
		}
	}
	return out
}

// ResetState makes one state of row.Index empty: an extreme that is found anew.
func (s *Set) ResetState(state int, row States) {
	s.states[state].acc.Init(s.states[state].at(row))
}

// UpdateState folds rows into one state. cols has its arguments, in order.
func (s *Set) UpdateState(state int, row States, cols []vector.Vector, in Input) error {
	return s.states[state].acc.Update(s.states[state].at(row), cols, in)
}

func (s *Set) pick(cols []vector.Vector, ords []int) []vector.Vector {
	s.args = s.args[:0]
	for _, o := range ords {
		s.args = append(s.args, cols[o])
	}
	return s.args
}

// Where appends the rows of in for which BOOLEAN column v is TRUE.
func Where(v *vector.Vector, in Input, dst []uint32) []uint32 {
	if dst == nil {
		dst = []uint32{} // nil would mean all rows
	}
	if v.IsNullConst() {
		return dst
	}
	valid, bits := v.RowValid(), v.Base().Bits()
	n := in.Rows
	if in.Sel != nil {
		n = len(in.Sel)
	}
	for i := range n {
		r := i
		if in.Sel != nil {
			r = int(in.Sel[i])
		}
		if valid.Get(r) && bits.Get(v.Index(r)) {
			dst = append(dst, uint32(r))
		}
	}
	return dst
}

// Merge folds from's rows into row's, pairwise. States of DISTINCT aggregates
// are left alone: their values are merged through the sets.
func (s *Set) Merge(row, from States) error {
	for i := range s.states {
		st := &s.states[i]
		if st.distinct >= 0 {
			continue
		}
		if err := st.acc.Merge(st.at(row), st.at(from)); err != nil {
			return err
		}
	}
	return nil
}

// Result appends the results of call i, one for each group of row.Index.
func (s *Set) Result(i int, row States, out *vector.Builder) error {
	r := s.results[i]
	row.Offset += r.offset
	return r.acc.Result(row, out)
}

// Encode appends the row of group g to dst, with what it refers to in the heap.
func (s *Set) Encode(row States, g uint32, dst []byte) []byte {
	dst = append(dst, unsafe.Slice((*byte)(row.At(g)), s.Size)...)
	if !s.Heap {
		return dst
	}
	for i := range s.states {
		if p, ok := s.states[i].acc.(Portable); ok && s.states[i].acc.Layout().Heap {
			dst = p.Detach(s.states[i].at(row), g, dst)
		}
	}
	return dst
}

// Decode reads what Encode wrote into the row of group g.
func (s *Set) Decode(row States, g uint32, src []byte) error {
	if len(src) < s.Size {
		return errTorn
	}
	copy(unsafe.Slice((*byte)(row.At(g)), s.Size), src)
	src = src[s.Size:]
	for i := range s.states {
		p, ok := s.states[i].acc.(Portable)
		if !ok || !s.states[i].acc.Layout().Heap {
			continue
		}
		var err error
		if src, err = p.Attach(s.states[i].at(row), g, src); err != nil {
			return err
		}
	}
	if len(src) != 0 {
		return errTorn
	}
	return nil
}

// Version identifies the meaning of the row's bytes: it changes when an
// accumulator, its layout or their order changes.
func (s *Set) Version() uint32 {
	h := uint32(2166136261)
	mix := func(b []byte) {
		for _, c := range b {
			h = (h ^ uint32(c)) * 16777619
		}
	}
	for i := range s.states {
		l := s.states[i].acc.Layout()
		mix([]byte(s.states[i].key))
		mix(binary.LittleEndian.AppendUint32(nil, uint32(l.Size)<<16|uint32(l.Version)))
	}
	return h
}
