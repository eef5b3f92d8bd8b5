package job

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
)

// Config is what a job manager is made of.
type Config struct {
	Sources graph.Sources
	// Store keeps the checkpoints of a job; nil, or a nil answer: none are kept.
	Store func(j *graph.Job) (checkpoint.Store, error)
	Slots int // of the task manager in this process, over all jobs; 0: any number
	// Resources are where slots come from; nil: Attach names the one task manager.
	Resources ResourceProvider
	// Records keeps jobs over the life of this process; nil: they end with it.
	Records Records
	// Leader is the epoch of this job manager among those that ever led its jobs.
	Leader int64
	Clock  func() int64
	Log    *slog.Logger
}

// Manager runs jobs. It is the worker.JobManager of a task manager in its process;
// those elsewhere have one each (members.go).
type Manager struct {
	config    Config
	resources ResourceProvider

	mu   sync.Mutex
	jobs map[string]*Job
	wg   sync.WaitGroup

	closing   atomic.Bool // task managers that leave are no news
	suspended atomic.Bool // what is recorded stays
}

// NewManager makes a job manager; Attach gives it the workers.
func NewManager(c Config) *Manager {
	if c.Clock == nil {
		c.Clock = func() int64 { return time.Now().UnixMilli() }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Manager{config: c, resources: c.Resources, jobs: map[string]*Job{}}
}

// Attach names the one task manager, in this process, before the first job.
func (m *Manager) Attach(t worker.TaskManager) { m.resources = newInProcess(t, m.config.Slots) }

// Workers lists the task managers that jobs may use.
func (m *Manager) Workers() []*Worker { return m.resources.Workers() }

// Options of a submission.
type Options struct {
	// Results takes the rows of a Collect; nil where there is none.
	Results Results
	// Restore is what the job starts from: a savepoint, or a checkpoint of an earlier
	// process. Nil: fresh.
	Restore *checkpoint.Snapshot

	attempts int   // that earlier processes made
	started  int64 // by an earlier process, milliseconds; 0: now
}

// Results takes rows for the client.
type Results interface {
	graph.Results
	// Restart is asked before another attempt: an error when rows have been handed
	// out that it would repeat.
	Restart() error
	// Finish says that no rows will follow, or why the job failed.
	Finish(err error)
}

// Submit starts a job. It returns when the job is accepted; Wait waits for its end.
func (m *Manager) Submit(g *graph.Job, o Options) (*Job, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.jobs[g.ID] != nil {
		return nil, fmt.Errorf("submit job %s: the id is taken", g.ID)
	}
	j, err := newJob(m, g, o)
	if err != nil {
		return nil, err
	}
	if err := j.keep(j.first-1, o.Restore); err != nil {
		j.drop() // it may be there all the same
		return nil, err
	}
	m.expire()
	m.jobs[g.ID] = j
	m.wg.Go(j.run)
	return j, nil
}

// A job that is over is told of for an hour, as in Flink (jobstore.expiration-time),
// and no more than so many of them: a cluster that runs a job a second lives on.
const (
	toldFor  = 3_600_000 // milliseconds
	mostTold = 1000
)

// expire forgets jobs that have been over for long. The caller holds mu.
func (m *Manager) expire() {
	var over []*Job
	for id, j := range m.jobs {
		select {
		case <-j.done:
		default:
			continue
		}
		if m.config.Clock()-j.ended() > toldFor {
			delete(m.jobs, id)
			continue
		}
		over = append(over, j)
	}
	if len(over) < mostTold {
		return
	}
	slices.SortFunc(over, func(a, b *Job) int { return cmp.Compare(a.ended(), b.ended()) })
	for _, j := range over[:len(over)-mostTold/2] {
		delete(m.jobs, j.ID())
	}
}

// ended is when the job was over.
func (j *Job) ended() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.Ended
}

// Job finds a job, running or over; nil where there is none.
func (m *Manager) Job(id string) *Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.jobs[id]
}

// Jobs lists all jobs.
func (m *Manager) Jobs() []*Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*Job
	for _, j := range m.jobs {
		out = append(out, j)
	}
	return out
}

// Forget drops a job that is over.
func (m *Manager) Forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if j := m.jobs[id]; j != nil {
		select {
		case <-j.done:
			delete(m.jobs, id)
		default:
		}
	}
}

// Close cancels all jobs and waits for them.
func (m *Manager) Close() {
	m.closing.Store(true)
	for _, j := range m.Jobs() {
		j.Cancel()
	}
	m.wg.Wait()
}

// route gives a task's word to its job, unless that is at another attempt by now
// or the task runs elsewhere. from is nil for the task manager in this process.
func (m *Manager) route(from *Worker, id worker.TaskID, f func(e *execution)) {
	j := m.Job(id.Job)
	if j == nil {
		return
	}
	j.post(func() {
		if e := j.exec; e != nil && e.number == id.Attempt && e.expects(from, id) {
			f(e)
		}
	})
}

// TaskRunning says that a task has opened its operators.
func (m *Manager) TaskRunning(id worker.TaskID) { member{m, nil}.TaskRunning(id) }

// Acknowledge takes what a task captured.
func (m *Manager) Acknowledge(id worker.TaskID, cp int64, s checkpoint.SubtaskState) {
	member{m, nil}.Acknowledge(id, cp, s)
}

// Decline says that a task cannot take part in a checkpoint.
func (m *Manager) Decline(id worker.TaskID, cp int64, reason error) {
	member{m, nil}.Decline(id, cp, reason)
}

// RequestSplits says that a source has nothing to read.
func (m *Manager) RequestSplits(id worker.TaskID, op string) { member{m, nil}.RequestSplits(id, op) }

// TaskEnded says that a task has sent all its output.
func (m *Manager) TaskEnded(id worker.TaskID, waits bool) { member{m, nil}.TaskEnded(id, waits) }

// TaskClosed is a task's last word.
func (m *Manager) TaskClosed(id worker.TaskID, err error) { member{m, nil}.TaskClosed(id, err) }

var _ worker.JobManager = (*Manager)(nil)

// Wait waits for a job's end.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.done:
		return j.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
