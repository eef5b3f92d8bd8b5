package order

import (
	"errors"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/spill"
)

// largePartition is a partition that is more than memory holds. Its rows lie in
// a run, which is read once or twice, a block at a time:
//
//	rows ─▶ run ─▶ measuring: results at the ends of frames ─▶ ends
//	           └─▶ emitting: rows, with what their place or their frame's end says
//
// Frames that begin with the partition end with it, with a row's peers, or with
// the row; only the last needs no measuring. Others slide (over_slide.go).
type largePartition struct {
	o      *Over
	end    frameEnd
	key    *stream.Batch // its first row
	writer *spill.Writer // nil: all rows are in run
	run    *spill.Run

	reader    *spill.Reader
	measuring bool
	calls     []*running // by call; nil: of place
	peers     peers
	shifted   map[int]*shifted // by call: the run again, some rows ahead or behind
	ends      *spill.Writer    // while measuring: how many rows, and the results that they share
	shared    *sharedResults
	unit      int64           // rows since the last end
	last      *stream.Builder // the results at the last row
	slide     *slide          // nil: frames begin with the partition
	out       stream.Batch
}

// frameEnd is where the frames of a large partition end.
type frameEnd uint8

const (
	endsWithPartition frameEnd = iota
	endsWithPeers
	endsWithRow
	slides // begins and ends near the row
)

// beginLarge moves the rows at hand, all of one partition, to disk.
func (o *Over) beginLarge() error {
	p := &largePartition{o: o}
	if err := p.check(); err != nil {
		return err
	}
	if o.space == nil {
		space, err := o.ctx.OpenSpill()
		if err != nil {
			return err
		}
		o.space = space
	}
	ts := o.ctx.Inputs[0].Types()
	all, first := o.rows.Finish(), stream.NewBuilder(ts)
	first.Append(all, []uint32{0})
	p.key = first.Finish()
	var err error
	if p.writer, err = o.space.Writer(ts); err != nil {
		return err
	}
	o.large = p
	if err := p.writer.WriteRows(all, nil); err != nil {
		return err
	}
	o.rows, o.rest = stream.NewBuilder(ts), stream.NewBuilder(ts)
	o.ctx.Memory.Shrink(o.held)
	o.held = 0
	o.ctx.Metric.Counter("largePartitions").Add(1)
	return nil
}

// check finds out where frames end, and refuses those that one pass forward does not give.
func (p *largePartition) check() error {
	o, s := p.o, p.o.spec
	hard := false
	switch {
	case s.To.Unbounded || s.Unit == logical.Range && s.To.Offset == 0 && len(s.OrderBy) == 0:
		p.end, hard = endsWithPartition, !s.From.Unbounded
	case !s.From.Unbounded:
		p.end = slides
	case s.To.Offset != 0:
		hard = true
	case s.Unit == logical.Range:
		p.end = endsWithPeers
	default:
		p.end = endsWithRow
	}
	framed := false
	for i := range o.calls {
		framed = framed || !ofPlace(o.calls[i].call.Func)
	}
	if !framed {
		p.end = endsWithRow
	}
	if o.ctx.Spill == nil || hard && framed {
		return p.tooSmall("a partition of more than", o.rows.Rows(), o.neededFor(o.rows))
	}
	return nil
}

func (p *largePartition) tooSmall(what string, rows int, need int64) error {
	return sqlerr.Newf(sqlerr.InsufficientMemory, "OverAggregate: %s %d rows needs %d bytes, and its memory has %d", what, rows, need, p.o.held).
		WithHint("partition by more columns, or give the process more memory; frames from UNBOUNDED PRECEDING to CURRENT ROW or UNBOUNDED FOLLOWING do with any memory")
}

// whole reports that all rows are there.
func (p *largePartition) whole() bool { return p.run != nil }

// add writes the rows of a batch that belong to the partition; those behind them wait.
func (p *largePartition) add(b *stream.Batch) error {
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	n := len(sel)
	if n == 0 {
		return nil
	}
	if !p.has(b, sel[n-1]) {
		for n = 0; p.has(b, sel[n]); n++ {
		}
	}
	if n > 0 {
		if err := p.writer.WriteRows(b, sel[:n]); err != nil {
			return err
		}
	}
	if n == len(sel) {
		return nil
	}
	p.o.rows.Append(b, sel[n:])
	return p.finish()
}

func (p *largePartition) has(b *stream.Batch, r uint32) bool {
	for _, c := range p.o.spec.PartitionBy {
		if !kernel.EqualAt(&p.key.Cols[c], 0, &b.Cols[c], int(r)) {
			return false
		}
	}
	return true
}

// finish ends the run and starts on the first pass over it.
func (p *largePartition) finish() (err error) {
	w := p.writer
	p.writer = nil
	if p.run, err = w.Close(); err != nil {
		return err
	}
	p.calls, p.shifted = p.newRunning(), map[int]*shifted{}
	if p.end == slides {
		p.slide = p.newSlide()
		return p.open()
	}
	framed := []types.Type{types.BigIntType.NotNull()}
	for i, c := range p.calls {
		if c != nil {
			framed = append(framed, p.o.calls[i].call.Type)
		}
	}
	if len(framed) > 1 && p.end != endsWithRow {
		p.measuring = true
		p.last = stream.NewBuilder(framed)
		if p.ends, err = p.o.space.Writer(framed); err != nil {
			return err
		}
	}
	return p.open()
}

// open starts a pass.
func (p *largePartition) open() (err error) {
	p.peers = newPeers(p.o.spec.OrderBy, p.run.Types())
	p.reader, err = p.run.Open()
	return err
}

// stepLarge does one block of a pass. When the partition is through, the rows behind it are next.
func (o *Over) stepLarge(out operator.Output) error {
	over, err := o.large.step(out)
	if err != nil || !over {
		return err
	}
	p := o.large
	o.large = nil
	if err := p.close(); err != nil {
		return err
	}
	o.ctx.Memory.Shrink(o.held)
	o.held = 0
	if o.start = o.lastStart(0); o.ended && o.rows.Rows() > 0 {
		return o.compute(o.rows.Rows())
	}
	return nil
}

func (p *largePartition) step(out operator.Output) (over bool, err error) {
	if p.slide != nil {
		return p.stepSlide(out)
	}
	b, err := p.reader.Next()
	switch {
	case errors.Is(err, io.EOF) && p.measuring:
		return false, p.measured()
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil:
		return false, err
	case p.measuring:
		return false, p.measure(b)
	}
	return false, p.emit(b, out)
}

// measure folds a block in, and writes the results at the ends in it. An end is
// known by the row behind it.
func (p *largePartition) measure(b *stream.Batch) error {
	change := p.peers.changes(b)
	var results []vector.Vector
	for _, c := range p.calls {
		if c != nil {
			v, err := c.block(b, p.end == endsWithPeers)
			if err != nil {
				return err
			}
			results = append(results, v)
		}
	}
	if p.end == endsWithPartition {
		p.unit += int64(b.Rows)
		return nil
	}
	for i, changed := range change {
		if changed && p.unit > 0 {
			if i > 0 {
				p.keepLast(results, i-1)
			}
			if err := p.endUnit(); err != nil {
				return err
			}
		}
		p.unit++
	}
	p.keepLast(results, b.Rows-1)
	return nil
}

// keepLast keeps the results at a row, with room for the count in front.
func (p *largePartition) keepLast(results []vector.Vector, r int) {
	p.last.Reset()
	at := []uint32{uint32(r)}
	for i := range results {
		p.last.Column(i+1).AppendVector(&results[i], at)
	}
}

// endUnit writes the results that the rows since the last end share.
func (p *largePartition) endUnit() error {
	p.last.Column(0).AppendValue(types.IntValue(p.unit))
	p.last.Advance(1, stream.Insert)
	p.unit = 0
	return p.ends.Write(p.last.Finish())
}

// measured ends the first pass and starts on the second.
func (p *largePartition) measured() error {
	if p.end == endsWithPartition {
		var results []vector.Vector
		for _, c := range p.calls {
			if c != nil {
				v, err := c.total()
				if err != nil {
					return err
				}
				results = append(results, v)
			}
		}
		p.keepLast(results, 0)
	}
	if err := p.endUnit(); err != nil {
		return err
	}
	w := p.ends
	p.ends = nil
	run, err := w.Close()
	if err != nil {
		return err
	}
	p.shared, p.measuring = &sharedResults{run: run}, false
	if err := p.reader.Close(); err != nil {
		return err
	}
	if p.shared.reader, err = run.Open(); err != nil {
		return err
	}
	return p.open()
}

// emit emits a block of rows with their results.
func (p *largePartition) emit(b *stream.Batch, out operator.Output) error {
	if p.shared == nil {
		return p.emitWith(b, func(i int) (vector.Vector, error) { return p.calls[i].block(b, true) }, out)
	}
	results, err := p.shared.take(b.Rows)
	if err != nil {
		return err
	}
	next := -1
	return p.emitWith(b, func(int) (vector.Vector, error) { next++; return results[next], nil }, out)
}

// emitWith emits rows with what their place says, and with the results of the
// functions of frames, which are asked for in the order of the calls.
func (p *largePartition) emitWith(b *stream.Batch, framed func(call int) (vector.Vector, error), out operator.Output) error {
	place := p.peers.places(b, p.run.Rows)
	p.out = stream.Batch{Cols: append(p.out.Cols[:0], b.Cols...), Rows: b.Rows}
	for i, c := range p.calls {
		var v vector.Vector
		var err error
		if c == nil {
			v, err = p.atPlace(i, place, b)
		} else {
			v, err = framed(i)
		}
		if err != nil {
			return err
		}
		p.out.Cols = append(p.out.Cols, v)
	}
	return out.Emit(&p.out)
}

func (p *largePartition) close() (err error) {
	keep := func(e error) {
		if err == nil {
			err = e
		}
	}
	for _, w := range []*spill.Writer{p.writer, p.ends} {
		if w != nil {
			w.Abort()
		}
	}
	if p.reader != nil {
		keep(p.reader.Close())
	}
	for _, s := range p.shifted {
		keep(s.reader.Close())
	}
	if p.shared != nil {
		if p.shared.reader != nil {
			keep(p.shared.reader.Close())
		}
		keep(p.shared.run.Remove())
	}
	if p.run != nil {
		keep(p.run.Remove())
	}
	return err
}

// sharedResults reads the results at ends, each for as many rows as share it.
type sharedResults struct {
	run    *spill.Run
	reader *spill.Reader
	block  *stream.Batch
	row    int
	left   int64 // rows that still share it
}

// take is the results of the next n rows.
func (s *sharedResults) take(n int) ([]vector.Vector, error) {
	ts := s.run.Types()[1:]
	out := stream.NewBuilder(ts)
	var index []uint32
	flush := func() {
		for c := range ts {
			out.Column(c).AppendVector(&s.block.Cols[c+1], index)
		}
		index = index[:0]
	}
	for n > 0 {
		if s.left == 0 {
			if s.row++; s.block == nil || s.row >= s.block.Rows {
				if len(index) > 0 {
					flush()
				}
				b, err := s.reader.Next()
				if err != nil {
					return nil, err
				}
				s.block, s.row = b, 0
			}
			s.left = s.block.Cols[0].ValueAt(s.row).I
		}
		k := int(min(s.left, int64(n)))
		for range k {
			index = append(index, uint32(s.row))
		}
		n, s.left = n-k, s.left-int64(k)
	}
	if len(index) > 0 {
		flush()
	}
	return out.Finish().Cols, nil
}
