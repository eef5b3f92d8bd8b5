package order

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
)

// running is a function over the rows of a partition so far, block by block.
type running struct {
	*overCall
	state *states         // of an aggregate: of the rows so far
	value *vector.Builder // of FIRST_VALUE and LAST_VALUE: one row
	found bool
}

// newRunning makes the functions of frames; nil for those of place.
func (p *largePartition) newRunning() []*running {
	out := make([]*running, len(p.o.calls))
	for i := range out {
		c := &p.o.calls[i]
		switch {
		case ofPlace(c.call.Func):
		case c.acc != nil:
			out[i] = &running{overCall: c, state: newStates(c.acc, 1)}
		default:
			out[i] = &running{overCall: c, value: vector.NewBuilder(c.call.Type)}
			out[i].value.AppendNull()
		}
	}
	return out
}

// block folds a block in; each: it also gives the result at each row.
func (r *running) block(b *stream.Batch, each bool) (vector.Vector, error) {
	switch {
	case r.acc == nil:
		return r.end(b), nil
	case each:
		return r.eachRow(b)
	}
	return vector.Vector{}, r.update(r.state, make([]uint32, b.Rows), b)
}

// eachRow has one state a row, merged from row to row, as a partition in memory has.
func (r *running) eachRow(b *stream.Batch) (vector.Vector, error) {
	n := b.Rows
	all := kernel.Iota(n + 1)
	s := newStates(r.acc, n+1) // the first is of the rows before
	if err := r.acc.Merge(s.of(all[:1]), r.state.of(all[:1])); err != nil {
		return vector.Vector{}, err
	}
	if err := r.update(s, all[1:], b); err != nil {
		return vector.Vector{}, err
	}
	if err := r.acc.Merge(s.of(all[1:]), s.of(all[:n])); err != nil {
		return vector.Vector{}, err
	}
	v, err := r.results(s, all[1:])
	if err != nil {
		return v, err
	}
	r.state = newStates(r.acc, 1)
	return v, r.acc.Merge(r.state.of(all[:1]), s.of(all[n:]))
}

// end is the first or last value so far that is not NULL.
func (r *running) end(b *stream.Batch) vector.Vector {
	counts := r.counts(b)
	all := vector.NewBuilder(r.call.Type)
	before := r.value.Finish()
	all.AppendVector(&before, nil)
	all.AppendVector(&b.Cols[r.call.Args[0]], nil)
	index, at := make([]uint32, b.Rows), uint32(0)
	first := r.call.Func == "FIRST_VALUE"
	for i := range index {
		if counts(i) && (!first || !r.found) {
			at, r.found = uint32(i+1), true
		}
		index[i] = at
	}
	v := all.Finish()
	r.value = vector.NewBuilder(r.call.Type)
	r.value.AppendVector(&v, []uint32{at})
	return gatherOr(&v, index)
}

// total is the result at the last row.
func (r *running) total() (vector.Vector, error) {
	if r.acc == nil {
		return r.value.Finish(), nil
	}
	return r.results(r.state, kernel.Iota(1))
}
