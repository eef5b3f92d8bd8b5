package source

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
)

// Source reads the splits of a connector.
type Source struct {
	spec   connector.Source
	filter func() []*expr.Expr
	narrow atomic.Pointer[[]*expr.Expr] // of Narrow
	// members is of NarrowTo.
	members  atomic.Pointer[[]*connector.Members]
	ctx      *operator.Context
	reads    *reading
	progress *progress

	splits  []*split // live, in the order of assignment
	byID    map[string]*split
	done    bool          // no splits will follow
	asked   bool          // for splits, without an answer yet
	none    bool          // the job has no splits for the moment
	dry     bool          // the reader has none left
	last    func()        // releases the fetch that was pulled last
	waiting []epochSplits // belong behind a barrier that has not passed
	passed  int64         // newest barrier that has passed or was aborted
	clock   clock
	current *split // whose rows are being emitted, for Watermarks
	told    bool   // of the time that restored splits have
	byTime  bool   // a Watermarks operator is chained behind

	view stream.Batch
}

// split is a live split.
type split struct {
	connector.Split
	watermark stream.Watermark
	lastRow   int64 // processing time
	begun     bool  // a fetch of it was pulled
	idle      bool
	mark      *metric.Gauge // of its watermark; nil: nobody asks for it
}

// epochSplits is an assignment that belongs behind the barrier of a checkpoint.
type epochSplits struct {
	epoch  int64
	splits []connector.Split
	done   bool
}

// New makes a Source. filter is what joins have narrowed the scan to so far; nil
// where none does. A source that will be narrowed does not read ahead of its first Pull.
func New(spec connector.Source, filter func() []*expr.Expr) *Source {
	return &Source{spec: spec, filter: filter, byID: map[string]*split{}}
}

// Open opens the reader and goes on with the splits of the restored checkpoint.
func (s *Source) Open(ctx *operator.Context) error {
	s.ctx = ctx
	s.clock = newClock(ctx.AutoWatermarkInterval, ctx.IdleTimeout)
	filter := s.filter
	if filter == nil {
		filter = s.narrowing
	}
	r, err := s.spec.Open(ctx.Ctx, connector.ReaderContext{Subtask: ctx.Subtask, Parallelism: ctx.Parallelism, BatchRows: ctx.BatchRows, Filter: filter, Members: s.narrowedTo, Log: ctx.Log, Metric: ctx.Metric})
	if err != nil {
		return fmt.Errorf("open reader: %w", err)
	}
	s.reads, s.progress = newReading(r, ctx.Awaken), newProgress(r)
	if ctx.Profile {
		s.reads.took = ctx.Metric.Counter(MetricRead)
	}
	if s.filter == nil {
		s.reads.start(ctx.Ctx)
	}
	for _, part := range ctx.Restored {
		var st splitState
		if err := json.Unmarshal(part, &st); err != nil {
			return fmt.Errorf("restore split: %w", err)
		}
		sp := s.add(st.Split)
		sp.watermark = st.Watermark
	}
	if len(s.splits) > 0 {
		s.reads.assign(s.live())
	}
	s.dry = len(s.splits) == 0
	s.ask()
	return nil
}

func (s *Source) add(c connector.Split) *split {
	sp := &split{Split: c, watermark: stream.MinWatermark, lastRow: s.ctx.Clock()}
	if s.ctx.StreamingMode && s.ctx.Metric != nil {
		sp.mark = s.ctx.Metric.Gauge(markName(c.ID))
		sp.mark.Set(sp.watermark)
	}
	s.splits = append(s.splits, sp)
	s.byID[c.ID] = sp
	return sp
}

func (s *Source) live() []connector.Split {
	out := make([]connector.Split, len(s.splits))
	for i, sp := range s.splits {
		out[i] = sp.Split
	}
	return out
}

// ask requests splits when the reader has none that ends, or has begun its only
// one: then the next is at hand when it ends, and no split waits here that another
// could read.
func (s *Source) ask() {
	if s.done || s.asked {
		return
	}
	ending, begun := 0, 0
	for _, sp := range s.splits {
		if !sp.Endless {
			ending++
			if sp.begun {
				begun++
			}
		}
	}
	if ending > 1 || begun < ending {
		return
	}
	s.asked = true
	s.ctx.RequestSplits()
}

// AssignSplits adds splits, behind the barrier they belong to.
func (s *Source) AssignSplits(splits []connector.Split, done bool, epoch int64) error {
	if epoch > s.passed {
		s.waiting = append(s.waiting, epochSplits{epoch, splits, done})
		return nil
	}
	s.done = s.done || done
	if len(splits) == 0 && !done {
		s.none = true // none yet: the request stands
		return nil
	}
	s.asked, s.none = false, false
	for _, c := range splits {
		if s.byID[c.ID] != nil {
			return fmt.Errorf("split %s is assigned twice", c.ID)
		}
		s.add(c)
	}
	if len(splits) > 0 {
		s.dry = false
		s.reads.assign(splits)
	}
	s.ask()
	return nil
}

// pass lets in what waited for a barrier.
func (s *Source) pass(checkpoint int64) error {
	s.passed = max(s.passed, checkpoint)
	waiting := s.waiting
	s.waiting = nil
	for _, w := range waiting {
		if err := s.AssignSplits(w.splits, w.done, w.epoch); err != nil {
			return err
		}
	}
	return nil
}

// Pull emits one fetch.
func (s *Source) Pull(out operator.SourceOutput) (operator.Pulled, error) {
	if s.last != nil {
		s.last()
		s.last = nil
	}
	s.reads.start(s.ctx.Ctx)
	if !s.told { // restored splits tell their time before their rows
		s.told = true
		if err := s.tell(out, true); err != nil {
			return 0, err
		}
	}
	f, ok := s.reads.poll()
	if !ok {
		return s.rest(out)
	}
	if f.err != nil {
		return 0, f.err
	}
	if f.need {
		s.dry = len(s.splits) == 0
		s.ask()
		return operator.PulledSome, nil
	}
	s.last = f.Release
	if err := s.emit(f.Fetch, out); err != nil {
		return 0, err
	}
	return operator.PulledSome, s.tell(out, false)
}

// rest is a Pull that finds nothing.
func (s *Source) rest(out operator.SourceOutput) (operator.Pulled, error) {
	if s.dry && s.done && len(s.splits) == 0 && len(s.waiting) == 0 {
		return operator.PulledAll, nil
	}
	return operator.PulledNothing, s.tell(out, true)
}

// emit passes a fetch on and moves its splits forward.
func (s *Source) emit(f connector.Fetch, out operator.Output) error {
	now := s.ctx.Clock()
	if f.Batch != nil && (!s.byTime || len(f.Spans) == 1) {
		if len(f.Spans) == 1 {
			s.current = s.byID[f.Spans[0].Split]
		}
		if err := out.Emit(f.Batch); err != nil {
			return err
		}
	} else if f.Batch != nil {
		if err := s.emitBySpan(f, out); err != nil {
			return err
		}
	}
	for i := range f.Spans {
		if err := s.move(&f.Spans[i], now); err != nil {
			return err
		}
	}
	s.ask()
	return nil
}

// emitBySpan passes each split's rows on alone, so that time is told per split.
func (s *Source) emitBySpan(f connector.Fetch, out operator.Output) error {
	for i := range f.Spans {
		sp := &f.Spans[i]
		s.current = s.byID[sp.Split]
		s.view = sliceRows(f.Batch, sp.From, sp.To)
		if err := out.Emit(&s.view); err != nil {
			return err
		}
	}
	return nil
}

// sliceRows is rows [from, to) of b, sharing its columns.
func sliceRows(b *stream.Batch, from, to int) stream.Batch {
	out := stream.Batch{Cols: make([]vector.Vector, len(b.Cols)), Rows: to - from}
	for i := range b.Cols {
		out.Cols[i] = b.Cols[i].Slice(from, to)
	}
	if b.Kinds != nil {
		out.Kinds = b.Kinds[from:to]
	}
	if b.Sel == nil {
		return out
	}
	out.Sel = []uint32{}
	for _, r := range b.Sel {
		if int(r) >= from && int(r) < to {
			out.Sel = append(out.Sel, r-uint32(from))
		}
	}
	return out
}

// move takes the position behind a span.
func (s *Source) move(sp *connector.Span, now int64) error {
	it := s.byID[sp.Split]
	if it == nil {
		return fmt.Errorf("the reader returned rows of split %s, which it does not have", sp.Split)
	}
	it.Data, it.begun = sp.After, true
	if sp.To > sp.From {
		it.lastRow, it.idle = now, false
	}
	if sp.Watermark != 0 {
		it.watermark = max(it.watermark, sp.Watermark)
	}
	if !sp.Finished {
		return nil
	}
	s.progress.finished(it.Split)
	if it.mark != nil {
		s.ctx.Metric.DropGauge(markName(it.ID))
	}
	delete(s.byID, sp.Split)
	for i, x := range s.splits {
		if x == it {
			s.splits = append(s.splits[:i], s.splits[i+1:]...)
			break
		}
	}
	s.clock.finished(it.watermark)
	s.dry = len(s.splits) == 0
	return nil
}

// splitState is a live split in a checkpoint.
type splitState struct {
	connector.Split
	Watermark stream.Watermark `json:"watermark"`
}

// Snapshot is the live splits, each a part, at the positions the task has taken.
func (s *Source) Snapshot(checkpoint int64) ([][]byte, error) {
	var parts [][]byte
	for _, sp := range s.splits {
		b, err := json.Marshal(splitState{Split: sp.Split, Watermark: sp.watermark})
		if err != nil {
			return nil, fmt.Errorf("encode split %s: %w", sp.ID, err)
		}
		parts = append(parts, b)
	}
	s.progress.snapshot(checkpoint, s.live())
	return parts, s.pass(checkpoint)
}

// Redistribution deals splits round robin.
func (s *Source) Redistribution() operator.Redistribution { return operator.Deal }

// Completed tells a reader that wants to know.
func (s *Source) Completed(_ context.Context, checkpoint int64) error {
	return s.progress.completed(checkpoint)
}

// Aborted lets in what waited for a barrier that will not come.
func (s *Source) Aborted(checkpoint int64) {
	s.progress.aborted(checkpoint)
	if err := s.pass(checkpoint); err != nil {
		s.ctx.Post(func(operator.Output) error { return err })
	}
}

// Process, Watermark and EndInput are for operators with inputs.
func (s *Source) Process(int, *stream.Batch, operator.Output) error {
	return fmt.Errorf("a source has no input")
}

// Watermark passes.
func (s *Source) Watermark(w stream.Watermark, _ operator.Output) (stream.Watermark, error) {
	return w, nil
}

// EndInput has nothing to end.
func (s *Source) EndInput(int, operator.Output) error { return nil }

// Close stops the reader.
func (s *Source) Close() error {
	if s.last != nil {
		s.last()
		s.last = nil
	}
	if s.reads == nil {
		return nil
	}
	return s.reads.close()
}

var (
	_ operator.Operator    = (*Source)(nil)
	_ operator.Puller      = (*Source)(nil)
	_ operator.SplitTaker  = (*Source)(nil)
	_ operator.Snapshotter = (*Source)(nil)
	_ operator.Notified    = (*Source)(nil)
	_ operator.Clocked     = (*Source)(nil)
)
