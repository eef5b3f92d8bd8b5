package calc

import (
	"slices"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// Replicate emits each row as often as its last column says, without that column.
// Of an update by which only the number changes it emits the difference.
type Replicate struct {
	stateless

	batch  *stream.Batch // being emitted; nil: none
	at     int           // its next row, among those selected
	left   int64         // copies of the last row that are still to come
	row    uint32        // the last row
	kind   stream.RowKind
	counts []int64

	index []uint32
	kinds []stream.RowKind
	cols  []vector.Vector
	out   stream.Batch
}

// NewReplicate makes a Replicate of its plan node.
func NewReplicate(*physical.Replicate) *Replicate { return &Replicate{} }

// Open has nothing to prepare.
func (*Replicate) Open(*operator.Context) error { return nil }

// Process emits the copies of a batch's rows.
func (r *Replicate) Process(_ int, b *stream.Batch, out operator.Output) error {
	flat := b.Cols[len(b.Cols)-1].Flatten()
	r.counts = append(r.counts[:0], vector.Values[int64](&flat)[:b.Rows]...)
	r.batch, r.at, r.left = b, 0, 0
	_, err := r.Resume(out)
	return err
}

// Resume goes on with the batch.
func (r *Replicate) Resume(out operator.Output) (bool, error) {
	for r.batch != nil {
		if out.Full() {
			return true, nil
		}
		r.fill()
		if len(r.index) == 0 {
			r.batch = nil
			break
		}
		if err := r.emit(out); err != nil {
			return false, err
		}
	}
	return false, nil
}

// fill lists the next copies, at most a batch of them.
func (r *Replicate) fill() {
	r.index, r.kinds = r.index[:0], r.kinds[:0]
	for len(r.index) < stream.BatchRows {
		if r.left == 0 && !r.next() {
			return
		}
		n := min(r.left, int64(stream.BatchRows-len(r.index)))
		for range n {
			r.index, r.kinds = append(r.index, r.row), append(r.kinds, r.kind)
		}
		r.left -= n
	}
}

// next takes the next row, or the next pair of which only the number differs.
func (r *Replicate) next() bool {
	for r.at < r.batch.Len() {
		row := selected(r.batch, r.at)
		r.at++
		n, kind := r.counts[row], stream.Insert
		if r.batch.Kind(int(row)).IsRetract() {
			n, kind = -n, stream.Delete
		}
		if r.batch.Kind(int(row)) == stream.UpdateBefore && r.at < r.batch.Len() {
			if after := selected(r.batch, r.at); r.same(row, after) {
				n += r.counts[after]
				r.at++
				if kind = stream.Delete; n > 0 {
					kind = stream.Insert
				}
			}
		}
		if n != 0 {
			r.row, r.kind, r.left = row, kind, max(n, -n)
			return true
		}
	}
	return false
}

func selected(b *stream.Batch, i int) uint32 {
	if b.Sel != nil {
		return b.Sel[i]
	}
	return uint32(i)
}

// same reports rows that differ in their number at most.
func (r *Replicate) same(a, b uint32) bool {
	for c := range r.batch.Cols[:len(r.batch.Cols)-1] {
		v := &r.batch.Cols[c]
		if !kernel.EqualAt(v, int(a), v, int(b)) {
			return false
		}
	}
	return true
}

func (r *Replicate) emit(out operator.Output) error {
	n := len(r.batch.Cols) - 1
	r.cols = slices.Grow(r.cols[:0], n)[:n]
	for c := range r.cols {
		kernel.Gather(&r.cols[c], &r.batch.Cols[c], r.index)
	}
	r.out = stream.Batch{Cols: r.cols, Rows: len(r.index)}
	if r.batch.Kinds != nil {
		r.out.Kinds = r.kinds
	}
	return out.Emit(&r.out)
}

var _ operator.Resumer = (*Replicate)(nil)
