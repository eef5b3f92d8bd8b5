package order

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Rank is bounded Top-N: it sorts by partition and order, and keeps the rows
// whose number within their partition lies in [Start, End].
type Rank struct {
	sorted
	spec   *physical.Rank
	keys   []physical.SortKey
	last   *stream.Builder // the last row of the batch before, for its partition
	number int64           // of that row
	change []bool
	sel    []uint32
	nums   []int64
	out    stream.Batch
}

// NewRank makes the operator of a bounded plan node.
func NewRank(spec *physical.Rank) *Rank { return &Rank{spec: spec} }

// Open prepares the sorter.
func (r *Rank) Open(ctx *operator.Context) error {
	for _, c := range r.spec.PartitionBy {
		r.keys = append(r.keys, physical.SortKey{Col: c, NullsFirst: true})
	}
	r.keys = append(r.keys, r.spec.OrderBy...)
	ts := ctx.Inputs[0].Types()
	limit := int64(0)
	if len(r.spec.PartitionBy) == 0 && r.spec.End < 1<<31 {
		limit = max(0, r.spec.End)
	}
	r.sorter = newSorter(ctx, "Rank", ts, r.keys, limit)
	r.last = stream.NewBuilder(ts)
	return nil
}

// EndInput sorts.
func (r *Rank) EndInput(_ int, out operator.Output) error {
	r.ended = true
	if err := r.sorter.finish(); err != nil {
		return err
	}
	_, err := r.Resume(out)
	return err
}

// Resume emits the next batches.
func (r *Rank) Resume(out operator.Output) (bool, error) {
	if !r.ended {
		return false, nil
	}
	for !out.Full() {
		b, err := r.sorter.read()
		if err != nil || b == nil {
			return false, err
		}
		r.numberRows(b)
		if len(r.sel) == 0 {
			continue
		}
		r.out = stream.Batch{Cols: append(r.out.Cols[:0], b.Cols...), Rows: b.Rows, Sel: r.sel}
		if r.spec.EmitNumber {
			r.out.Cols = append(r.out.Cols, vector.Of(types.PhysInt64, r.nums))
		}
		if err := out.Emit(&r.out); err != nil {
			return false, err
		}
	}
	return true, nil
}

// numberRows numbers the rows of a batch and selects those in the range.
func (r *Rank) numberRows(b *stream.Batch) {
	r.change = append(r.change[:0], make([]bool, b.Rows)...)
	for _, c := range r.spec.PartitionBy {
		markChanges(&b.Cols[c], r.change)
	}
	before := r.last.Finish()
	if before.Rows > 0 {
		for _, c := range r.spec.PartitionBy {
			r.change[0] = r.change[0] || !kernel.EqualAt(&before.Cols[c], 0, &b.Cols[c], 0)
		}
	}
	r.sel, r.nums = r.sel[:0], r.nums[:0]
	n := r.number
	for i, change := range r.change {
		if change {
			n = 0
		}
		n++
		r.nums = append(r.nums, n)
		if n >= r.spec.Start && n <= r.spec.End {
			r.sel = append(r.sel, uint32(i))
		}
	}
	r.number = n
	r.last.Reset()
	r.last.Append(b, []uint32{uint32(b.Rows - 1)})
}

var _ operator.Resumer = (*Rank)(nil)
