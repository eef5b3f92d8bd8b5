package order

import (
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
)

// sorted is what operators over a sorter share: they take all rows, then read
// them in order.
type sorted struct {
	sorter *sorter
	ended  bool
}

// Process takes a batch.
func (s *sorted) Process(_ int, b *stream.Batch, _ operator.Output) error { return s.sorter.add(b) }

// minimumMemory is what sorting run by run takes.
const minimumMemory = 1 << 20

// MinimumMemory is reserved: runs of fewer rows are too many.
func (s *sorted) MinimumMemory() int64 { return minimumMemory }

// Watermark passes on.
func (s *sorted) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// Close gives memory and files back.
func (s *sorted) Close() error {
	if s.sorter == nil {
		return nil
	}
	sorter := s.sorter
	s.sorter = nil
	return sorter.close()
}

// Sort orders a bounded input.
type Sort struct {
	sorted
	spec *physical.Sort
}

// NewSort makes the operator of a plan node.
func NewSort(spec *physical.Sort) *Sort { return &Sort{spec: spec} }

// Open prepares the sorter.
func (s *Sort) Open(ctx *operator.Context) error {
	s.sorter = newSorter(ctx, "Sort", ctx.Inputs[0].Types(), s.spec.Keys, 0)
	return nil
}

// EndInput sorts.
func (s *Sort) EndInput(_ int, out operator.Output) error {
	s.ended = true
	if err := s.sorter.finish(); err != nil {
		return err
	}
	_, err := s.Resume(out)
	return err
}

// Resume emits the next batches.
func (s *Sort) Resume(out operator.Output) (bool, error) {
	if !s.ended {
		return false, nil
	}
	for !out.Full() {
		b, err := s.sorter.read()
		if err != nil || b == nil {
			return false, err
		}
		if err := out.Emit(b); err != nil {
			return false, err
		}
	}
	return true, nil
}

// SortLimit keeps rows [Offset, Offset+Limit) in order, of a bounded input.
type SortLimit struct {
	sorted
	spec *physical.SortLimit
	seen int64
	sel  []uint32
	out  stream.Batch
	tell func(t types.Type, last types.Value)
}

// NewSortLimit makes the operator of a plan node.
func NewSortLimit(spec *physical.SortLimit) *SortLimit { return &SortLimit{spec: spec} }

// OfferLast sets whom to tell the first key of the last row that counts so far,
// each time that it is another one. It is called before Open.
func (s *SortLimit) OfferLast(tell func(t types.Type, last types.Value)) { s.tell = tell }

// Open prepares the sorter.
func (s *SortLimit) Open(ctx *operator.Context) error {
	limit := s.spec.Offset + s.spec.Limit
	if s.spec.Limit < 0 || limit < s.spec.Offset || limit > 1<<31 {
		limit = 0
	}
	s.sorter = newSorter(ctx, "SortLimit", ctx.Inputs[0].Types(), s.spec.Keys, limit)
	s.sorter.tell = s.tell
	return nil
}

// Process takes a batch, unless nothing is wanted.
func (s *SortLimit) Process(_ int, b *stream.Batch, _ operator.Output) error {
	if s.spec.Limit == 0 {
		return nil
	}
	return s.sorter.add(b)
}

// Done reports that no rows are wanted at all.
func (s *SortLimit) Done() bool { return s.spec.Limit == 0 }

// EndInput sorts.
func (s *SortLimit) EndInput(_ int, out operator.Output) error {
	s.ended = true
	if err := s.sorter.finish(); err != nil {
		return err
	}
	_, err := s.Resume(out)
	return err
}

// Resume emits the next batches.
func (s *SortLimit) Resume(out operator.Output) (bool, error) {
	if !s.ended {
		return false, nil
	}
	for !out.Full() {
		b, err := s.sorter.read()
		if err != nil || b == nil {
			return false, err
		}
		from := max(0, s.spec.Offset-s.seen)
		to := min(int64(b.Rows), s.end()-s.seen)
		s.seen += int64(b.Rows)
		if from >= to {
			if s.seen >= s.end() {
				s.ended = false
				return false, nil
			}
			continue
		}
		s.out = stream.Batch{Cols: b.Cols, Rows: b.Rows, Kinds: b.Kinds}
		if from > 0 || to < int64(b.Rows) {
			s.sel = s.sel[:0]
			for r := from; r < to; r++ {
				s.sel = append(s.sel, uint32(r))
			}
			s.out.Sel = s.sel
		}
		if err := out.Emit(&s.out); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *SortLimit) end() int64 {
	if end := s.spec.Offset + s.spec.Limit; s.spec.Limit >= 0 && end >= s.spec.Offset {
		return end
	}
	return 1<<63 - 1
}

var (
	_ operator.Resumer = (*Sort)(nil)
	_ operator.Resumer = (*SortLimit)(nil)
	_ operator.Early   = (*SortLimit)(nil)
)
