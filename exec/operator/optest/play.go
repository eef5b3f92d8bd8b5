package optest

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/heap"
	"github.com/weir-engine/weir/state/keyed"
)

// player drives one operator, as a task would.
type player struct {
	t       *testing.T
	c       Case
	w       way
	op      operator.Operator
	ctx     *operator.Context
	memory  *memory.Manager
	grants  []*memory.Grant
	backend keyed.Backend
	disk    fs.FS
	attempt int

	marks   []stream.Watermark // by input
	ended   []bool
	open    int
	passed  stream.Watermark
	waiting []Event // for inputs that are not wanted
	now     int64
	alarm   int64
	log     []change
	times   []stream.Watermark
	asked   int // Full, since it last had room

	mu    sync.Mutex
	posts []func(out operator.Output) error
	news  chan struct{}
}

func play(t *testing.T, c Case, w way) {
	t.Helper()
	if err := played(t, c, w); err != nil {
		t.Fatal(err)
	}
}

// played plays a case in one way and says what is wrong with the operator.
func played(t *testing.T, c Case, w way) error {
	p := &player{
		t: t, c: c, w: w, memory: memory.NewManager(w.memory), disk: fs.NewMemory(), passed: math.MinInt64, now: 1_000_000,
		marks: make([]stream.Watermark, len(c.Inputs)), ended: make([]bool, len(c.Inputs)), open: len(c.Inputs), news: make(chan struct{}, 1),
	}
	for i := range p.marks {
		p.marks[i] = math.MinInt64
	}
	defer p.close()
	err := p.start(nil, nil)
	for i, e := range c.Events {
		if err == nil && i == w.restore {
			err = p.restart()
		}
		if err == nil {
			err = p.happen(e)
		}
	}
	if err == nil && len(p.waiting) > 0 {
		err = fmt.Errorf("input %d was never wanted", p.waiting[0].input)
	}
	return p.judge(err)
}

// start opens a fresh operator with what a snapshot held.
func (p *player) start(parts [][]byte, handle *keyed.Handle) error {
	p.op = p.c.New()
	ctx, cancel := context.WithCancel(context.Background())
	p.t.Cleanup(cancel)
	p.ctx = &operator.Context{
		Ctx: ctx, Job: "test", ID: "op", Inputs: p.c.Inputs, Output: p.c.Output, Parallelism: 1, MaxParallelism: 16, Attempt: p.attempt,
		BatchRows: p.w.batch, StreamingMode: p.c.Streaming, Env: &kernel.Env{NowMillis: p.now}, Clock: func() int64 { return p.now },
		Log: slog.New(slog.DiscardHandler), Metric: metric.NewGroup(), Restored: parts, Fresh: p.attempt == 0, Memory: p.grant("operator"),
		Spill: spill{p.t}, Await: func() {}, Awaken: p.signal, Alarm: func(at int64) { p.alarm = at },
		InputFloor: func(i int) stream.Watermark { return p.marks[i] }, Vertex: func(make func() any) any { return make() },
	}
	p.ctx.Post = func(f func(operator.Output) error) {
		p.mu.Lock()
		p.posts = append(p.posts, f)
		p.mu.Unlock()
		p.signal()
	}
	if p.c.Streaming {
		if err := p.openState(handle); err != nil {
			return err
		}
	}
	if p.c.Adjust != nil {
		p.c.Adjust(p.ctx)
	}
	return p.op.Open(p.ctx)
}

func (p *player) grant(who string) *memory.Grant {
	g, err := p.memory.Open(who, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	p.grants = append(p.grants, g)
	return g
}

func (p *player) openState(handle *keyed.Handle) (err error) {
	config := keyed.Config{
		Dir: p.t.TempDir(), FS: p.disk, Checkpoints: "/checkpoints", Owner: "op-0", Attempt: fmt.Sprint(p.attempt),
		Groups: keyed.GroupRange{From: 0, To: 16}, MaxParallelism: 16, Memory: p.grant("state"),
	}
	if handle != nil {
		config.Restore = []keyed.Handle{*handle}
	}
	if p.backend, err = heap.Open(config); err != nil {
		return err
	}
	p.ctx.Store, err = p.backend.Store("op")
	return err
}

func (p *player) signal() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

type spill struct{ t *testing.T }

func (s spill) Dir() (string, error) { return s.t.TempDir(), nil }

// restart takes a snapshot at a barrier and goes on from it with a new operator.
func (p *player) restart() error {
	if f, ok := p.op.(operator.Flusher); ok {
		if err := p.settle(f.Flush(p)); err != nil {
			return err
		}
	}
	var parts [][]byte
	if s, ok := p.op.(operator.Snapshotter); ok {
		var err error
		if parts, err = s.Snapshot(1); err != nil {
			return err
		}
	}
	up, err := p.backend.Snapshot(1)
	if err != nil {
		return err
	}
	handle, err := up.Run(context.Background())
	if err != nil {
		return err
	}
	p.close()
	p.attempt++
	// Time is not state of an operator: the inputs tell it anew.
	marks := slices.Clone(p.marks)
	for i := range p.marks {
		p.marks[i] = math.MinInt64
	}
	p.passed = math.MinInt64
	if err := p.start(parts, &handle); err != nil {
		return err
	}
	for i, w := range marks {
		if w > math.MinInt64 {
			if err := p.watermark(i, w); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *player) close() {
	if p.op != nil {
		if err := p.op.Close(); err != nil {
			p.t.Errorf("close: %v", err)
		}
		p.op = nil
	}
	if p.backend != nil {
		if err := p.backend.Close(); err != nil {
			p.t.Errorf("close state: %v", err)
		}
		p.backend = nil
	}
	for _, g := range p.grants {
		if g.InUse() != 0 && !p.t.Failed() {
			p.t.Errorf("%d bytes of memory were not given back", g.InUse())
		}
		g.Close()
	}
	p.grants = nil
}

// happen lets an event reach the operator, or wait until its input is wanted.
func (p *player) happen(e Event) error {
	waits := slices.ContainsFunc(p.waiting, func(x Event) bool { return x.input == e.input })
	if (e.kind == rowsEvent || e.kind == endEvent) && (waits || !p.wants(e.input)) {
		p.waiting = append(p.waiting, e)
		return nil
	}
	if err := p.take(e); err != nil {
		return err
	}
	return p.takeWaiting()
}

func (p *player) takeWaiting() error {
	for i := 0; i < len(p.waiting); {
		e := p.waiting[i]
		earlier := slices.ContainsFunc(p.waiting[:i], func(x Event) bool { return x.input == e.input })
		if earlier || !p.wants(e.input) {
			i++
			continue
		}
		p.waiting = slices.Delete(p.waiting, i, i+1)
		if err := p.take(e); err != nil {
			return err
		}
		i = 0
	}
	return nil
}

func (p *player) wants(input int) bool {
	s, ok := p.op.(operator.Selective)
	return !ok || s.Wants()&(1<<input) != 0
}

func (p *player) take(e Event) error {
	p.asked = 0
	switch e.kind {
	case rowsEvent:
		for from := 0; from < len(e.rows); from += p.w.batch {
			b := build(e.rows[from:min(from+p.w.batch, len(e.rows))], p.c.Inputs[e.input], p.w.dress)
			if err := p.settle(p.op.Process(e.input, b.batch, p)); err != nil {
				return err
			}
			b.scribble()
		}
	case watermarkEvent:
		return p.watermark(e.input, e.time)
	case endEvent:
		return p.end(e.input)
	case tickEvent:
		return p.tick(e.time)
	case flushEvent:
		if f, ok := p.op.(operator.Flusher); ok {
			return p.settle(f.Flush(p))
		}
	}
	return nil
}

func (p *player) watermark(input int, w stream.Watermark) error {
	before := slices.Min(p.marks)
	p.marks[input] = max(p.marks[input], w)
	combined := slices.Min(p.marks)
	if combined <= before {
		return nil
	}
	forward, err := p.op.Watermark(combined, p)
	if forward > combined && err == nil {
		return fmt.Errorf("it passed watermark %d on at %d", forward, combined)
	}
	if err := p.settle(err); err != nil {
		return err
	}
	if forward > p.passed {
		p.passed = forward
		p.times = append(p.times, forward)
	}
	return nil
}

func (p *player) end(input int) error {
	if err := p.watermark(input, stream.MaxWatermark); err != nil {
		return err
	}
	p.ended[input] = true
	p.open--
	return p.settle(p.op.EndInput(input, p))
}

func (p *player) tick(now int64) error {
	c, ok := p.op.(operator.Clocked)
	for ok && p.alarm > 0 && p.alarm <= now {
		p.now = max(p.now, p.alarm)
		p.alarm = 0
		next, err := c.Tick(p.now, p)
		if err := p.settle(err); err != nil {
			return err
		}
		if p.alarm == 0 {
			p.alarm = next
		}
	}
	p.now = max(p.now, now)
	return nil
}

// settle runs posts and resumes the operator until it has no more.
func (p *player) settle(err error) error {
	for err == nil {
		p.mu.Lock()
		posts := p.posts
		p.posts = nil
		p.mu.Unlock()
		for _, f := range posts {
			if err := f(p); err != nil {
				return err
			}
		}
		r, ok := p.op.(operator.Resumer)
		if !ok {
			return nil
		}
		p.asked = 0
		more, err := r.Resume(p)
		if err != nil || !more {
			return err
		}
	}
	return err
}

// Emit notes the rows: they are lent.
func (p *player) Emit(b *stream.Batch) error {
	if len(b.Cols) != p.c.Output.Len() && b.Len() > 0 {
		return fmt.Errorf("it emitted %d columns instead of %d", len(b.Cols), p.c.Output.Len())
	}
	for i := range b.Cols {
		if b.Cols[i].Len != b.Rows && b.Len() > 0 {
			return fmt.Errorf("column %d has %d rows, the batch %d", i, b.Cols[i].Len, b.Rows)
		}
	}
	p.log = append(p.log, changes(b, p.c.Output)...)
	return nil
}

// Full is true every so often, for operators that ask.
func (p *player) Full() bool {
	p.asked++
	return p.w.full > 0 && p.asked > p.w.full
}

func (p *player) judge(err error) error {
	c := p.c
	if c.Fails != "" {
		if err == nil || !strings.Contains(err.Error(), c.Fails) {
			return fmt.Errorf("want a failure that says %q, got %w", c.Fails, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	var lines []string
	for _, x := range p.log {
		lines = append(lines, x.String())
	}
	got, err := fold(p.log, c.Key)
	if err != nil {
		return fmt.Errorf("%w in\n%s", err, strings.Join(lines, "\n"))
	}
	if want := sorted(c.Want); !slices.Equal(got, want) {
		return fmt.Errorf("got\n%s\nwant\n%s\nchangelog\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), strings.Join(lines, "\n"))
	}
	if !p.w.isPlain() {
		return nil
	}
	if c.Log != nil && !slices.Equal(lines, c.Log) {
		return fmt.Errorf("changelog\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(c.Log, "\n"))
	}
	if c.Watermarks != nil && !slices.Equal(p.times, c.Watermarks) {
		return fmt.Errorf("watermarks %d, want %d", p.times, c.Watermarks)
	}
	return nil
}
