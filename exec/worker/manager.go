package worker

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/task"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// Config is what a task manager is made of.
type Config struct {
	Factory  graph.Factory
	Backends Backends                       // nil: no keyed state
	Memory   *memory.Manager                // the promise of the process
	Slots    int                            // that the memory is dealt to; 0: jobs share it as they need
	Listen   string                         // address of the data network; empty: any port of the loopback
	Secure   *tls.Config                    // of the data network, for both ends; nil: plain
	SpillDir string                         // root of scratch space; empty: the system's temporary directory
	Env      func(j *graph.Job) *kernel.Env // for expressions; nil: UTC
	Clock    func() int64                   // processing time in milliseconds; nil: the system's
	Log      *slog.Logger                   // nil: discarded
	Jobs     JobManager                     // hears of the tasks
}

// Manager is a TaskManager in this process.
type Manager struct {
	config  Config
	scratch string

	mu       sync.Mutex
	attempts map[attemptKey]*attempt // until they are dismissed
	idle     chan struct{}           // closed when no task is left; nil: nobody waits for it
	network  *exchange.Network       // made when first asked for
}

type attemptKey struct {
	job    string
	number int
}

// attempt is the subtasks of one attempt of a job here.
type attempt struct {
	job     *graph.Job
	number  int
	ctx     context.Context
	cancel  context.CancelCauseFunc
	tasks   map[TaskID]*running
	left    int // tasks that have not closed
	started bool
	results graph.Results
	memory  *memory.Manager
	leader  int64
	places  map[string][]string
	dir     string
	links   links

	together map[string]*task.Together // by vertex
	tasksOf  map[string]int            // by vertex: tasks here
	open     map[string]int            // by vertex: those that have not closed

	mu     sync.Mutex
	shared map[string]any // by operator: Context.Vertex
}

// running is one subtask with what it holds.
type running struct {
	id      TaskID
	manager *Manager
	attempt *attempt
	vertex  *graph.Vertex
	task    *task.Task
	waker   task.Waker
	state   string // for status
	stamps  Stamps
	waits   bool
	metrics []*metric.Group
	grants  []*memory.Grant
	backend *lazyBackend
	keyed   keyed.Stats // of the backend, when it was closed
}

// NewManager makes a task manager, and clears the scratch space of processes that were killed.
func NewManager(c Config) (*Manager, error) {
	if c.Clock == nil {
		c.Clock = func() int64 { return time.Now().UnixMilli() }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Env == nil {
		c.Env = func(*graph.Job) *kernel.Env { return &kernel.Env{NowMillis: c.Clock()} }
	}
	if c.SpillDir == "" {
		c.SpillDir = filepath.Join(os.TempDir(), "weir-spill")
	}
	if err := clearScratch(c.SpillDir); err != nil {
		return nil, err
	}
	dir := filepath.Join(c.SpillDir, fmt.Sprintf("p%d-%d", os.Getpid(), managers.Add(1)))
	return &Manager{config: c, scratch: dir, attempts: map[attemptKey]*attempt{}}, nil
}

// managers counts those of this process: each has scratch space of its own.
var managers atomic.Int64

// clearScratch removes what processes that are gone left behind.
func clearScratch(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read spill directory: %w", err)
	}
	for _, e := range entries {
		number, _, _ := strings.Cut(strings.TrimPrefix(e.Name(), "p"), "-")
		pid, err := strconv.Atoi(number)
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		if err := os.RemoveAll(filepath.Join(root, e.Name())); err != nil {
			return fmt.Errorf("clear spill directory: %w", err)
		}
	}
	return nil
}

// Deploy makes subtasks ready.
func (m *Manager) Deploy(ctx context.Context, deployment []byte, results graph.Results) error {
	d, job, err := decodeDeployment(deployment)
	if err != nil {
		return err
	}
	if n, ok := m.present(job.ID); ok {
		return fmt.Errorf("deploy attempt %d of job %s: attempt %d is still here", d.Attempt, job.Name, n)
	}
	a := &attempt{
		job: job, number: d.Attempt, tasks: map[TaskID]*running{}, left: len(d.Tasks), results: results, memory: m.share(d.Slots), leader: d.Leader, places: d.Places,
		shared: map[string]any{}, together: map[string]*task.Together{}, tasksOf: map[string]int{}, open: map[string]int{}, dir: spillPath(m.scratch, job.ID, d.Attempt),
	}
	a.ctx, a.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := m.prepare(a, d); err != nil {
		a.abandon()
		return err
	}
	m.mu.Lock()
	m.attempts[attemptKey{job.ID, d.Attempt}] = a
	m.mu.Unlock()
	return nil
}

func decodeDeployment(b []byte) (*Deployment, *graph.Job, error) {
	d := &Deployment{}
	if err := json.Unmarshal(b, d); err != nil {
		return nil, nil, fmt.Errorf("decode deployment: %w", err)
	}
	job, err := graph.Decode(d.Job)
	return d, job, err
}

// present is an attempt of a job that has not been dismissed.
func (m *Manager) present(job string) (number int, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.attempts {
		if k.job == job {
			return k.number, true
		}
	}
	return 0, false
}

// share is the account of a job that holds some of the slots.
func (m *Manager) share(slots int) *memory.Manager {
	if m.config.Slots == 0 || slots == 0 || slots >= m.config.Slots {
		return m.config.Memory
	}
	return memory.NewManager(m.config.Memory.Limit() / int64(m.config.Slots) * int64(slots))
}

// Start runs the subtasks of an attempt.
func (m *Manager) Start(job string, number int) {
	m.mu.Lock()
	a := m.attempts[attemptKey{job, number}]
	if a == nil || a.started {
		m.mu.Unlock()
		return
	}
	a.started = true
	m.mu.Unlock()
	a.links.open()
	for id, r := range a.tasks {
		// Goroutines of the task inherit the labels: profiles split by them.
		r.setState(stateOpening)
		go pprof.Do(a.ctx, pprof.Labels("job", a.job.Name, "task", a.job.Vertex(id.Vertex).Name), r.task.Run)
	}
}

// prepare makes everything the subtasks need; nothing runs yet.
func (m *Manager) prepare(a *attempt, d *Deployment) error {
	for _, t := range d.Tasks {
		id := TaskID{a.job.ID, a.number, t.Vertex, t.Subtask}
		v := a.job.Vertex(t.Vertex)
		if v == nil {
			return fmt.Errorf("deploy %s: the job has no such vertex", id)
		}
		a.tasksOf[v.ID]++
		a.open[v.ID]++
		a.tasks[id] = &running{id: id, manager: m, attempt: a, vertex: v, waker: task.NewWaker(), state: stateDeploying, stamps: Stamps{Deployed: m.config.Clock()}}
	}
	for _, v := range a.job.Vertices {
		var wakers []task.Waker
		for _, r := range a.tasks {
			if r.vertex == v {
				wakers = append(wakers, r.waker)
			}
		}
		a.together[v.ID] = task.NewTogether(wakers)
	}
	w, err := m.wire(a)
	if err != nil {
		return err
	}
	w.from = d.From
	for i := range d.Tasks {
		t := &d.Tasks[i]
		r := a.tasks[TaskID{a.job.ID, a.number, t.Vertex, t.Subtask}]
		if err := m.equip(r, t, w); err != nil {
			return err
		}
	}
	return nil
}

// abandon gives back what a deployment that failed had taken.
func (a *attempt) abandon() {
	a.cancel(context.Canceled)
	a.links.close()
	for _, r := range a.tasks {
		_ = r.closeState() // nothing was stored in it
		r.release()
	}
	_ = os.RemoveAll(a.dir) // scratch: the next start clears what stays
}

func (r *running) closeState() error {
	if r.backend == nil {
		return nil
	}
	return r.backend.Close()
}

// release gives memory back.
func (r *running) release() {
	for _, g := range r.grants {
		g.Close()
	}
}

// Recover commits and rolls back for a sink before its writers open.
func (m *Manager) Recover(ctx context.Context, jobBytes []byte, attempt int, vertex, op string, committables []connector.Committable) error {
	job, err := graph.Decode(jobBytes)
	if err != nil {
		return err
	}
	v := job.Vertex(vertex)
	for i := range v.Chain {
		if v.Chain[i].ID != op {
			continue
		}
		o, err := m.config.Factory(&v.Chain[i], &graph.Env{Job: job, Vertex: v, Parallelism: v.Parallelism, Attempt: attempt})
		if err != nil {
			return err
		}
		r, ok := o.(Recoverer)
		if !ok {
			return nil
		}
		return r.Recover(ctx, connector.WriterContext{Job: job.ID, Sink: op, Parallelism: v.Parallelism, Attempt: attempt, CheckpointInterval: job.Config.CheckpointInterval, Log: m.config.Log}, committables)
	}
	return fmt.Errorf("recover %s: vertex %s has no such operator", op, vertex)
}

func (m *Manager) find(id TaskID) *task.Task {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.attempts[attemptKey{id.Job, id.Attempt}]; a != nil {
		if r := a.tasks[id]; r != nil {
			return r.task
		}
	}
	return nil
}

// Trigger starts a checkpoint in a task.
func (m *Manager) Trigger(id TaskID, b stream.Barrier) {
	if t := m.find(id); t != nil {
		t.Trigger(b)
	}
}

// Completed tells a task that a checkpoint counts.
func (m *Manager) Completed(id TaskID, checkpoint int64) {
	if t := m.find(id); t != nil {
		t.Completed(checkpoint)
	}
}

// Aborted tells a task that a checkpoint was given up.
func (m *Manager) Aborted(id TaskID, checkpoint int64) {
	if t := m.find(id); t != nil {
		t.Aborted(checkpoint)
	}
}

// AssignSplits hands splits to a source.
func (m *Manager) AssignSplits(id TaskID, op string, splits []connector.Split, done bool, epoch int64) {
	if t := m.find(id); t != nil {
		t.AssignSplits(op, splits, done, epoch)
	}
}

// Drain ends a source.
func (m *Manager) Drain(id TaskID) {
	if t := m.find(id); t != nil {
		t.Drain()
	}
}

// Release lets a task close.
func (m *Manager) Release(id TaskID) {
	if t := m.find(id); t != nil {
		t.Release()
	}
}

// Cancel stops an attempt.
func (m *Manager) Cancel(job string, number int, cause error) {
	m.mu.Lock()
	a := m.attempts[attemptKey{job, number}]
	m.mu.Unlock()
	if a != nil {
		a.cancel(cause)
	}
}

// Dismiss drops an attempt: nobody sends to its channels any more.
func (m *Manager) Dismiss(job string, number int) {
	m.mu.Lock()
	key := attemptKey{job, number}
	a := m.attempts[key]
	if a == nil || a.started && a.left > 0 {
		m.mu.Unlock()
		return
	}
	delete(m.attempts, key)
	m.mu.Unlock()
	if !a.started {
		a.abandon()
		return
	}
	a.links.close()
}

// CancelAll stops and drops whatever is here: the job manager is gone. It returns
// when no task runs any more.
func (m *Manager) CancelAll(cause error) {
	m.mu.Lock()
	var keys []attemptKey
	for k, a := range m.attempts {
		keys = append(keys, k)
		a.cancel(cause)
	}
	idle := make(chan struct{})
	m.idle = idle
	m.noteIdle()
	m.mu.Unlock()
	<-idle
	for _, k := range keys {
		m.Dismiss(k.job, k.number)
	}
}

// noteIdle tells who waits that no task runs. The caller holds mu.
func (m *Manager) noteIdle() {
	if m.idle == nil {
		return
	}
	for _, a := range m.attempts {
		if a.started && a.left > 0 {
			return
		}
	}
	close(m.idle)
	m.idle = nil
}

// Close ends the network; jobs must be over.
func (m *Manager) Close() error {
	m.mu.Lock()
	n := m.network
	m.network = nil
	m.mu.Unlock()
	if n != nil {
		if err := n.Close(); err != nil {
			return err
		}
	}
	return os.RemoveAll(m.scratch)
}

// closed takes note of a finished task. Memory goes back with the last subtask of
// a vertex, since they may use a table together, scratch space with the last of all.
func (m *Manager) closed(r *running, err error) {
	var stats keyed.Stats
	if r.backend != nil {
		stats = r.backend.Stats()
	}
	if cerr := r.closeState(); err == nil {
		err = cerr
	}
	a := r.attempt
	m.mu.Lock()
	r.keyed = stats
	r.stamps.Ended = m.config.Clock()
	switch {
	case err == nil:
		r.state = stateFinished
	case a.ctx.Err() != nil:
		r.state = stateCanceled
	default:
		r.state = stateFailed
	}
	a.open[r.vertex.ID]--
	lastOfVertex := a.open[r.vertex.ID] == 0
	m.mu.Unlock()
	if lastOfVertex {
		for _, o := range a.tasks {
			if o.vertex == r.vertex {
				o.release()
			}
		}
	}
	if rerr := m.left(a); err == nil {
		err = rerr
	}
	m.config.Jobs.TaskClosed(r.id, err)
	m.mu.Lock()
	m.noteIdle()
	m.mu.Unlock()
}

// left counts a task out; the last one empties the scratch space of its attempt.
func (m *Manager) left(a *attempt) error {
	m.mu.Lock()
	a.left--
	last := a.left == 0
	m.mu.Unlock()
	if !last {
		return nil
	}
	a.cancel(context.Canceled)
	if err := os.RemoveAll(a.dir); err != nil {
		return fmt.Errorf("remove spill directory: %w", err)
	}
	return nil
}

// The reports of a task go on under its id.

// Running says that all operators are open.
func (r *running) Running() { r.setState(stateRunning); r.manager.config.Jobs.TaskRunning(r.id) }

// Acknowledge passes on what a task captured.
func (r *running) Acknowledge(id int64, s checkpoint.SubtaskState) {
	r.manager.config.Jobs.Acknowledge(r.id, id, s)
}

// Decline passes on that a task cannot take part.
func (r *running) Decline(id int64, reason error) {
	r.manager.config.Jobs.Decline(r.id, id, reason)
}

// RequestSplits passes on that a source has nothing to read.
func (r *running) RequestSplits(op string) { r.manager.config.Jobs.RequestSplits(r.id, op) }

// Ended says that all output is sent.
func (r *running) Ended() { r.setState(stateEnded); r.manager.config.Jobs.TaskEnded(r.id, r.waits) }

// Closed is the last word.
func (r *running) Closed(err error) { r.manager.closed(r, err) }

func (r *running) setState(s string) {
	now := r.manager.config.Clock()
	r.manager.mu.Lock()
	defer r.manager.mu.Unlock()
	switch r.state = s; s {
	case stateOpening:
		r.stamps.Opening = now
	case stateRunning:
		r.stamps.Running = now
	}
}
