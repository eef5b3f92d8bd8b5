package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
)

// State is where a job stands in its life. The names are Flink's.
type State string

// The states.
const (
	Created    State = "CREATED"
	Running    State = "RUNNING"
	Restarting State = "RESTARTING"
	Failing    State = "FAILING"
	Cancelling State = "CANCELLING"
	Canceled   State = "CANCELED"
	Finished   State = "FINISHED"
	Failed     State = "FAILED"
	Suspended  State = "SUSPENDED" // here: the next job manager goes on with it
)

// ErrCanceled is what Wait returns for a job that was cancelled.
var ErrCanceled = errors.New("the job was cancelled")

// Job is one job. Its methods may be called from any goroutine.
type Job struct {
	manager  *Manager
	graph    *graph.Job // the job's goroutine changes it, under mu; others use Graph
	options  Options
	store    checkpoint.Store
	restarts *restarts
	ctx      context.Context
	cancel   context.CancelFunc
	done     chan struct{}

	mailMu sync.Mutex
	mail   []func()
	wake   chan struct{}

	// The job's goroutine alone touches these.
	exec       *execution
	latest     *checkpoint.Snapshot // newest completed of this process
	checkpoint int64                // number of the next one
	first      int                  // number of the first attempt: those of earlier processes count
	rescale    int                  // parallelism to go on with; 0: as it is
	stages     *stages
	failed     bool             // an attempt has
	held       *placement       // slots that the next stage goes on with; nil: it takes some
	holders    map[*Worker]bool // where outputs may lie

	mu       sync.Mutex
	status   Status
	history  History
	canceled bool
	places   *placement                     // of the attempt that runs; nil: none does
	past     map[string][]worker.TaskStatus // by vertex: of attempts that are over
	runs     map[string]int                 // by vertex: how often it was deployed
}

func newJob(m *Manager, g *graph.Job, o Options) (*Job, error) {
	r, err := newRestarts(g.Config.Restart)
	if err != nil {
		return nil, err
	}
	j := &Job{
		manager: m, graph: g, options: o, restarts: r, done: make(chan struct{}), wake: make(chan struct{}, 1),
		stages: newStages(g), holders: map[*Worker]bool{}, past: map[string][]worker.TaskStatus{}, runs: map[string]int{},
		status: Status{ID: g.ID, Name: g.Name, State: Created, Started: m.config.Clock()},
	}
	if m.config.Store != nil {
		if j.store, err = m.config.Store(g); err != nil {
			return nil, fmt.Errorf("open checkpoint store of job %s: %w", g.Name, err)
		}
	}
	j.latest = o.Restore
	j.checkpoint = 1
	if j.latest != nil {
		j.checkpoint, j.first = j.latest.Checkpoint+1, j.latest.Attempt+1
	}
	if o.started > 0 {
		j.status.Started = o.started
	}
	j.history.entered(Created, j.status.Started)
	j.first = max(j.first, o.attempts)
	j.ctx, j.cancel = context.WithCancel(context.Background())
	return j, nil
}

// ID names the job.
func (j *Job) ID() string { return j.Graph().ID }

// Graph is what the job is made of; a rescaled job has another.
func (j *Job) Graph() *graph.Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.graph
}

// Done is closed when the job is over.
func (j *Job) Done() <-chan struct{} { return j.done }

// Err is why the job ended; nil when it finished, or runs.
func (j *Job) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.Err
}

// Cancel stops the job. It does not wait.
func (j *Job) Cancel() {
	j.mu.Lock()
	j.canceled = true
	j.mu.Unlock()
	j.cancel()
	j.post(func() {
		if j.exec != nil {
			j.exec.fail(ErrCanceled)
		}
	})
}

// Checkpoint takes a checkpoint now and returns it.
func (j *Job) Checkpoint(ctx context.Context) (*checkpoint.Snapshot, error) {
	return j.ask(ctx, checkpoint.Request{})
}

// Savepoint takes a savepoint to a place that the store understands.
func (j *Job) Savepoint(ctx context.Context, where string) (*checkpoint.Snapshot, error) {
	return j.ask(ctx, checkpoint.Request{Savepoint: where})
}

// StopWithSavepoint takes a savepoint behind which the job ends.
func (j *Job) StopWithSavepoint(ctx context.Context, where string) (*checkpoint.Snapshot, error) {
	s, err := j.ask(ctx, checkpoint.Request{Savepoint: where, Stop: true})
	if err != nil {
		return nil, err
	}
	return s, j.Wait(ctx)
}

// Drain ends the job as if its inputs had ended: event time goes to its end, so
// that windows give what they have, and all of it is in the savepoint behind which
// the job ends. Nothing can go on from there.
func (j *Job) Drain(ctx context.Context, where string) (*checkpoint.Snapshot, error) {
	if g := j.Graph(); g.Config.CheckpointInterval == 0 || !g.Config.Streaming {
		return nil, fmt.Errorf("drain job %s: it takes no checkpoints, of which the last would be its savepoint", g.Name)
	}
	reply := make(chan answer, 1)
	j.post(func() {
		err := fmt.Errorf("job %s is not running", j.graph.Name)
		if j.exec != nil && j.exec.failure == nil {
			err = j.exec.drain(checkpoint.Request{Savepoint: where, Stop: true, Tag: &asked{reply: reply}})
		}
		if err != nil {
			reply <- answer{err: err}
		}
	})
	s, err := j.answered(ctx, reply)
	if err != nil {
		return nil, err
	}
	return s, j.Wait(ctx)
}

// Rescale takes a checkpoint, and goes on from it at another parallelism.
func (j *Job) Rescale(ctx context.Context, parallelism int) error {
	if g := j.Graph(); parallelism < 1 || parallelism > g.Config.MaxParallelism {
		return fmt.Errorf("rescale job %s to %d: its parallelism can be 1 to %d", g.Name, parallelism, g.Config.MaxParallelism)
	}
	if err := j.manager.roomToGrow(j, parallelism); err != nil {
		return err
	}
	if _, err := j.ask(ctx, checkpoint.Request{Stop: true, Tag: rescaling(parallelism)}); err != nil {
		return fmt.Errorf("rescale job %s: %w", j.Graph().Name, err)
	}
	return nil
}

// rescaling marks a checkpoint behind which the job goes on at another parallelism.
type rescaling int

// answer is what became of a checkpoint that was asked for.
type answer struct {
	snapshot *checkpoint.Snapshot
	err      error
}

func (j *Job) ask(ctx context.Context, r checkpoint.Request) (*checkpoint.Snapshot, error) {
	reply := make(chan answer, 1)
	r.Tag = &asked{then: r.Tag, reply: reply}
	j.post(func() {
		if j.exec == nil || j.exec.failure != nil {
			reply <- answer{err: fmt.Errorf("job %s is not running", j.graph.Name)}
			return
		}
		j.exec.act(j.exec.coordinator.Ask(j.now(), r))
	})
	return j.answered(ctx, reply)
}

// answered waits for what became of a checkpoint.
func (j *Job) answered(ctx context.Context, reply <-chan answer) (*checkpoint.Snapshot, error) {
	select {
	case a := <-reply:
		return a.snapshot, a.err
	case <-j.done:
		select {
		case a := <-reply:
			return a.snapshot, a.err
		default:
			return nil, fmt.Errorf("job %s is over", j.Graph().Name)
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// asked is the tag of a checkpoint that a client waits for.
type asked struct {
	then  any
	reply chan answer
}

func (j *Job) now() int64 { return j.manager.config.Clock() }

// post gives the job's goroutine something to do.
func (j *Job) post(f func()) {
	j.mailMu.Lock()
	j.mail = append(j.mail, f)
	j.mailMu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *Job) handleMail() {
	j.mailMu.Lock()
	mail := j.mail
	j.mail = nil
	j.mailMu.Unlock()
	for _, f := range mail {
		f()
	}
}

// run is the job's goroutine.
func (j *Job) run() {
	err := j.live()
	j.leave()
	j.cancel()
	j.drop()
	state := Finished
	switch {
	case err == nil:
	case j.manager.suspended.Load() && j.options.Results == nil:
		state, err = Suspended, ErrSuspended
	case j.isCanceled():
		state, err = Canceled, ErrCanceled
	default:
		state = Failed
	}
	if j.options.Results != nil {
		j.options.Results.Finish(err)
	}
	j.mu.Lock()
	j.status.State, j.status.Err, j.status.Ended = state, err, j.now()
	j.history.entered(state, j.status.Ended)
	j.mu.Unlock()
	close(j.done)
	j.handleMail() // whoever asked last hears that the job is not running
}

// leave gives back what stages had kept for those behind them.
func (j *Job) leave() {
	if j.held != nil {
		j.manager.resources.Release(j.held.slots)
		j.held = nil
	}
	if !j.graph.Config.Blocking {
		return
	}
	for w := range j.holders {
		w.Tasks.Drop(j.graph.ID)
	}
}

// live runs stages until none is left, again where one fails and that is allowed.
func (j *Job) live() error {
	for number := j.first; ; number++ {
		settled, held := j.settled(), map[*region]bool(nil)
		if !settled {
			held = j.adapt()
		}
		err := j.attempt(number, j.stages.next(settled, held))
		if j.isCanceled() {
			return ErrCanceled
		}
		rescaled := j.rescale > 0
		if rescaled {
			j.applyRescale()
		}
		if err == nil && !rescaled && j.stages.over() {
			return nil
		}
		if err == nil {
			continue
		}
		j.failed = true
		if err := j.pause(err); err != nil {
			return err
		}
	}
}

// settled reports that the checkpoint of the job's end is there: all has run, and what
// sinks have prepared is theirs to commit.
func (j *Job) settled() bool {
	if j.latest == nil || j.graph.Config.Streaming {
		return false
	}
	for i := range j.latest.Vertices {
		if !j.latest.Vertices[i].Finished() {
			return false
		}
	}
	return true
}

// pause waits before the next attempt; an error says that there is none.
func (j *Job) pause(failure error) error {
	var refused *refusal
	if errors.As(failure, &refused) {
		return refused.cause
	}
	delay, again := j.restarts.next(j.now(), sqlerr.CodeOf(failure) == sqlerr.ConnectionFailure)
	if !again {
		return failure
	}
	if j.options.Results != nil {
		if err := j.options.Results.Restart(); err != nil {
			return errors.Join(failure, err)
		}
	}
	j.manager.config.Log.Warn("job restarts", "job", j.graph.Name, "delay", delay, "cause", failure)
	j.setState(Restarting)
	j.mu.Lock()
	j.status.Restarts++
	j.status.LastFailure = failure
	j.mu.Unlock()
	timer := time.NewTimer(time.Duration(delay) * time.Millisecond)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-j.wake:
			j.handleMail()
		case <-j.ctx.Done():
			return ErrCanceled
		}
	}
}

// applyRescale gives the new parallelism to the vertices that had the old one.
func (j *Job) applyRescale() {
	g := *j.graph
	g.Vertices = nil
	for _, v := range j.graph.Vertices {
		c := *v
		if v.Parallelism == j.graph.Config.Parallelism {
			c.Parallelism = j.rescale
		}
		g.Vertices = append(g.Vertices, &c)
	}
	g.Config.Parallelism = j.rescale
	j.mu.Lock()
	j.graph, j.rescale = &g, 0
	j.stages = newStages(&g)
	j.mu.Unlock()
}

// attempt runs a stage once, from the latest checkpoint.
func (j *Job) attempt(number int, stage []*region) error {
	e, err := newExecution(j, number, stage)
	if err != nil {
		return err
	}
	j.exec = e
	defer func() { j.exec = nil }()
	if j.graph.Config.Blocking {
		j.manager.config.Log.Info("a stage begins", "job", j.graph.Name, "attempt", number, "vertices", e.names())
	}
	err = e.start()
	if err != nil {
		e.failStart(err)
	}
	for e.open > 0 || e.writes > 0 {
		j.handleMail()
		if e.open == 0 && e.writes == 0 {
			break
		}
		e.sleep()
	}
	e.stop()
	return e.failure
}

func (j *Job) isCanceled() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.canceled
}

func (j *Job) setState(s State) {
	now := j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.canceled && s != Canceled {
		s = Cancelling
	}
	j.status.State = s
	j.history.entered(s, now)
}

// keepTold keeps the last word on the tasks of an attempt. The caller holds mu.
func (j *Job) keepTold(last []worker.TaskStatus) {
	for _, t := range last {
		delete(j.past, t.ID.Vertex)
	}
	for _, t := range last {
		j.past[t.ID.Vertex] = append(j.past[t.ID.Vertex], t)
	}
}

// Status is how a job fares.
type Status struct {
	ID, Name       string
	State          State
	Attempt        int
	Restarts       int
	Started, Ended int64 // milliseconds
	Err            error
	LastFailure    error
	Checkpoints    CheckpointStatus
	Tasks          []worker.TaskStatus
	Runs           map[string]int // by vertex: how often it was deployed
	InputBytes     int64          // what the attempt has to read, where all its sources know; 0: unknown
}

// CheckpointStatus counts the checkpoints of a job.
type CheckpointStatus struct {
	Completed, Failed int
	Last              int64 // number of the last completed
	LastTriggered     int64 // milliseconds
	LastDuration      int64
	LastFailure       error
}

// Status reads how the job fares.
func (j *Job) Status() Status {
	j.mu.Lock()
	s, places, past := j.status, j.places, maps.Clone(j.past)
	s.Runs = maps.Clone(j.runs)
	j.mu.Unlock()
	var now []worker.TaskStatus
	if places != nil {
		now = places.tasks(s.ID, s.Attempt)
	}
	s.Tasks = told(past, now)
	return s
}
