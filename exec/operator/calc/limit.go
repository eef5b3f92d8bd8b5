package calc

import (
	"encoding/binary"
	"fmt"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// Limit keeps rows [Offset, Offset+Limit) as they come.
type Limit struct {
	stateless
	spec *physical.Limit
	seen int64
	sel  []uint32
	out  stream.Batch
}

// NewLimit makes a Limit of its plan node.
func NewLimit(spec *physical.Limit) *Limit { return &Limit{spec: spec} }

// Open goes on counting where the restored checkpoint stood.
func (l *Limit) Open(ctx *operator.Context) error {
	for _, part := range ctx.Restored {
		if len(part) != 8 {
			return fmt.Errorf("restore limit: a count has %d bytes", len(part))
		}
		l.seen += int64(binary.BigEndian.Uint64(part))
	}
	return nil
}

// Snapshot is the number of rows seen. Rows counted by a subtask that is gone
// have been passed on, so their count may go to any other.
func (l *Limit) Snapshot(int64) ([][]byte, error) {
	return [][]byte{binary.BigEndian.AppendUint64(nil, uint64(l.seen))}, nil
}

// Redistribution deals the counts.
func (*Limit) Redistribution() operator.Redistribution { return operator.Deal }

// Process passes the rows of a batch that lie within the limit.
func (l *Limit) Process(_ int, b *stream.Batch, out operator.Output) error {
	n := int64(b.Len())
	from := max(0, l.spec.Offset-l.seen)
	to := min(n, l.spec.Offset+l.spec.Limit-l.seen)
	l.seen += n
	if from >= to {
		return nil
	}
	if from == 0 && to == n {
		return out.Emit(b)
	}
	l.sel = l.sel[:0]
	for i := from; i < to; i++ {
		r := uint32(i)
		if b.Sel != nil {
			r = b.Sel[i]
		}
		l.sel = append(l.sel, r)
	}
	l.out = stream.Batch{Cols: b.Cols, Rows: b.Rows, Sel: l.sel, Kinds: b.Kinds}
	return out.Emit(&l.out)
}

// Done reports that no further row can pass, so that the job may stop reading.
func (l *Limit) Done() bool { return l.seen >= l.spec.Offset+l.spec.Limit }

// SingleRow passes at most one row and fails on a second: a scalar subquery.
type SingleRow struct {
	stateless
	seen bool
}

// Open has nothing to prepare.
func (*SingleRow) Open(*operator.Context) error { return nil }

// Process passes a batch of one row, once.
func (s *SingleRow) Process(_ int, b *stream.Batch, out operator.Output) error {
	if s.seen || b.Len() > 1 {
		return sqlerr.Newf(sqlerr.Cardinality, "a scalar subquery returned more than one row")
	}
	s.seen = true
	return out.Emit(b)
}
