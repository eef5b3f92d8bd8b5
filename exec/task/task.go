package task

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/state/keyed"
)

// Config is what a task is made of.
type Config struct {
	Job     *graph.Job
	Vertex  *graph.Vertex
	Subtask int
	Waker   Waker
	Ops     []operator.Operator
	// Contexts are those of the operators; the task fills in what leads back to it.
	Contexts []*operator.Context
	Gates    []GateConfig
	Writers  []*exchange.Writer
	Backend  keyed.Backend // nil: no keyed state
	// Together is shared by the subtasks of the vertex here: those whose operators
	// have something in common (Context.Vertex) end early only all at once.
	Together *Together
	// KeepAlive: when the task has ended it waits for Release, taking part in checkpoints.
	KeepAlive bool
	// Restored is what the subtask starts from when it had ended before: it does not run again.
	Finished *checkpoint.SubtaskState
	Reporter Reporter
	Clock    func() int64
}

// GateConfig is one input: the channels of an edge.
type GateConfig struct {
	Op, Input int
	Queues    []*exchange.Queue
}

// Reporter hears what becomes of a task. The task's goroutine, and for
// Acknowledge another one, calls it; it must not block.
type Reporter interface {
	Running()
	Acknowledge(checkpoint int64, s checkpoint.SubtaskState)
	Decline(checkpoint int64, reason error)
	RequestSplits(op string)
	// Ended: all output is sent. Closed is the last call; err is nil when the task ended well.
	Ended()
	Closed(err error)
}

// Task runs one subtask.
type Task struct {
	config    Config
	name      string
	batchRows int
	wake      Waker
	chain     *chain
	source    operator.Puller
	sourceCh  int // the source's number among the channels of the aligner; -1: no source

	gates    []*gate
	channels []channel
	turn     int
	aligner  *Aligner
	aligned  *stream.Barrier // to be passed when the chain is quiet
	stopped  bool            // behind the last barrier of the job
	shares   bool            // an operator has something in common with other subtasks
	enough   bool            // it needs no more input, and has said so to the others

	mail     mailbox
	cap      capture
	received received

	flushes   bool // rows that wait for company go out when the input is quiet
	dirty     bool // something was processed since the last flush
	lastFlush time.Time
	marked    stream.Marker // the last one sent
	reported  bool
	released  bool
	drains    bool // the source is over, whatever there is to read

	times times
}

// times is where a task's time went, in nanoseconds.
type times struct {
	busy, idle, backPressured atomic.Int64
	asleep                    atomic.Int64 // since when, by the wall clock; negative: held back by its receivers; 0: awake
}

// Times is where a task's time went.
type Times struct{ Busy, Idle, BackPressured time.Duration }

// New makes a task. Run runs it.
func New(c Config) *Task {
	t := &Task{
		config: c, wake: c.Waker, sourceCh: -1, batchRows: c.Job.Config.BatchRows,
		name: fmt.Sprintf("%s (%d/%d)", c.Vertex.Name, c.Subtask+1, c.Vertex.Parallelism),
	}
	t.flushes = c.Job.Config.Streaming || !c.Vertex.Bounded
	t.chain = &chain{now: c.Clock, tail: &tail{writers: c.Writers}, capture: t.captureOperator, passed: t.barrierPassed}
	t.chain.tail.attention = &t.chain.attention
	for i, op := range c.Ops {
		t.chain.nodes = append(t.chain.nodes, newNode(i, &c.Vertex.Chain[i], op, c.Job.Config.Streaming))
	}
	if c.Job.Config.Profile {
		t.profile()
	}
	for i, n := range t.chain.nodes {
		n.out = t.chain.tail
		if i+1 < len(t.chain.nodes) {
			n.next = t.chain.nodes[i+1]
			n.out = &link{c: t.chain, from: n, to: n.next}
		} else {
			t.chain.tail.from = n
			if n.forked != nil {
				n.forked.Fork(t.chain.tail.ports(c.Clock))
			}
		}
		t.equip(n, c.Contexts[i])
	}
	if c.Job.Config.LatencyInterval > 0 && len(c.Writers) == 0 {
		t.chain.latency = c.Contexts[len(c.Ops)-1].Metric.Histogram("latency")
	}
	for _, g := range c.Gates {
		gt := &gate{node: t.chain.nodes[g.Op], input: g.Input, first: len(t.channels), queues: g.Queues, merge: NewMerge(len(g.Queues))}
		t.gates = append(t.gates, gt)
		for at := range g.Queues {
			t.channels = append(t.channels, channel{gate: gt, at: at})
		}
	}
	n := len(t.channels)
	if p, ok := c.Ops[0].(operator.Puller); ok {
		t.source, t.sourceCh = p, n
		n++
	}
	t.aligner = NewAligner(n)
	t.mail.wake = func() { t.chain.attention.Store(true); t.wake.Signal() }
	return t
}

// equip fills in what leads from an operator back to the task.
func (t *Task) equip(n *node, ctx *operator.Context) {
	n.rowsIn, n.rowsOut = ctx.Metric.Counter("numRecordsIn"), ctx.Metric.Counter("numRecordsOut")
	n.at = ctx.Metric.Gauge("currentInputWatermark")
	n.at.Set(stream.MinWatermark)
	n.told = ctx.Metric.Gauge("currentOutputWatermark")
	n.told.Set(stream.MinWatermark)
	if n.env = ctx.Env; n.env != nil {
		n.env.Watermark = stream.MinWatermark
		if ctx.StreamingMode {
			n.clock = t.config.Clock
		}
	}
	ctx.Clock = t.config.Clock
	ctx.Post = func(f func(out operator.Output) error) { t.mail.post(post{n, f}) }
	ctx.Alarm = func(at int64) { n.alarm = at }
	ctx.Await = func() { n.awaits.Store(true) }
	ctx.Awaken = func() { n.awaits.Store(false); t.wake.Signal() }
	ctx.InputFloor = func(input int) stream.Watermark { return t.floor(n, input) }
	ctx.RequestSplits = func() { t.config.Reporter.RequestSplits(n.spec.ID) }
	if share := ctx.Vertex; share != nil {
		ctx.Vertex = func(make func() any) any { t.shares = true; return share(make) }
	}
}

// Run runs the task to its end and tells the reporter of it. It returns when
// all operators are closed and nothing of the task runs any more.
func (t *Task) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	err := t.guarded(func() error { return t.run(ctx) })
	cancel()
	t.cap.wait()
	if cerr := t.guarded(t.close); err == nil {
		err = cerr
	}
	t.config.Reporter.Closed(err)
}

// floor is the lowest watermark of the channels of an input; of an operator of
// the chain, what it has passed on.
func (t *Task) floor(n *node, input int) stream.Watermark {
	for _, g := range t.gates {
		if g.node == n && g.input == input {
			return g.merge.Floor()
		}
	}
	return n.merge.Input(input)
}

// guarded turns a panic into an error that names the operator.
func (t *Task) guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panic: %v\n%s", t.where(), p, debug.Stack())
		}
	}()
	return f()
}

func (t *Task) where() string {
	if n := t.chain.current; n != nil {
		return n.spec.Name + " " + n.spec.ID + " in " + t.name
	}
	return t.name
}

func (t *Task) run(ctx context.Context) error {
	t.cap.ctx = ctx
	if t.config.Finished != nil {
		t.endAtOnce()
	} else if err := t.open(ctx); err != nil {
		return err
	}
	t.config.Reporter.Running()
	return t.loop(ctx)
}

// open opens the operators, the last first: a source finds the rest ready.
func (t *Task) open(ctx context.Context) error {
	for i := len(t.chain.nodes) - 1; i >= 0; i-- {
		n := t.chain.nodes[i]
		t.chain.current = n
		t.config.Contexts[i].Ctx = ctx
		n.opened = true
		if err := n.op.Open(t.config.Contexts[i]); err != nil {
			return n.wrap(fmt.Errorf("open: %w", err))
		}
	}
	t.chain.current = nil
	for _, g := range t.gates {
		if len(g.queues) > 0 {
			continue
		}
		// No sender deals to this subtask: the input has ended.
		for _, it := range []item{{kind: itemWatermark, input: g.input, watermark: stream.MaxWatermark}, {kind: itemEnd, input: g.input}} {
			if err := t.chain.deliver(g.node, it); err != nil {
				return err
			}
		}
	}
	return nil
}

// endAtOnce is a subtask that had ended before the restored checkpoint.
func (t *Task) endAtOnce() {
	for _, n := range t.chain.nodes {
		n.stop()
	}
	t.finish()
}

// finish ends the task's output, whatever its inputs do.
func (t *Task) finish() {
	for c := range t.aligner.channels {
		t.judge(t.aligner.End(c), t.aligner.barrier)
	}
	for _, g := range t.gates {
		for _, q := range g.queues {
			q.Close()
		}
	}
	now := t.config.Clock()
	for _, w := range t.config.Writers {
		w.End(now)
	}
	t.chain.ended = true
}

func (t *Task) loop(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { t.chain.attention.Store(true) })()
	last, steps := time.Now(), 0
	for {
		t.chain.attention.Store(false)
		if ctx.Err() != nil { // from here on the cancellation calls for attention
			return context.Cause(ctx)
		}
		if err := t.mail.handle(); err != nil {
			return err
		}
		if (t.chain.ended || t.stopped) && t.over() {
			return nil
		}
		progress, err := t.step()
		if err != nil {
			return err
		}
		if progress {
			t.dirty = true
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if steps++; steps%256 == 0 {
				now := time.Now()
				t.times.busy.Add(int64(now.Sub(last)))
				last = now
			}
			continue
		}
		wait, flushed, err := t.quiet()
		if err != nil {
			return err
		}
		if flushed {
			continue
		}
		blocked := !t.chain.quiet() || t.chain.tail.Full()
		slept := time.Now()
		t.times.busy.Add(int64(slept.Sub(last)))
		t.times.fallAsleep(slept, blocked)
		if err := t.sleep(ctx, wait); err != nil {
			return err
		}
		last = time.Now()
		t.times.wakeUp(last.Sub(slept), blocked)
	}
}

// over reports that the task has ended and may close.
func (t *Task) over() bool {
	if t.chain.ended && !t.reported {
		t.reported = true
		t.mayEnd() // the others need not go on for this one's sake
		t.config.Reporter.Ended()
	}
	if !t.config.KeepAlive {
		return true
	}
	if !t.released {
		return false
	}
	for _, n := range t.chain.nodes {
		if n.settler != nil && n.opened && !n.settler.Settled() {
			return false
		}
	}
	return true
}

// step does one piece of work and reports whether there was any.
func (t *Task) step() (bool, error) {
	if p, ok := t.mail.nextPost(); ok {
		return true, t.chain.post(p.node, p.f)
	}
	if progress, err := t.chain.run(); progress || err != nil {
		return true, err
	}
	if done, err := t.cutShort(); done || err != nil {
		return true, err
	}
	quiet := t.chain.quiet()
	if quiet {
		if done, err := t.between(); done || err != nil {
			return true, err
		}
	}
	if t.aligned != nil || t.stopped || t.chain.ended {
		return false, nil
	}
	if done, err := t.read(); done || err != nil {
		return true, err
	}
	if quiet && t.source != nil {
		return t.pull()
	}
	return false, nil
}

// between does what belongs between two elements: the barrier, ticks.
func (t *Task) between() (bool, error) {
	if t.aligned != nil && !t.chain.attention.Load() {
		b := *t.aligned
		t.aligned = nil
		return true, t.passBarrier(b)
	}
	return t.tick()
}

// cutShort ends what nobody needs: inputs of an operator that has enough, and
// a task whose receivers want nothing more.
func (t *Task) cutShort() (bool, error) {
	if t.chain.ended || t.config.Job.Config.Streaming {
		return false, nil
	}
	if t.config.Vertex.Bounded && t.chain.tail.closed() && t.mayEnd() {
		t.endAtOnce()
		return true, nil
	}
	for i := len(t.chain.nodes) - 1; i >= 0; i-- {
		n := t.chain.nodes[i]
		if n.early == nil || n.over || !n.early.Done() || !t.mayEnd() {
			continue
		}
		for _, g := range t.gates {
			if g.node.index <= n.index {
				for at, q := range g.queues {
					t.aligner.End(g.first + at)
					q.Close()
				}
			}
		}
		if t.sourceCh >= 0 {
			t.aligner.End(t.sourceCh)
		}
		return true, t.chain.cutShort(n)
	}
	return false, nil
}

// mayEnd reports whether the task may end early: the others may wait for it, or
// rely on it having seen all its rows, unless they need no more either.
func (t *Task) mayEnd() bool {
	if !t.shares || t.config.Together == nil {
		return true
	}
	if !t.enough {
		t.enough = true
		t.config.Together.arrive()
	}
	return t.config.Together.all()
}

// Together counts the subtasks of a vertex that need no more input.
type Together struct {
	mu     sync.Mutex
	left   int
	wakers []Waker
}

// NewTogether makes a Together of all subtasks of a vertex in this process.
func NewTogether(wakers []Waker) *Together { return &Together{left: len(wakers), wakers: wakers} }

func (g *Together) arrive() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left--; g.left == 0 {
		for _, w := range g.wakers {
			w.Signal()
		}
	}
}

func (g *Together) all() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.left <= 0
}

// pull lets the source emit.
func (t *Task) pull() (bool, error) {
	n := t.chain.nodes[0]
	if n.over || t.aligner.Blocked(t.sourceCh) || n.out.Full() {
		return false, nil
	}
	t.chain.current = n
	timed := t.chain.watch.turn(n.busy)
	marker := t.dueMarker()
	found, err := operator.PulledAll, error(nil)
	if !t.drains {
		found, err = t.source.Pull(&sourceOutput{Output: n.out, t: t, n: n})
	}
	if err == nil && found == operator.PulledAll {
		t.judge(t.aligner.End(t.sourceCh), t.aligner.barrier)
		n.end()
	}
	if err == nil && marker != 0 && found == operator.PulledSome {
		t.marked = marker
		n.behind = append(n.behind, item{kind: itemMarker, marker: marker})
	}
	if err == nil {
		err = t.chain.settle(n)
	}
	if err != nil {
		return true, n.wrap(err)
	}
	t.chain.watch.turn(timed)
	t.chain.current = nil
	return found != operator.PulledNothing, nil
}

// dueMarker is the time, when a marker is due: it follows the rows that are
// pulled now and carries when that began. 0: none is due.
func (t *Task) dueMarker() stream.Marker {
	every := t.config.Job.Config.LatencyInterval * int64(time.Millisecond/time.Microsecond)
	if every == 0 {
		return 0
	}
	if now := time.Now().UnixMicro(); now-t.marked >= every {
		return now
	}
	return 0
}

// sourceOutput is the output of the head of a chain that reads splits.
type sourceOutput struct {
	operator.Output
	t *Task
	n *node
}

func (o *sourceOutput) Watermark(w stream.Watermark) error {
	o.t.dirty = true
	o.n.passWatermark(w)
	return o.t.chain.settle(o.n)
}

func (o *sourceOutput) Idle(on bool) error {
	if on == o.n.idle {
		return nil
	}
	o.n.idle, o.t.dirty = on, true
	kind := itemActive
	if on {
		kind = itemIdle
	}
	o.n.behind = append(o.n.behind, item{kind: kind})
	return o.t.chain.settle(o.n)
}

// tick serves operators whose time has come.
func (t *Task) tick() (bool, error) {
	var now int64
	for _, n := range t.chain.nodes {
		if n.alarm == 0 || n.clocked == nil || n.over {
			continue
		}
		if now == 0 {
			now = t.config.Clock()
		}
		if n.alarm > now {
			continue
		}
		n.alarm = 0
		return true, t.chain.post(n, func(out operator.Output) (err error) {
			next, err := n.clocked.Tick(now, out)
			if n.alarm == 0 || next != 0 && next < n.alarm {
				n.alarm = next
			}
			return err
		})
	}
	return false, nil
}

// linger is how long rows gather while a busy input is quiet for a moment.
const linger = 2 * time.Millisecond

// quiet flushes what was held for batching when the input has nothing; not in
// bounded plans, where nobody waits for a row. It returns how long to sleep, 0: until woken.
func (t *Task) quiet() (wait time.Duration, flushed bool, err error) {
	if t.dirty && t.flushes && t.chain.quiet() && !t.chain.ended {
		now := time.Now()
		if since := now.Sub(t.lastFlush); since < linger {
			return linger - since, false, nil
		}
		t.dirty, t.lastFlush = false, now
		return 0, true, t.chain.deliver(t.chain.nodes[0], item{kind: itemFlush})
	}
	for _, n := range t.chain.nodes {
		if n.alarm == 0 || n.clocked == nil || n.over {
			continue
		}
		until := max(time.Duration(n.alarm-t.config.Clock()), 0)*time.Millisecond + 1
		if wait == 0 || until < wait {
			wait = until
		}
	}
	return wait, false, nil
}

// sleep is the one place where a task waits.
func (t *Task) sleep(ctx context.Context, wait time.Duration) error {
	var due <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-t.wake:
	case <-due:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// close closes the operators that were opened, and the channels.
func (t *Task) close() (err error) {
	for _, n := range t.chain.nodes {
		if !n.opened {
			continue
		}
		t.chain.current = n
		n.opened = false
		if cerr := n.op.Close(); cerr != nil && err == nil {
			err = n.wrap(fmt.Errorf("close: %w", cerr))
		}
	}
	for _, g := range t.gates {
		for _, q := range g.queues {
			q.Close()
		}
	}
	return err
}

func (t *times) fallAsleep(now time.Time, blocked bool) {
	at := now.UnixNano()
	if blocked {
		at = -at
	}
	t.asleep.Store(at)
}

func (t *times) wakeUp(slept time.Duration, blocked bool) {
	t.asleep.Store(0)
	if blocked {
		t.backPressured.Add(int64(slept))
	} else {
		t.idle.Add(int64(slept))
	}
}

// Times is where the task's time went so far; a sleep under way counts.
func (t *Task) Times() Times {
	out := Times{time.Duration(t.times.busy.Load()), time.Duration(t.times.idle.Load()), time.Duration(t.times.backPressured.Load())}
	switch at := t.times.asleep.Load(); {
	case at > 0:
		out.Idle += time.Duration(max(0, time.Now().UnixNano()-at))
	case at < 0:
		out.BackPressured += time.Duration(max(0, time.Now().UnixNano()+at))
	}
	return out
}

// Name is the vertex and subtask, for people.
func (t *Task) Name() string { return t.name }

// mailbox is what others say to a task.
type mailbox struct {
	wake     func()
	mu       sync.Mutex
	messages []func() error // handled at the next turn of the loop
	posts    []post         // run between two elements
	taken    []func() error
}

type post struct {
	node *node
	f    func(out operator.Output) error
}

func (m *mailbox) send(f func() error) {
	m.mu.Lock()
	m.messages = append(m.messages, f)
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) post(p post) {
	m.mu.Lock()
	m.posts = append(m.posts, p)
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) handle() error {
	m.mu.Lock()
	m.taken, m.messages = m.messages, m.taken[:0]
	m.mu.Unlock()
	for _, f := range m.taken {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// nextPost takes the first post whose operator's output has room. It comes before
// the operator is resumed: what was posted may be what it waits for.
func (m *mailbox) nextPost() (post, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, p := range m.posts {
		if p.node.over || !p.node.out.Full() {
			m.posts = append(m.posts[:i], m.posts[i+1:]...)
			return p, true
		}
	}
	return post{}, false
}
