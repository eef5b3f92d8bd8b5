package worker

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
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
	"github.com/weir-engine/weir/state/spill"
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
	scratch *spill.Claim
	outputs *exchange.Outputs // finished, of subtasks whose receivers start behind them

	mu       sync.Mutex
	attempts map[attemptKey]*attempt // until they are dismissed
	idle     chan struct{}           // closed when no task is left; nil: nobody waits for it
	shuffle  *spill.Space            // of outputs; made when first asked for
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
	need    int64 // the minimums of all its operators
	refused bool  // some of them: the attempt cannot start
	leader  int64
	places  map[string][]string
	outputs map[string]VertexOutput // of earlier attempts
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
	over    bool // it had ended before the restored checkpoint
	metrics []*metric.Group
	own     []*memory.Grant // of the operators
	grants  []*memory.Grant
	outputs []outgoing
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
	scratch, err := spill.NewClaim(c.SpillDir)
	if err != nil {
		return nil, err
	}
	return &Manager{config: c, scratch: scratch, attempts: map[attemptKey]*attempt{}, outputs: exchange.NewOutputs()}, nil
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
	return m.scratch.Release()
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
