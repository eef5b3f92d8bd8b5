package order

import (
	"cmp"
	"slices"

	acc "github.com/weir-engine/weir/core/function/aggregate"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/rowcodec"
)

// overBlock is the rows of some partitions, in order: of each those that were kept,
// then those to compute. Frames that have a begin find all their rows among them.
// Where frames have none, an aggregate's state of the rows before is merged into the
// first, and each row's into the next; FIRST_VALUE and LAST_VALUE keep the row
// they were found in, and LAG those it can reach.
type overBlock struct {
	spec    *physical.OverAggregate
	types   []types.Type
	calls   []overCall
	codec   *rowcodec.RowCodec
	columns []*vector.Builder

	states keyed.ValueState // of aggregates over frames that have no begin; nil: none
	set    *acc.Set
	before *aggregate.Rows // by partition: the states so far
	each   *aggregate.Rows // by row to compute
	ofSet  []int           // by call: which of the set's; -1: none

	keys   []uint32 // by partition: its key
	from   []int    // by partition: its first row; one more
	fresh  []int    // by partition: its first row to compute
	whole  []bool   // by partition: it has no more rows to compute
	take   []uint32 // by row: where it comes from
	stored []bool   // by row: from state
	times  []int64  // by row
	keeps  []bool   // by row: later frames have it

	batch stream.Batch
	ready stream.Batch // computed rows; those from next on are to be emitted
	next  int
	out   stream.Batch
}

func (b *overBlock) open(o *StreamOver) error {
	b.spec, b.types, b.codec = o.spec, o.types, o.codec
	for _, t := range o.types {
		b.columns = append(b.columns, vector.NewBuilder(t))
	}
	var aggs []physical.Agg
	for i := range o.spec.Calls {
		c, err := newOverCall(o.spec, &o.spec.Calls[i])
		if err != nil {
			return err
		}
		at := -1
		if c.acc != nil && o.spec.From.Unbounded {
			at = len(aggs)
			aggs = append(aggs, o.spec.Calls[i])
		}
		b.calls, b.ofSet = append(b.calls, c), append(b.ofSet, at)
	}
	if len(aggs) == 0 {
		return nil
	}
	var err error
	if b.set, err = acc.NewSet(aggregate.Calls(aggs, o.ctx.Inputs[0])); err != nil {
		return err
	}
	b.before, b.each = aggregate.NewRows(b.set, 0), aggregate.NewRows(b.set, 0)
	b.states, err = o.ctx.Store.Value("states", b.before.Width())
	return err
}

// keepsRows reports that later frames may have rows of earlier blocks.
func (b *overBlock) keepsRows() bool {
	if !b.spec.From.Unbounded || b.spec.Lag > 0 {
		return true
	}
	for _, c := range b.calls {
		if endValue(c.call.Func) {
			return true
		}
	}
	return false
}

func endValue(name string) bool { return name == "FIRST_VALUE" || name == "LAST_VALUE" }

func (b *overBlock) reset() {
	b.keys, b.from, b.fresh, b.whole = b.keys[:0], append(b.from[:0], 0), b.fresh[:0], b.whole[:0]
	b.take, b.times, b.stored = b.take[:0], b.times[:0], b.stored[:0]
}

func (b *overBlock) parts() int { return len(b.keys) }

// add adds a stored row to the partition that is being put together.
func (b *overBlock) add(row uint32, t int64) {
	b.take, b.times, b.stored = append(b.take, row), append(b.times, t), append(b.stored, true)
}

// addFresh adds a row of the batch that has come.
func (b *overBlock) addFresh(row uint32, t int64) {
	b.take, b.times, b.stored = append(b.take, row), append(b.times, t), append(b.stored, false)
}

// part ends a partition, of which the first kept rows were computed before.
func (b *overBlock) part(key uint32, kept int, whole bool) {
	last := b.from[len(b.from)-1]
	b.keys, b.from, b.fresh, b.whole = append(b.keys, key), append(b.from, len(b.take)), append(b.fresh, last+kept), append(b.whole, whole)
}

// kept is how many rows of a partition later frames have.
func (b *overBlock) kept(part int) int {
	n := 0
	for i := b.from[part]; i < b.from[part+1]; i++ {
		if b.keeps[i] {
			n++
		}
	}
	return n
}

// decode makes columns of stored rows.
func (b *overBlock) decode(rows *keyed.Entries) error {
	for _, c := range b.columns {
		c.Reset()
	}
	b.batch = stream.Batch{Rows: len(b.take), Cols: b.batch.Cols[:0]}
	if len(b.take) > 0 {
		if err := b.codec.Decode(&rows.Rows, b.take, b.columns); err != nil {
			return err
		}
	}
	for _, c := range b.columns {
		b.batch.Cols = append(b.batch.Cols, c.Finish())
	}
	return nil
}

// gather makes columns of stored rows and of those of a batch.
func (b *overBlock) gather(rows *keyed.Entries, in *stream.Batch) error {
	var kept, fresh []uint32
	for i, r := range b.take {
		if b.stored[i] {
			kept = append(kept, r)
		} else {
			fresh = append(fresh, r)
		}
	}
	for _, c := range b.columns {
		c.Reset()
	}
	if len(kept) > 0 {
		if err := b.codec.Decode(&rows.Rows, kept, b.columns); err != nil {
			return err
		}
	}
	index, at, behind := make([]uint32, len(b.take)), uint32(0), uint32(len(kept))
	for i := range index {
		if b.stored[i] {
			index[i] = at
			at++
		} else {
			index[i] = behind
			behind++
		}
	}
	b.batch = stream.Batch{Rows: len(b.take), Cols: b.batch.Cols[:0]}
	for i, c := range b.columns {
		c.AppendVector(&in.Cols[i], fresh)
		all := c.Finish()
		b.batch.Cols = append(b.batch.Cols, gatherOr(&all, index))
	}
	return nil
}

// compute makes the results of the rows to compute, says which rows are kept, and
// brings marks and states forward.
func (b *overBlock) compute(keys *keyed.Keys, marks []mark, w stream.Watermark) error {
	b.keeps = append(b.keeps[:0], make([]bool, len(b.take))...)
	if len(b.take) == 0 {
		return nil
	}
	f := framesOf(b.spec, b.types, b.ordered(), b.starts())
	results, err := b.results(f, keys, marks)
	if err != nil {
		return err
	}
	b.keepRows(marks, w)
	b.present(results)
	return nil
}

// ordered is the block with the times by which its rows are ordered.
func (b *overBlock) ordered() *stream.Batch {
	if !b.spec.Proctime {
		return &b.batch
	}
	col := b.spec.OrderBy[0].Col
	ticks := make([]int64, len(b.times))
	for i, t := range b.times {
		ticks[i] = t * (b.types[col].TimeUnit() / 1000)
	}
	view := stream.Batch{Rows: b.batch.Rows, Cols: slices.Clone(b.batch.Cols)}
	view.Cols[col] = vector.Of(types.PhysInt64, ticks)
	return &view
}

// starts marks where partitions begin.
func (b *overBlock) starts() []bool {
	change := make([]bool, len(b.take))
	for p := range b.keys {
		if b.from[p] < b.from[p+1] {
			change[b.from[p]] = true
		}
	}
	return change
}

// results computes each call for all rows of the block.
func (b *overBlock) results(f *frames, keys *keyed.Keys, marks []mark) ([]vector.Vector, error) {
	places := b.places(f, marks)
	if b.set != nil {
		if err := b.run(keys); err != nil {
			return nil, err
		}
	}
	out := make([]vector.Vector, len(b.calls))
	for i := range b.calls {
		c := &b.calls[i]
		var err error
		switch {
		case c.call.Func == "ROW_NUMBER":
			out[i] = eachInt(len(b.take), func(r int) int64 { return places.number[r] })
		case c.call.Func == "RANK":
			out[i] = eachInt(len(b.take), func(r int) int64 { return places.rank[r] })
		case c.call.Func == "DENSE_RANK":
			out[i] = eachInt(len(b.take), func(r int) int64 { return places.dense[r] })
		case b.ofSet[i] >= 0:
			out[i], err = b.resultsOf(b.ofSet[i], f)
		default:
			out[i], err = c.compute(f, &b.batch)
		}
		if c.call.Func == "LAG" && !b.spec.Proctime {
			out[i] = b.ofLastPeer(f, &out[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ofLastPeer gives rows of one time the value of the last of them: to a stream LAG
// is, as in Flink, an aggregate over a RANGE.
func (b *overBlock) ofLastPeer(f *frames, v *vector.Vector) vector.Vector {
	index := make([]uint32, len(b.take))
	for i := range index {
		index[i] = uint32(f.peerEnd[i] - 1)
	}
	return gatherOr(v, index)
}

// rowPlaces is where the rows to compute stand in their partitions.
type rowPlaces struct{ number, rank, dense []int64 }

// places counts on from the marks, and brings them forward.
func (b *overBlock) places(f *frames, marks []mark) rowPlaces {
	n := len(b.take)
	l := rowPlaces{number: make([]int64, n), rank: make([]int64, n), dense: make([]int64, n)}
	for p, k := range b.keys {
		m := &marks[k]
		rank := int64(0)
		for i := b.fresh[p]; i < b.from[p+1]; i++ {
			m.seen++
			if int(f.peerStart[i]) == i || i == b.fresh[p] {
				m.peers++
				rank = m.seen
			}
			l.number[i], l.rank[i], l.dense[i] = m.seen, rank, m.peers
			m.fired = b.times[i]
		}
	}
	return l
}

// run gives each row to compute the states of all rows up to it, and stores those of the last.
func (b *overBlock) run(keys *keyed.Keys) error {
	n := len(b.take)
	var mine keyed.Keys
	for _, k := range b.keys {
		mine.Append(keys.Hash[k], keys.At(int(k)))
	}
	b.before.Rows.Reset()
	if err := b.states.Get(&mine, &b.before.Rows); err != nil {
		return err
	}
	if err := b.before.Loaded(); err != nil {
		return err
	}
	b.each.Rows.Reset()
	for range n {
		b.each.Rows.AppendAbsent()
	}
	if err := b.each.Loaded(); err != nil {
		return err
	}
	in := acc.Input{Rows: n, Sel: b.toCompute()}
	if err := b.set.Update(b.each.States(kernel.Iota(n)), b.batch.Cols, in); err != nil {
		return err
	}
	return b.chain(&mine)
}

// toCompute lists the rows to compute.
func (b *overBlock) toCompute() []uint32 {
	sel := []uint32{}
	for p := range b.keys {
		for i := b.fresh[p]; i < b.from[p+1]; i++ {
			sel = append(sel, uint32(i))
		}
	}
	return sel
}

// chain merges states from row to row, which one call does since it goes through its pairs in order.
func (b *overBlock) chain(keys *keyed.Keys) error {
	var first, parts, to, from, last []uint32
	for p := range b.keys {
		if b.fresh[p] == b.from[p+1] {
			continue
		}
		first, parts = append(first, uint32(b.fresh[p])), append(parts, uint32(p))
		for i := b.fresh[p] + 1; i < b.from[p+1]; i++ {
			to, from = append(to, uint32(i)), append(from, uint32(i-1))
		}
		last = append(last, uint32(b.from[p+1]-1))
	}
	if len(parts) == 0 {
		return nil
	}
	if err := b.set.Merge(b.each.States(first), b.before.States(parts)); err != nil {
		return err
	}
	if err := b.set.Merge(b.each.States(to), b.each.States(from)); err != nil {
		return err
	}
	b.set.Init(b.before.States(parts))
	if err := b.set.Merge(b.before.States(parts), b.each.States(last)); err != nil {
		return err
	}
	for _, p := range parts {
		b.before.Rows.Has[p] = true
	}
	return b.states.Put(keys, parts, b.before.Stored(parts))
}

// resultsOf is the results of a call of the set; of rows computed before, whatever they are.
func (b *overBlock) resultsOf(call int, f *frames) (vector.Vector, error) {
	index := make([]uint32, len(b.take))
	for i := range index {
		index[i] = uint32(f.hi[i] - 1)
	}
	out := vector.NewBuilder(b.set.Calls[call].Type)
	err := b.set.Result(call, b.each.States(index), out)
	return out.Finish(), err
}

// keepRows finds the rows that frames of later rows have.
func (b *overBlock) keepRows(marks []mark, w stream.Watermark) {
	for p, k := range b.keys {
		from, to := b.from[p], b.from[p+1]
		tail := b.spec.Lag
		switch {
		case b.spec.From.Unbounded:
			b.keepEnds(from, to)
		case b.spec.Unit == logical.Rows:
			tail = max(tail, -b.spec.From.Offset)
		default:
			reach := marks[k].fired + b.spec.From.Offset // a later row's frame begins behind it
			if b.whole[p] && w >= marks[k].fired-b.spec.From.Offset+1 {
				reach = marks[k].fired
			}
			for i := from; i < to; i++ {
				b.keeps[i] = b.times[i] > reach
			}
		}
		for i := max(from, to-int(min(tail, int64(to-from)))); i < to; i++ {
			b.keeps[i] = true
		}
	}
}

// keepEnds keeps the rows of the first and the last values of a partition.
func (b *overBlock) keepEnds(from, to int) {
	for i := range b.calls {
		c := &b.calls[i]
		if !endValue(c.call.Func) {
			continue
		}
		counts, at := c.counts(&b.batch), -1
		for r := from; r < to; r++ {
			if counts(r) && (at < 0 || c.call.Func == "LAST_VALUE") {
				at = r
			}
		}
		if at >= 0 {
			b.keeps[at] = true
		}
	}
}

// present makes the computed rows ready, in the order of their times.
func (b *overBlock) present(results []vector.Vector) {
	sel := b.toCompute()
	if !b.spec.Proctime {
		slices.SortStableFunc(sel, func(x, y uint32) int { return cmp.Compare(b.times[x], b.times[y]) })
	} else {
		slices.SortFunc(sel, func(x, y uint32) int { return int(b.take[x]) - int(b.take[y]) })
	}
	b.ready = stream.Batch{Rows: len(sel), Cols: b.ready.Cols[:0]}
	b.next = 0
	for i := range b.batch.Cols {
		b.ready.Cols = append(b.ready.Cols, gatherOr(&b.batch.Cols[i], sel))
	}
	for i := range results {
		b.ready.Cols = append(b.ready.Cols, gatherOr(&results[i], sel))
	}
}

// emit emits computed rows until the output is full.
func (b *overBlock) emit(out operator.Output) (more bool, err error) {
	for b.next < b.ready.Rows {
		if out.Full() {
			return true, nil
		}
		from, to := b.next, min(b.ready.Rows, b.next+stream.BatchRows)
		b.out = stream.Batch{Cols: b.out.Cols[:0], Rows: to - from}
		for c := range b.ready.Cols {
			b.out.Cols = append(b.out.Cols, b.ready.Cols[c].Slice(from, to))
		}
		b.next = to
		if err := out.Emit(&b.out); err != nil {
			return false, err
		}
	}
	return false, nil
}
