package order

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

// Over computes functions over windows of a bounded input that comes sorted by
// partition and order. It gathers whole partitions, several small ones at a
// time, computes each call for all their rows, and emits rows and results.
//
//	rows → partitions, peers → frames → a column of results a call
//
// A partition that is more than memory holds is computed from disk.
type Over struct {
	spec  *physical.OverAggregate
	ctx   *operator.Context
	calls []overCall

	rows   *stream.Builder
	held   int64
	start  int // of the last partition in rows
	change []bool

	ready *stream.Batch // whole partitions with their results; nil: none
	next  int
	rest  *stream.Builder // rows behind them
	out   stream.Batch
	ended bool

	large *largePartition // the partition at hand lies on disk; nil: in rows
	space *spill.Space
}

// NewOver makes the operator of a plan node.
func NewOver(spec *physical.OverAggregate) *Over { return &Over{spec: spec} }

// Open prepares the calls.
func (o *Over) Open(ctx *operator.Context) error {
	o.ctx = ctx
	ts := ctx.Inputs[0].Types()
	o.rows, o.rest = stream.NewBuilder(ts), stream.NewBuilder(ts)
	for i := range o.spec.Calls {
		c, err := newOverCall(o.spec, &o.spec.Calls[i])
		if err != nil {
			return err
		}
		o.calls = append(o.calls, c)
	}
	return checkFrame(o.spec, ts)
}

// Process gathers a batch and computes the partitions that are whole.
func (o *Over) Process(_ int, b *stream.Batch, out operator.Output) error {
	if o.large != nil {
		if err := o.large.add(b); err != nil {
			return err
		}
	} else if err := o.gather(b); err != nil {
		return err
	}
	_, err := o.Resume(out)
	return err
}

// gather keeps the rows of a batch. A partition that is refused memory goes to disk.
func (o *Over) gather(b *stream.Batch) error {
	from := o.rows.Rows()
	o.rows.Append(b, nil)
	if at := o.lastStart(from); at > 0 {
		o.start = at
	}
	fits := o.account()
	switch {
	case o.start >= stream.BatchRows || !fits && o.start > 0:
		return o.compute(o.start)
	case !fits:
		return o.beginLarge()
	}
	return nil
}

// lastStart is where the last partition of the rows behind from begins; 0: none begins there.
func (o *Over) lastStart(from int) int {
	all := o.rows.Finish()
	first := max(0, from-1)
	n := all.Rows - first
	o.change = append(o.change[:0], make([]bool, n)...)
	for _, c := range o.spec.PartitionBy {
		v := all.Cols[c].Slice(first, all.Rows)
		markChanges(&v, o.change)
	}
	for i := n - 1; i > 0; i-- {
		if o.change[i] {
			return first + i
		}
	}
	return 0
}

// account reports false where memory is refused.
func (o *Over) account() bool {
	need := o.neededFor(o.rows)
	if need <= o.held {
		return true
	}
	if !o.ctx.Memory.TryGrow(need - o.held) {
		return false
	}
	o.held = need
	return true
}

// neededFor is the bytes that computing rows takes.
func (o *Over) neededFor(rows *stream.Builder) int64 {
	return 3*int64(rows.Size()) + 64*int64(rows.Rows())*int64(1+len(o.calls))
}

// compute makes the first n rows ready for emission.
func (o *Over) compute(n int) error {
	all := o.rows.Finish()
	b := &stream.Batch{Rows: n}
	for c := range all.Cols {
		b.Cols = append(b.Cols, all.Cols[c].Slice(0, n))
	}
	f := newFrames(o.spec, o.ctx.Inputs[0].Types(), b)
	for i := range o.calls {
		v, err := o.calls[i].compute(f, b)
		if err != nil {
			return err
		}
		b.Cols = append(b.Cols, v)
	}
	o.rest.Reset()
	if n < all.Rows {
		o.rest.Append(all, kernel.Iota(all.Rows)[n:])
	}
	o.ready, o.next = b, 0
	return nil
}

// Resume emits what is ready, and goes on with a partition on disk.
func (o *Over) Resume(out operator.Output) (bool, error) {
	for {
		switch {
		case out.Full():
			return o.ready != nil || o.large != nil && o.large.whole(), nil
		case o.ready != nil:
			if err := o.emitReady(out); err != nil {
				return false, err
			}
		case o.large != nil && o.large.whole():
			// One block a call: the task looks up between them.
			if err := o.stepLarge(out); err != nil {
				return false, err
			}
			return true, nil
		default:
			return false, nil
		}
	}
}

// emitReady emits the next rows of those that are ready.
func (o *Over) emitReady(out operator.Output) error {
	from, to := o.next, min(o.ready.Rows, o.next+stream.BatchRows)
	o.out = stream.Batch{Cols: o.out.Cols[:0], Rows: to - from}
	for c := range o.ready.Cols {
		o.out.Cols = append(o.out.Cols, o.ready.Cols[c].Slice(from, to))
	}
	if o.next = to; to == o.ready.Rows {
		o.ready = nil
		o.rows, o.rest, o.start = o.rest, o.rows, 0
	}
	return out.Emit(&o.out)
}

// EndInput computes what is left.
func (o *Over) EndInput(_ int, out operator.Output) error {
	o.ended = true
	var err error
	switch {
	case o.large != nil:
		err = o.large.finish()
	case o.rows.Rows() > 0:
		err = o.compute(o.rows.Rows())
	}
	if err != nil {
		return err
	}
	_, err = o.Resume(out)
	return err
}

// MinimumMemory is reserved: smaller partitions need not go to disk.
func (o *Over) MinimumMemory() int64 { return minimumMemory }

// Watermark passes on.
func (o *Over) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// Close gives memory and files back.
func (o *Over) Close() error {
	if o.ctx == nil {
		return nil
	}
	o.ctx.Memory.Shrink(o.held)
	o.held, o.rows, o.rest, o.ready = 0, nil, nil, nil
	var err error
	if o.large != nil {
		err = o.large.close()
		o.large = nil
	}
	if o.space != nil {
		if e := o.space.Close(); err == nil {
			err = e
		}
		o.space = nil
	}
	return err
}

// boundaries turns "differs from the row before" into the start and the end of each row's run.
func boundaries(change []bool) (start, end []int32) {
	start, end = make([]int32, len(change)), make([]int32, len(change))
	s := int32(0)
	for i, c := range change {
		if c {
			s = int32(i)
		}
		start[i] = s
	}
	e := int32(len(change))
	for i := len(change) - 1; i >= 0; i-- {
		end[i] = e
		if change[i] {
			e = int32(i)
		}
	}
	return start, end
}

// gatherOr makes a column of rows of v, NULL where index says NoRow.
func gatherOr(v *vector.Vector, index []uint32) (out vector.Vector) {
	kernel.GatherNullable(&out, v, index)
	return out
}

var _ operator.Resumer = (*Over)(nil)
