package order

import (
	"errors"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
)

// slide computes frames that begin and end some way off their row, over a
// window of a partition on disk:
//
//	dropped │ rows of coming frames │ next … rows whose frame is in the window │ …
//
// The frames are those of the window taken for a partition. A row's frame is its
// own when it neither touches the window's end, unless the partition ends there,
// nor its begin, unless the partition begins there.
type slide struct {
	rows, rest *stream.Builder
	next       int  // the first row that has not been emitted
	dropped    bool // the partition begins before the window
	ended      bool // it ends with the window
	fresh      int  // rows since frames were computed
}

func (p *largePartition) newSlide() *slide {
	ts := p.run.Types()
	return &slide{rows: stream.NewBuilder(ts), rest: stream.NewBuilder(ts)}
}

// stepSlide adds a block to the window, and emits the rows whose frames are in it.
func (p *largePartition) stepSlide(out operator.Output) (over bool, err error) {
	s := p.slide
	b, err := p.reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		s.ended = true
	case err != nil:
		return false, err
	default:
		s.rows.Append(b, nil)
		s.fresh += b.Rows
		if s.fresh < s.next { // frames are computed anew over rows that were there: not for every block
			return false, nil
		}
	}
	window := s.rows.Finish()
	s.fresh = 0
	if err := p.grow(window.Rows); err != nil {
		return false, err
	}
	f := newFrames(p.o.spec, p.run.Types(), window)
	to := s.next
	for to < window.Rows && s.holds(f, to, window.Rows) {
		to++
	}
	if to > s.next {
		if err := p.emitSlide(f, window, to, out); err != nil {
			return false, err
		}
	}
	s.drop(window, to, int(f.lo[min(to, window.Rows-1)])) // frames begin no earlier from row to row
	return s.ended, nil
}

// holds reports that the window has the whole frame of a row.
func (s *slide) holds(f *frames, r, rows int) bool {
	return (s.ended || int(f.hi[r]) < rows) && (!s.dropped || f.lo[r] > 0)
}

// emitSlide emits the rows of the window from next up to a row.
func (p *largePartition) emitSlide(f *frames, window *stream.Batch, to int, out operator.Output) error {
	results := make([]vector.Vector, len(p.calls))
	for i, c := range p.calls {
		if c != nil {
			var err error
			if results[i], err = c.compute(f, window); err != nil {
				return err
			}
		}
	}
	for from := p.slide.next; from < to; from += stream.BatchRows {
		end := min(to, from+stream.BatchRows)
		b := &stream.Batch{Rows: end - from}
		for c := range window.Cols {
			b.Cols = append(b.Cols, window.Cols[c].Slice(from, end))
		}
		if err := p.emitWith(b, func(i int) (vector.Vector, error) { return results[i].Slice(from, end), nil }, out); err != nil {
			return err
		}
	}
	p.slide.next = to
	return nil
}

// drop forgets the rows that no frame from row next on has; one more is kept, so
// that frames do not touch the begin.
func (s *slide) drop(window *stream.Batch, next, frame int) {
	keep := max(0, min(frame, next)-1)
	if keep == 0 {
		s.next = next
		return
	}
	s.rest.Reset()
	s.rest.Append(window, kernel.Iota(window.Rows)[keep:])
	s.rows, s.rest = s.rest, s.rows
	s.next, s.dropped = next-keep, true
}

// grow counts what the window takes.
func (p *largePartition) grow(rows int) error {
	need := p.o.neededFor(p.slide.rows)
	if need <= p.o.held {
		return nil
	}
	if !p.o.ctx.Memory.TryGrow(need - p.o.held) {
		return p.tooSmall("a frame of about", rows, need)
	}
	p.o.held = need
	return nil
}
