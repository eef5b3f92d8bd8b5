package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
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
	attempts map[attemptKey]*attempt
	over     map[attemptKey][]TaskStatus // attempts that are over, the newest few
	order    []attemptKey
	network  *exchange.Network // made when a job first asks for it
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
	results graph.Results
	dir     string
	unwire  func() // takes its channels off the network

	together map[string]*task.Together // by vertex
	open     map[string]int            // by vertex: tasks that have not closed

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
	dir := filepath.Join(c.SpillDir, "p"+strconv.Itoa(os.Getpid()))
	return &Manager{config: c, scratch: dir, attempts: map[attemptKey]*attempt{}, over: map[attemptKey][]TaskStatus{}}, nil
}

// clearScratch removes what processes that are gone left behind.
func clearScratch(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read spill directory: %w", err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(strings.TrimPrefix(e.Name(), "p"))
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		if err := os.RemoveAll(filepath.Join(root, e.Name())); err != nil {
			return fmt.Errorf("clear spill directory: %w", err)
		}
	}
	return nil
}

// Deploy starts subtasks.
func (m *Manager) Deploy(ctx context.Context, deployment []byte, results graph.Results) error {
	var d Deployment
	if err := json.Unmarshal(deployment, &d); err != nil {
		return fmt.Errorf("decode deployment: %w", err)
	}
	job, err := graph.Decode(d.Job)
	if err != nil {
		return err
	}
	a := &attempt{
		job: job, number: d.Attempt, tasks: map[TaskID]*running{}, left: len(d.Tasks), results: results, shared: map[string]any{}, together: map[string]*task.Together{}, open: map[string]int{},
		dir: spillPath(m.scratch, job.ID, d.Attempt), unwire: func() {},
	}
	a.ctx, a.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := m.prepare(a, &d); err != nil {
		a.abandon()
		return err
	}
	m.mu.Lock()
	m.attempts[attemptKey{job.ID, d.Attempt}] = a
	m.mu.Unlock()
	for id, r := range a.tasks {
		// Goroutines of the task inherit the labels: profiles split by them.
		go pprof.Do(a.ctx, pprof.Labels("job", job.Name, "task", job.Vertex(id.Vertex).Name), r.task.Run)
	}
	return nil
}

// prepare makes everything the subtasks need; nothing runs yet.
func (m *Manager) prepare(a *attempt, d *Deployment) error {
	for _, t := range d.Tasks {
		id := TaskID{a.job.ID, a.number, t.Vertex, t.Subtask}
		v := a.job.Vertex(t.Vertex)
		if v == nil {
			return fmt.Errorf("deploy %s: the job has no such vertex", id)
		}
		a.open[v.ID]++
		a.tasks[id] = &running{id: id, manager: m, attempt: a, vertex: v, waker: task.NewWaker(), state: "DEPLOYING"}
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
	a.unwire()
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

// closed takes a finished task out. Memory goes back with the last subtask of a
// vertex, since they may use a table together; the last task takes the attempt with it.
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
	r.state = "FINISHED"
	if err != nil {
		r.state = "FAILED"
	}
	a.left--
	a.open[r.vertex.ID]--
	last, lastOfVertex := a.left == 0, a.open[r.vertex.ID] == 0
	if last {
		delete(m.attempts, attemptKey{a.job.ID, a.number})
		m.remember(a)
	}
	m.mu.Unlock()
	if lastOfVertex {
		for _, o := range a.tasks {
			if o.vertex == r.vertex {
				o.release()
			}
		}
	}
	if last {
		a.cancel(context.Canceled)
		a.unwire()
		if rerr := os.RemoveAll(a.dir); err == nil && rerr != nil {
			err = fmt.Errorf("remove spill directory: %w", rerr)
		}
	}
	m.config.Jobs.TaskClosed(r.id, err)
}

// The reports of a task go on under its id.

// Running says that all operators are open.
func (r *running) Running() { r.setState("RUNNING"); r.manager.config.Jobs.TaskRunning(r.id) }

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
func (r *running) Ended() { r.setState("ENDED"); r.manager.config.Jobs.TaskEnded(r.id, r.waits) }

// Closed is the last word.
func (r *running) Closed(err error) { r.manager.closed(r, err) }

func (r *running) setState(s string) {
	r.manager.mu.Lock()
	r.state = s
	r.manager.mu.Unlock()
}
