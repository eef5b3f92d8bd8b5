package join

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// NestedLoop joins without an equality to hash by: the built input is held
// whole, and every probe row meets every row of it, a batch of pairs at a time.
type NestedLoop struct {
	spec  *physical.NestedLoopJoin
	ctx   *operator.Context
	build int
	kind  sides
	cond  *condition

	rows  *stream.Builder
	held  int64
	built *stream.Batch // nil while building
	hit   vector.Bitmap // by build row: has a match
	pairs *pairs        // for what is said of probe rows

	in     *stream.Batch
	sel    []uint32
	next   int // of sel
	from   int // of the build rows for that row
	chunk  []vector.Vector
	left   []uint32
	right  []uint32
	tail   int // of the build rows, when the probe has ended
	ending bool
	out    stream.Batch
}

// NewNestedLoop makes the operator of a plan node.
func NewNestedLoop(spec *physical.NestedLoopJoin) *NestedLoop { return &NestedLoop{spec: spec} }

// Open compiles the condition.
func (j *NestedLoop) Open(ctx *operator.Context) (err error) {
	j.ctx = ctx
	if j.spec.BuildRight {
		j.build = 1
	}
	if j.kind, err = sidesOf(j.spec.Kind, j.spec.BuildRight); err != nil {
		return err
	}
	lt, rt := ctx.Inputs[0].Types(), ctx.Inputs[1].Types()
	if j.cond, err = newCondition(j.spec.Cond, append(lt[:len(lt):len(lt)], rt...), ctx.Env); err != nil {
		return err
	}
	buildTypes, probeTypes := ctx.Inputs[j.build].Types(), ctx.Inputs[1-j.build].Types()
	j.rows = stream.NewBuilder(buildTypes)
	j.pairs = newPairs(j.kind, j.spec.BuildRight, probeTypes, buildTypes, j.cond)
	j.pairs.table = &table{}
	j.chunk = make([]vector.Vector, len(lt)+len(rt))
	return nil
}

// Wants is the built input first.
func (j *NestedLoop) Wants() uint64 {
	if j.built == nil {
		return 1 << j.build
	}
	return 1 << (1 - j.build)
}

// Process keeps a build batch or starts on a probe batch.
func (j *NestedLoop) Process(input int, b *stream.Batch, out operator.Output) error {
	if input == j.build {
		return j.keep(b)
	}
	j.in, j.sel, j.next, j.from = b, b.Sel, 0, 0
	if j.sel == nil {
		j.sel = kernel.Iota(b.Rows)
	}
	j.pairs.seen = clearBits(j.pairs.seen, b.Rows)
	_, err := j.Resume(out)
	return err
}

func (j *NestedLoop) keep(b *stream.Batch) error {
	j.rows.Append(b, nil)
	if grown := 2*int64(j.rows.Size()) - j.held; grown > 0 { // builders double
		if !j.ctx.Memory.TryGrow(grown) {
			return sqlerr.Newf(sqlerr.InsufficientMemory, "NestedLoopJoin: the %d rows held of one input do not fit into its memory", j.rows.Rows()).
				WithHint("add an equality to the join condition, or give the process more memory")
		}
		j.held += grown
	}
	return nil
}

// EndInput goes on to probing, or to the rows that found no match.
func (j *NestedLoop) EndInput(input int, out operator.Output) error {
	if input == j.build {
		j.built = j.rows.Finish()
		j.hit = vector.NewBitmap(j.built.Rows)
		return nil
	}
	if j.kind.marked() {
		j.ending = true
	}
	_, err := j.Resume(out)
	return err
}

// Resume emits the next pairs.
func (j *NestedLoop) Resume(out operator.Output) (bool, error) {
	for !out.Full() {
		switch {
		case j.in != nil:
			if err := j.step(out); err != nil {
				return false, err
			}
		case j.ending:
			if err := j.stepTail(out); err != nil {
				return false, err
			}
		default:
			return false, nil
		}
	}
	return true, nil
}

// step meets the next pairs, or says what is left of the batch when they are through.
func (j *NestedLoop) step(out operator.Output) error {
	if j.next == len(j.sel) || j.built.Rows == 0 {
		b := j.in
		j.in = nil
		if j.kind.mark || j.kind.probeMatched || j.kind.probeLone {
			return j.lone(b, out)
		}
		return nil
	}
	j.collect()
	keep := kernel.Iota(len(j.left))
	if j.cond != nil {
		j.gather(j.cond.uses, j.cond.batch.Cols)
		var err error
		if keep, err = j.cond.keep(len(j.left)); err != nil {
			return err
		}
	}
	if err := j.note(keep); err != nil {
		return err
	}
	if !j.kind.pairs || len(keep) == 0 {
		return nil
	}
	j.gather(nil, j.chunk)
	sel := keep
	if len(keep) == len(j.left) {
		sel = nil
	}
	j.out = stream.Batch{Cols: j.chunk, Rows: len(j.left), Sel: sel}
	return out.Emit(&j.out)
}

// collect lists the next pairs: each probe row with the build rows in order.
func (j *NestedLoop) collect() {
	j.left, j.right = j.left[:0], j.right[:0]
	for j.next < len(j.sel) && len(j.left) < stream.BatchRows {
		r := j.sel[j.next]
		to := min(j.built.Rows, j.from+stream.BatchRows-len(j.left))
		for i := j.from; i < to; i++ {
			j.left, j.right = append(j.left, r), append(j.right, uint32(i))
		}
		if j.from = to; to == j.built.Rows {
			j.next, j.from = j.next+1, 0
		}
	}
}

// gather makes the columns of the pairs, all or those that uses names.
func (j *NestedLoop) gather(uses []bool, cols []vector.Vector) {
	probe, build := j.pairs.offsets()
	for c := range j.in.Cols {
		if uses == nil || uses[probe+c] {
			kernel.Gather(&j.chunk[probe+c], &j.in.Cols[c], j.left)
			cols[probe+c] = j.chunk[probe+c]
		}
	}
	for c := range j.built.Cols {
		if uses == nil || uses[build+c] {
			kernel.Gather(&j.chunk[build+c], &j.built.Cols[c], j.right)
			cols[build+c] = j.chunk[build+c]
		}
	}
}

// note remembers which rows have found a match.
func (j *NestedLoop) note(keep []uint32) error {
	for _, k := range keep {
		r := int(j.left[k])
		if j.kind.single && j.pairs.seen.Get(r) {
			return moreThanOne()
		}
		j.pairs.seen.Set(r)
	}
	if j.kind.marked() {
		for _, k := range keep {
			j.hit.Set(int(j.right[k]))
		}
	}
	return nil
}

// lone says what is to be said of probe rows when their pairs are through.
func (j *NestedLoop) lone(b *stream.Batch, out operator.Output) error {
	if j.kind.mark {
		return j.pairs.emitMark(b, nil, out)
	}
	return j.pairs.lone(b, out)
}

// stepTail emits the next build rows that have, or have not, found a match.
func (j *NestedLoop) stepTail(out operator.Output) error {
	j.right = j.right[:0]
	for ; j.tail < j.built.Rows && len(j.right) < stream.BatchRows; j.tail++ {
		if j.hit.Get(j.tail) == j.kind.buildMatched {
			j.right = append(j.right, uint32(j.tail))
		}
	}
	j.ending = j.tail < j.built.Rows
	if len(j.right) == 0 {
		return nil
	}
	n := len(j.right)
	_, build := j.pairs.offsets()
	cols := make([]vector.Vector, len(j.built.Cols))
	for c := range j.built.Cols {
		kernel.Gather(&j.chunk[build+c], &j.built.Cols[c], j.right)
		cols[c] = j.chunk[build+c]
	}
	if !j.kind.padded {
		j.out = stream.Batch{Cols: cols, Rows: n}
		return out.Emit(&j.out)
	}
	left, right := j.pairs.open(n, nil)
	copy(right, cols)
	for c, t := range j.pairs.probeTypes {
		left[c] = kernel.NullVector(t.Phys(), n, nullKids(t))
	}
	return out.Emit(&j.pairs.out)
}

// Watermark passes on.
func (j *NestedLoop) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// Close gives the memory back.
func (j *NestedLoop) Close() error {
	if j.ctx != nil {
		j.ctx.Memory.Shrink(j.held)
		j.held, j.rows, j.built = 0, nil, nil
	}
	return nil
}

var (
	_ operator.Selective = (*NestedLoop)(nil)
	_ operator.Resumer   = (*NestedLoop)(nil)
	_ operator.Early     = (*Hash)(nil)
)
