package order

import (
	"unsafe"

	"github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// overCall is one function over windows.
type overCall struct {
	call *physical.Agg
	acc  aggregate.Accumulator // nil: a ranking or navigating function
}

func newOverCall(spec *physical.OverAggregate, call *physical.Agg) (overCall, error) {
	c := overCall{call: call}
	switch call.Func {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE":
		return c, nil
	}
	if call.Distinct && call.Func != "MIN" && call.Func != "MAX" {
		return c, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s(DISTINCT …) OVER is not supported", call.Func).
			WithHint("aggregate in a subquery with GROUP BY and join its result")
	}
	whole := spec.From.Unbounded && (spec.To.Unbounded || spec.Unit == logical.Range && len(spec.OrderBy) == 0)
	switch call.Func {
	case "COUNT", "SUM", "$SUM0", "AVG", "MIN", "MAX", "STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP":
	default:
		if !whole {
			return c, sqlerr.Newf(sqlerr.FeatureNotSupported, "%s over a frame that moves is not supported", call.Func).
				WithHint("let the frame be the whole partition: ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING")
		}
	}
	var err error
	c.acc, err = aggregate.New(call.Func, call.ArgTypes, call.Type)
	return c, err
}

// compute makes the column of results.
func (c *overCall) compute(f *frames, b *stream.Batch) (vector.Vector, error) {
	switch c.call.Func {
	case "ROW_NUMBER":
		return eachInt(b.Rows, func(i int) int64 { return int64(i) - int64(f.partStart[i]) + 1 }), nil
	case "RANK":
		return eachInt(b.Rows, func(i int) int64 { return int64(f.peerStart[i]-f.partStart[i]) + 1 }), nil
	case "DENSE_RANK":
		return f.denseRank(), nil
	case "PERCENT_RANK":
		return eachFloat(b.Rows, func(i int) float64 {
			rows := f.partEnd[i] - f.partStart[i]
			if rows == 1 {
				return 0
			}
			return float64(f.peerStart[i]-f.partStart[i]) / float64(rows-1)
		}), nil
	case "CUME_DIST":
		return eachFloat(b.Rows, func(i int) float64 {
			return float64(int32(i)-f.partStart[i]+1) / float64(f.partEnd[i]-f.partStart[i]) // equals are told apart, as Flink does
		}), nil
	case "NTILE":
		return f.buckets(b.Cols[c.call.Args[0]].ValueAt(0).I), nil
	case "LAG", "LEAD":
		return c.neighbour(f, b), nil
	case "FIRST_VALUE", "LAST_VALUE":
		return c.end(f, b), nil
	}
	return c.aggregate(f, b)
}

func eachInt(n int, value func(i int) int64) vector.Vector {
	out := make([]int64, n)
	for i := range out {
		out[i] = value(i)
	}
	return vector.Of(types.PhysInt64, out)
}

func eachFloat(n int, value func(i int) float64) vector.Vector {
	out := make([]float64, n)
	for i := range out {
		out[i] = value(i)
	}
	return vector.Of(types.PhysFloat64, out)
}

func (f *frames) denseRank() vector.Vector {
	out := make([]int64, len(f.partStart))
	rank := int64(0)
	for i := range out {
		switch int32(i) {
		case f.partStart[i]:
			rank = 1
		case f.peerStart[i]:
			rank++
		}
		out[i] = rank
	}
	return vector.Of(types.PhysInt64, out)
}

// buckets cuts each partition into n, the first ones a row larger where it does not divide.
func (f *frames) buckets(n int64) vector.Vector {
	return eachInt(len(f.partStart), func(i int) int64 {
		return bucket(int64(i)-int64(f.partStart[i]), int64(f.partEnd[i]-f.partStart[i]), n)
	})
}

// bucket is that of row at of a partition.
func bucket(at, rows, n int64) int64 {
	size, larger := rows/n, rows%n
	if at < larger*(size+1) {
		return at/(size+1) + 1
	}
	return larger + (at-larger*(size+1))/size + 1
}

// neighbour gathers from the values and, behind them, the defaults.
func (c *overCall) neighbour(f *frames, b *stream.Batch) vector.Vector {
	offset := int64(1)
	if len(c.call.Args) > 1 && b.Rows > 0 {
		offset = b.Cols[c.call.Args[1]].ValueAt(0).I
	}
	if c.call.Func == "LAG" {
		offset = -offset
	}
	values := vector.NewBuilder(c.call.Type)
	values.AppendVector(&b.Cols[c.call.Args[0]], nil)
	v := &b.Cols[c.call.Args[0]]
	byDefault := len(c.call.Args) > 2 // which, as in Flink, stands for NULL values too
	if byDefault {
		values.AppendVector(&b.Cols[c.call.Args[2]], nil)
	}
	index := make([]uint32, b.Rows)
	for i := range index {
		at := int64(i) + offset
		switch {
		case at >= int64(f.partStart[i]) && at < int64(f.partEnd[i]) && (!byDefault || v.IsValid(int(at))):
			index[i] = uint32(at)
		case byDefault:
			index[i] = uint32(b.Rows + i)
		default:
			index[i] = kernel.NoRow
		}
	}
	all := values.Finish()
	return gatherOr(&all, index)
}

// end is the first or last value of each frame that is not NULL.
func (c *overCall) end(f *frames, b *stream.Batch) vector.Vector {
	v, counts := &b.Cols[c.call.Args[0]], c.counts(b)
	index := make([]uint32, b.Rows)
	near := make([]int32, b.Rows+1) // the nearest value at or behind (before) each row
	if c.call.Func == "FIRST_VALUE" {
		near[b.Rows] = int32(b.Rows)
		for i := b.Rows - 1; i >= 0; i-- {
			near[i] = near[i+1]
			if counts(i) {
				near[i] = int32(i)
			}
		}
	} else {
		near[0] = -1
		for i := range b.Rows {
			near[i+1] = near[i]
			if counts(i) {
				near[i+1] = int32(i)
			}
		}
	}
	for i := range index {
		lo, hi := f.lo[i], f.hi[i]
		at := int32(-1)
		if lo < hi && c.call.Func == "FIRST_VALUE" {
			at = near[lo]
		} else if lo < hi {
			at = near[hi]
		}
		index[i] = kernel.NoRow
		if at >= lo && at < hi && lo < hi {
			index[i] = uint32(at)
		}
	}
	return gatherOr(v, index)
}

// counts reports rows whose value FIRST_VALUE and LAST_VALUE may give.
func (c *overCall) counts(b *stream.Batch) func(i int) bool {
	v := &b.Cols[c.call.Args[0]]
	if c.call.Filter < 0 {
		return v.IsValid
	}
	cond := &b.Cols[c.call.Filter]
	return func(i int) bool { return v.IsValid(i) && cond.IsValid(i) && cond.Base().Bits().Get(cond.Index(i)) }
}

// states is memory for n states of an accumulator.
type states struct {
	mem  []uint64
	size int
	heap aggregate.Heap
}

func newStates(acc aggregate.Accumulator, n int) *states {
	size := max(8, acc.Layout().Size)
	s := &states{size: size, mem: make([]uint64, n*size/8)}
	acc.Init(s.of(kernel.Iota(n)))
	return s
}

func (s *states) of(index []uint32) aggregate.States {
	return aggregate.States{Base: unsafe.Pointer(unsafe.SliceData(s.mem)), Stride: uintptr(s.size), Index: index, Heap: &s.heap}
}

// aggregate computes an aggregate of each frame.
func (c *overCall) aggregate(f *frames, b *stream.Batch) (vector.Vector, error) {
	switch {
	case f.whole:
		return c.wholes(f, b)
	case f.running:
		return c.runs(f, b)
	}
	return c.slides(f, b)
}

// update folds each row into the state that index gives it.
func (c *overCall) update(s *states, index []uint32, b *stream.Batch) error {
	in := aggregate.Input{Rows: b.Rows}
	if c.call.Filter >= 0 {
		in.Sel = aggregate.Where(&b.Cols[c.call.Filter], in, nil)
		if len(in.Sel) == 0 {
			return nil
		}
	}
	args := make([]vector.Vector, len(c.call.Args))
	for i, a := range c.call.Args {
		args[i] = b.Cols[a]
	}
	return c.acc.Update(s.of(index), args, in)
}

func (c *overCall) results(s *states, index []uint32) (vector.Vector, error) {
	out := vector.NewBuilder(c.call.Type)
	err := c.acc.Result(s.of(index), out)
	return out.Finish(), err
}

// wholes has one state a partition.
func (c *overCall) wholes(f *frames, b *stream.Batch) (vector.Vector, error) {
	part := make([]uint32, b.Rows)
	n := uint32(0)
	for i := range part {
		if i > 0 && f.partStart[i] == int32(i) {
			n++
		}
		part[i] = n
	}
	s := newStates(c.acc, int(n)+1)
	if err := c.update(s, part, b); err != nil {
		return vector.Vector{}, err
	}
	v, err := c.results(s, kernel.Iota(int(n)+1))
	if err != nil {
		return v, err
	}
	return gatherOr(&v, part), nil
}

// runs has one state a row, of the partition up to it: each row's own state,
// then merged from row to row, which one call does since it goes through its
// pairs in order.
func (c *overCall) runs(f *frames, b *stream.Batch) (vector.Vector, error) {
	n := b.Rows
	s := newStates(c.acc, n+1) // the last is of empty frames
	if err := c.update(s, kernel.Iota(n), b); err != nil {
		return vector.Vector{}, err
	}
	var to, from []uint32
	for i := 1; i < n; i++ {
		if f.partStart[i] != int32(i) {
			to, from = append(to, uint32(i)), append(from, uint32(i-1))
		}
	}
	if err := c.acc.Merge(s.of(to), s.of(from)); err != nil {
		return vector.Vector{}, err
	}
	index := make([]uint32, n)
	for i := range index {
		index[i] = uint32(n)
		if f.hi[i] > f.lo[i] {
			index[i] = uint32(f.hi[i] - 1)
		}
	}
	return c.results(s, index)
}

// slides merges each frame from nodes of a tree over the rows, so that its
// length costs a logarithm. All frames go up the tree together.
func (c *overCall) slides(f *frames, b *stream.Batch) (vector.Vector, error) {
	n := b.Rows
	var levels []int // where each level begins
	total := 0
	for width := n; ; width = (width + 1) / 2 {
		levels = append(levels, total)
		total += width
		if width <= 1 {
			break
		}
	}
	s := newStates(c.acc, total+n)
	if err := c.update(s, kernel.Iota(n), b); err != nil {
		return vector.Vector{}, err
	}
	for k := 1; k < len(levels); k++ {
		if err := c.raise(s, levels[k-1], levels[k]); err != nil {
			return vector.Vector{}, err
		}
	}
	lo, hi := append([]int32(nil), f.lo...), append([]int32(nil), f.hi...)
	var to, from []uint32
	for k := range levels {
		to, from = to[:0], from[:0]
		for i := range lo {
			if lo[i] >= hi[i] {
				continue
			}
			if lo[i]&1 != 0 {
				to, from = append(to, uint32(total+i)), append(from, uint32(levels[k]+int(lo[i])))
				lo[i]++
			}
			if hi[i]&1 != 0 && lo[i] < hi[i] {
				hi[i]--
				to, from = append(to, uint32(total+i)), append(from, uint32(levels[k]+int(hi[i])))
			}
			lo[i], hi[i] = lo[i]/2, hi[i]/2
		}
		if len(to) == 0 {
			continue
		}
		if err := c.acc.Merge(s.of(to), s.of(from)); err != nil {
			return vector.Vector{}, err
		}
	}
	results := make([]uint32, n)
	for i := range results {
		results[i] = uint32(total + i)
	}
	return c.results(s, results)
}

// raise makes the nodes of a level from the pairs of the level below.
func (c *overCall) raise(s *states, below, level int) error {
	var to, from []uint32
	for i := below; i < level; i++ {
		to, from = append(to, uint32(level+(i-below)/2)), append(from, uint32(i))
	}
	return c.acc.Merge(s.of(to), s.of(from))
}
