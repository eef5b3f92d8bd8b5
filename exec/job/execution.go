package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/failpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// execution is one attempt of a job. The job's goroutine alone touches it.
type execution struct {
	job         *Job
	graph       *graph.Job
	stage       []*region // that it runs
	number      int
	bytes       []byte
	ctx         context.Context
	cancel      context.CancelFunc
	coordinator *checkpoint.Coordinator
	assigners   map[string]*assigner // by operator id of the source

	places  *placement // nil: it has no slots
	tasks   map[worker.TaskID]*taskInfo
	running int
	open    int // tasks that have not closed
	failure error
	writes  int // checkpoints being written
	final   bool
	drains  *checkpoint.Request // the last checkpoint of a job whose inputs are ended for it; nil: they are not
	blamed  *worker.TaskID      // whose failure it was; nil: the job's own
	gone    []*Worker           // task managers that were lost

	lastSnapshot *checkpoint.Snapshot
}

type taskInfo struct{ running, ended, waits, closed, well bool }

// refusal is a failure that another attempt would only repeat.
type refusal struct{ cause error }

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

func newExecution(j *Job, number int, stage []*region) (*execution, error) {
	b, err := j.graph.Encode()
	if err != nil {
		return nil, err
	}
	e := &execution{job: j, graph: j.graph, stage: stage, number: number, bytes: b, assigners: map[string]*assigner{}, tasks: map[worker.TaskID]*taskInfo{}}
	e.ctx, e.cancel = context.WithCancel(j.ctx)
	var all []checkpoint.Task
	for _, v := range e.vertices() {
		for s := range v.Parallelism {
			e.tasks[worker.TaskID{Job: j.graph.ID, Attempt: number, Vertex: v.ID, Subtask: s}] = &taskInfo{}
			all = append(all, checkpoint.Task{Vertex: v.ID, Subtask: s})
		}
	}
	c := j.graph.Config
	e.coordinator = checkpoint.NewCoordinator(checkpoint.Config{Interval: c.CheckpointInterval, Timeout: c.CheckpointTimeout, Pause: c.CheckpointPause, Tolerable: c.TolerableFailures}, all, j.checkpoint)
	j.mu.Lock()
	j.status.Attempt = number
	for _, v := range e.vertices() {
		j.runs[v.ID]++
		delete(j.past, v.ID)
	}
	j.mu.Unlock()
	return e, nil
}

// vertices are those that run, each behind those it reads.
func (e *execution) vertices() (out []*graph.Vertex) {
	for _, r := range e.stage {
		out = append(out, r.vertices...)
	}
	return out
}

// names are those of the vertices that run.
func (e *execution) names() (out []string) {
	for _, v := range e.vertices() {
		out = append(out, v.ID)
	}
	return out
}

// again reports that what runs may have run before.
func (e *execution) again() bool { return e.job.first > 0 || e.job.failed }

// start takes slots, makes sinks whole, opens enumerators and deploys the tasks.
func (e *execution) start() error {
	if err := e.job.keep(e.number, e.job.options.Restore); err != nil {
		return err
	}
	if err := e.place(); err != nil {
		return err
	}
	snap, err := e.restorePoint()
	if err != nil {
		return err
	}
	if snap != nil || e.again() {
		if err := e.recoverSinks(snap); err != nil {
			return err
		}
	}
	if err := e.enumerate(snap); err != nil {
		return err
	}
	if snap != nil {
		e.job.note(func(h *History, now int64) { h.restored(snap, e.job.pathOf(snap.Checkpoint), now) })
	}
	if err := e.deploy(snap); err != nil {
		return err
	}
	for _, a := range e.assigners {
		a.start(e.ctx)
	}
	return nil
}

// place takes the slots of the attempt, or goes on with those of the stage before.
func (e *execution) place() error {
	j := e.job
	if e.places, j.held = j.held, nil; e.places != nil {
		j.mu.Lock()
		j.places = e.places
		j.mu.Unlock()
		return nil
	}
	slots, err := j.manager.resources.Acquire(e.ctx, SlotRequest{Job: e.graph.Name, Slots: slotsOf(e.graph), Together: !e.graph.Config.Spread && !e.graph.Config.NetworkExchange})
	if err != nil {
		return &unplaced{err}
	}
	e.places = newPlacement(slots)
	j.mu.Lock()
	j.places = e.places
	j.mu.Unlock()
	return nil
}

// deploy makes the tasks ready on all workers, and only then lets them run.
func (e *execution) deploy(snap *checkpoint.Snapshot) error {
	var results graph.Results
	if e.job.options.Results != nil {
		results = e.job.options.Results
	}
	parts := e.places.deal(e.deployment(snap))
	err := e.places.each(func(w *Worker) error {
		d, err := json.Marshal(parts[w])
		if err != nil {
			return fmt.Errorf("encode deployment of job %s: %w", e.graph.Name, err)
		}
		return w.Tasks.Deploy(e.ctx, d, results)
	})
	if err != nil {
		return err // stop dismisses what was deployed
	}
	e.open = len(e.tasks)
	for _, w := range e.places.workers {
		w.Tasks.Start(e.graph.ID, e.number)
	}
	return nil
}

// restorePoint is the newest snapshot: of this process, or what the store has.
func (e *execution) restorePoint() (*checkpoint.Snapshot, error) {
	j := e.job
	if j.latest == nil && j.store != nil && e.again() {
		s, err := j.store.Latest(e.ctx)
		if err != nil {
			return nil, fmt.Errorf("read latest checkpoint of job %s: %w", j.graph.Name, err)
		}
		j.latest = s
	}
	if j.store != nil {
		if err := j.store.Prepare(e.ctx); err != nil {
			return nil, fmt.Errorf("clear checkpoints of job %s: %w", j.graph.Name, err)
		}
	}
	return j.latest, nil
}

// recoverSinks commits what the snapshot left uncommitted before any writer opens.
func (e *execution) recoverSinks(snap *checkpoint.Snapshot) error {
	for _, v := range e.vertices() {
		if len(e.graph.Outputs(v)) > 0 {
			continue
		}
		op := v.Chain[len(v.Chain)-1].ID
		if err := e.places.of(0).Tasks.Recover(e.ctx, e.bytes, e.number, v.ID, op, snap.Committables(op)); err != nil {
			return fmt.Errorf("recover sink %s: %w", op, err)
		}
	}
	return nil
}

// enumerate opens the enumerators of the sources that read splits.
func (e *execution) enumerate(snap *checkpoint.Snapshot) error {
	bytes, all := int64(0), true
	for _, v := range e.vertices() {
		spec := &v.Chain[0]
		if len(spec.Inputs) > 0 || e.job.manager.config.Sources == nil {
			continue
		}
		source, err := e.job.manager.config.Sources(spec, e.graph)
		if err != nil {
			return fmt.Errorf("source %s: %w", spec.ID, err)
		}
		if source == nil {
			continue // it reads no splits
		}
		var restored []byte
		if snap != nil {
			restored = snap.Enumerator[spec.ID]
		}
		enum, err := source.Enumerate(e.ctx, restored)
		if err != nil {
			return fmt.Errorf("enumerate splits of %s: %w", spec.ID, err)
		}
		e.assigners[spec.ID] = newAssigner(e, v, spec.ID, enum)
		sized, ok := enum.(connector.Sized)
		if all = all && ok; ok {
			bytes += sized.Bytes()
		}
	}
	if !all {
		bytes = 0
	}
	e.job.mu.Lock()
	e.job.status.InputBytes = bytes
	e.job.mu.Unlock()
	return nil
}

func (e *execution) deployment(snap *checkpoint.Snapshot) *worker.Deployment {
	d := &worker.Deployment{Job: e.bytes, Attempt: e.number, Leader: e.job.manager.config.Leader, Places: e.places.addresses(e.graph), Outputs: e.job.stages.outputs()}
	if snap != nil {
		d.From = snap.Dir
	}
	for _, v := range e.vertices() {
		state := snap.Vertex(v.ID)
		for s := range v.Parallelism {
			t := worker.TaskDeployment{Vertex: v.ID, Subtask: s}
			if snap != nil {
				t.State = &checkpoint.SubtaskState{} // restored, though this vertex may be new
			}
			if state != nil {
				mine := state.Deal(s, v.Parallelism)
				t.State = &mine
				t.Keyed = state.Handles(keyed.RangeOf(s, v.Parallelism, v.MaxParallelism))
			}
			d.Tasks = append(d.Tasks, t)
		}
	}
	return d
}

// sleep waits for news, or for the coordinator's next date.
func (e *execution) sleep() {
	var due <-chan time.Time
	if at := e.coordinator.NextTime(); at > 0 && e.failure == nil {
		timer := time.NewTimer(max(0, time.Duration(at-e.job.now())*time.Millisecond))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-e.job.wake:
	case <-due:
		e.act(e.coordinator.Advance(e.job.now()))
	}
}

// fail tears the attempt down; its first reason counts.
func (e *execution) fail(reason error) {
	if e.failure != nil {
		return
	}
	e.failure = reason
	if !errors.Is(reason, ErrCanceled) {
		e.job.note(func(h *History, now int64) {
			h.failed(Failure{At: now, Attempt: e.number, Err: reason, Task: e.blamed, Name: e.nameOf(e.blamed)})
		})
	}
	e.job.setState(Failing)
	e.act(e.coordinator.Stop())
	e.cancel()
	if e.places != nil {
		for _, w := range e.places.workers {
			w.Tasks.Cancel(e.graph.ID, e.number, reason)
		}
	}
}

// expects reports that a worker may speak of a task.
func (e *execution) expects(from *Worker, id worker.TaskID) bool {
	return e.tasks[id] != nil && e.places != nil && (from == nil || e.places.of(id.Subtask) == from)
}

// of is the task manager that runs a task.
func (e *execution) of(id worker.TaskID) worker.TaskManager { return e.places.of(id.Subtask).Tasks }

// workerLost ends the tasks of a worker that is gone.
func (e *execution) workerLost(w *Worker, cause error) {
	e.gone = append(e.gone, w)
	if e.places == nil || e.places.held[w] == 0 {
		return
	}
	e.fail(&lostWorker{w.ID, cause})
	for id, t := range e.tasks {
		if e.open > 0 && e.places.of(id.Subtask) == w && !t.closed {
			t.closed = true
			e.open--
		}
	}
}

// lostWorker is the failure of an attempt that was not its own.
type lostWorker struct {
	id    string
	cause error
}

func (l *lostWorker) Error() string { return fmt.Sprintf("task manager %s is gone: %v", l.id, l.cause) }
func (l *lostWorker) Unwrap() error { return l.cause }

// SQLState is that of a connection: what ran there may be well.
func (l *lostWorker) SQLState() sqlerr.Code { return sqlerr.ConnectionFailure }

// unplaced is a failure for want of slots: another attempt may find them.
type unplaced struct{ cause error }

func (u *unplaced) Error() string { return u.cause.Error() }
func (u *unplaced) Unwrap() error { return u.cause }

// failStart is a failure before any task ran.
func (e *execution) failStart(err error) {
	var memoryRefused *memory.RefusedError
	var noSlots *unplaced
	se := sqlerr.As(err)
	switch {
	case errors.As(err, &noSlots):
	case errors.As(err, &memoryRefused):
		refused := sqlerr.Wrap(sqlerr.InsufficientMemory, err, "the job cannot start")
		if memoryRefused.Process > 0 {
			refused = refused.WithHint("give the process %d MiB: --memory, or 'weir.memory.size'; or set 'parallelism.default' lower", memoryRefused.Process>>20)
		} else {
			refused = refused.WithHint("give the process more memory (--memory, or 'weir.memory.size'), or set 'parallelism.default' lower")
		}
		err = &refusal{refused}
	case se != nil && se.Code != sqlerr.ConnectorFailure, errors.Is(err, connector.ErrLost):
		err = &refusal{err}
	}
	e.fail(err)
}

// stop ends what runs beside the tasks.
func (e *execution) stop() {
	e.cancel()
	if e.drains != nil && !e.final {
		reason := e.failure
		if reason == nil {
			reason = checkpoint.ErrStopped
		}
		e.abort(checkpoint.Action{Request: e.drains, Reason: reason})
	}
	for _, a := range e.assigners {
		if err := a.close(); err != nil && e.failure == nil {
			e.failure = err
		}
	}
	e.act(e.coordinator.Stop())
	e.job.checkpoint = e.coordinator.Next()
	if e.places != nil {
		e.vacate()
	}
}

// vacate keeps the last word on the tasks and gives the slots back, unless another
// stage follows.
func (e *execution) vacate() {
	j := e.job
	last := e.places.tasks(e.graph.ID, e.number)
	for _, w := range e.places.workers {
		w.Tasks.Dismiss(e.graph.ID, e.number)
		j.holders[w] = true
	}
	e.settle()
	j.mu.Lock()
	j.places = nil
	j.keepTold(last)
	j.mu.Unlock()
	if e.failure == nil && !j.stages.over() {
		j.held = e.places
		return
	}
	j.manager.resources.Release(e.places.slots)
}

// settle notes which regions have finished. One that ends in sinks has when its
// stage has, since what sinks write is committed together.
func (e *execution) settle() {
	s := e.job.stages
	for _, r := range e.stage {
		if e.finished(r) && (e.failure == nil || !r.sink()) {
			s.finished(r, e.number, e.places)
		}
	}
	for _, w := range e.gone {
		s.lost(w)
	}
	var unread *exchange.LostError
	if errors.As(e.failure, &unread) {
		s.unread(unread.Output)
	}
	if e.failure != nil && e.graph.Config.FullRestart {
		s.reset()
	}
}

// finished reports that all tasks of a region ended well.
func (e *execution) finished(r *region) bool {
	for _, v := range r.vertices {
		for k := range v.Parallelism {
			if !e.tasks[e.idOf(checkpoint.Task{Vertex: v.ID, Subtask: k})].well {
				return false
			}
		}
	}
	return true
}

// nameOf is a task's vertex and subtask, for people.
func (e *execution) nameOf(id *worker.TaskID) string {
	if id == nil {
		return ""
	}
	v := e.graph.Vertex(id.Vertex)
	return fmt.Sprintf("%s (%d/%d)", v.Name, id.Subtask+1, v.Parallelism)
}

func taskOf(id worker.TaskID) checkpoint.Task {
	return checkpoint.Task{Vertex: id.Vertex, Subtask: id.Subtask}
}

func (e *execution) idOf(t checkpoint.Task) worker.TaskID {
	return worker.TaskID{Job: e.graph.ID, Attempt: e.number, Vertex: t.Vertex, Subtask: t.Subtask}
}

func (e *execution) taskRunning(id worker.TaskID) {
	e.tasks[id].running = true
	if e.running++; e.running == len(e.tasks) && e.failure == nil {
		for _, a := range e.assigners {
			a.allRun()
		}
		e.job.setState(Running)
		e.job.restarts.running(e.job.now())
	}
	e.act(e.coordinator.Running(e.job.now(), taskOf(id)))
}

func (e *execution) taskEnded(id worker.TaskID, waits bool) {
	t := e.tasks[id]
	t.ended, t.waits = true, waits
	if !waits { // it is about to close, and takes part in nothing any more
		e.act(e.coordinator.Closed(e.job.now(), taskOf(id)))
	}
	e.finish()
}

// finish asks for the last checkpoint, behind which the sinks commit, when all
// tasks have ended and some wait for it.
func (e *execution) finish() {
	waits := false
	for _, t := range e.tasks {
		if !t.ended {
			return
		}
		waits = waits || t.waits && !t.closed
	}
	if waits && !e.final && e.failure == nil {
		e.final = true
		last := checkpoint.Request{Stop: true}
		if e.drains != nil {
			last = *e.drains
		}
		e.act(e.coordinator.Ask(e.job.now(), last))
	}
}

// drain ends the sources as if they had read everything; r is the last checkpoint.
func (e *execution) drain(r checkpoint.Request) error {
	switch {
	case e.drains != nil || e.final:
		return fmt.Errorf("job %s ends already", e.graph.Name)
	case e.running < len(e.tasks):
		return fmt.Errorf("job %s does not run yet", e.graph.Name)
	}
	e.drains = &r
	for _, v := range e.graph.Vertices {
		if len(v.Chain[0].Inputs) > 0 {
			continue
		}
		for s := range v.Parallelism {
			id := worker.TaskID{Job: e.graph.ID, Attempt: e.number, Vertex: v.ID, Subtask: s}
			e.of(id).Drain(id)
		}
	}
	return nil
}

func (e *execution) taskClosed(id worker.TaskID, err error) {
	t := e.tasks[id]
	if t.closed {
		return
	}
	t.closed, t.well = true, err == nil
	e.open--
	if err != nil && e.failure == nil {
		e.blamed = &id
		e.fail(err)
	}
	if e.failure == nil {
		e.act(e.coordinator.Closed(e.job.now(), taskOf(id)))
		e.finish()
	}
}

func (e *execution) acknowledge(id worker.TaskID, cp int64, s checkpoint.SubtaskState) {
	e.job.note(func(h *History, now int64) { h.acknowledged(cp, taskOf(id), &s, now) })
	s.Took = nil // that is history, not state
	e.act(e.coordinator.Acknowledge(e.job.now(), taskOf(id), cp, s))
}

func (e *execution) decline(id worker.TaskID, cp int64, reason error) {
	e.act(e.coordinator.Decline(e.job.now(), taskOf(id), cp, reason))
}

func (e *execution) requestSplits(id worker.TaskID, op string) {
	if a := e.assigners[op]; a != nil {
		a.request(id.Subtask)
	}
}

// act does what the coordinator decided.
func (e *execution) act(actions []checkpoint.Action) {
	for _, a := range actions {
		switch a.Kind {
		case checkpoint.Freeze:
			e.job.note(func(h *History, now int64) { h.begun(a.Checkpoint, a.Request, a.Tasks, now) })
			e.freeze(a.Checkpoint)
		case checkpoint.Trigger:
			for _, t := range a.Tasks {
				id := e.idOf(t)
				e.of(id).Trigger(id, a.Barrier)
			}
		case checkpoint.Write:
			e.write(a)
		case checkpoint.Complete:
			e.complete(a)
		case checkpoint.Abort:
			e.abort(a)
		case checkpoint.FailJob:
			e.fail(a.Reason)
		}
	}
}

// freeze takes the snapshots of all enumerators; from then on they assign to the next epoch.
func (e *execution) freeze(id int64) {
	left := len(e.assigners)
	states := map[string][]byte{}
	if left == 0 {
		e.act(e.coordinator.Frozen(e.job.now(), id, states, nil))
		return
	}
	for op, a := range e.assigners {
		a.freeze(id, func(state []byte, err error) {
			e.job.post(func() {
				if left--; err != nil {
					e.act(e.coordinator.Frozen(e.job.now(), id, nil, fmt.Errorf("snapshot enumerator of %s: %w", op, err)))
					return
				}
				states[op] = state
				if left == 0 {
					e.act(e.coordinator.Frozen(e.job.now(), id, states, nil))
				}
			})
		})
	}
}

// write makes a snapshot durable, beside the job's goroutine.
func (e *execution) write(a checkpoint.Action) {
	s, stops := e.snapshot(a), a.Request != nil && a.Request.Stop
	if e.job.store == nil {
		var err error
		if e.final { // what the sinks are about to commit must not be made again
			err = e.job.keep(e.number, s)
		}
		e.written(a.Checkpoint, s, stops, err)
		return
	}
	e.writes++
	go func() {
		err := e.store(s, stops)
		if err == nil {
			failpoint.Hit("after-manifest-before-commit")
		}
		e.job.post(func() {
			e.writes--
			e.written(a.Checkpoint, s, stops, err)
		})
	}()
}

// store writes a snapshot. One whose writing failed may be there all the same;
// then it counts. A savepoint behind which the job ends is a checkpoint as well:
// its sinks commit, and whoever goes on from the job's latest checkpoint must not
// do that again.
func (e *execution) store(s *checkpoint.Snapshot, stops bool) error {
	ctx := context.WithoutCancel(e.ctx)
	err := e.job.store.Write(ctx, s)
	if s.Savepoint != "" && (err != nil || !stops) {
		return err
	}
	if s.Savepoint != "" {
		c := *s
		c.Savepoint = ""
		s, err = &c, e.job.store.Write(ctx, &c)
	}
	if err == nil {
		return nil
	}
	if latest, lerr := e.job.store.Latest(ctx); lerr == nil && latest != nil && latest.Checkpoint == s.Checkpoint && latest.Attempt == s.Attempt {
		return nil
	}
	return err
}

// written: a snapshot that is stored counts, even when the attempt has failed meanwhile.
func (e *execution) written(id int64, s *checkpoint.Snapshot, stops bool, err error) {
	if err == nil {
		e.lastSnapshot = s
	}
	if err == nil && (s.Savepoint == "" || stops) {
		e.job.latest = s
	}
	e.act(e.coordinator.Written(e.job.now(), id, err))
}

func (e *execution) snapshot(a checkpoint.Action) *checkpoint.Snapshot {
	s := &checkpoint.Snapshot{Checkpoint: a.Checkpoint, Job: e.graph.ID, Name: e.graph.Name, Attempt: e.number, Triggered: a.Triggered, Enumerator: a.Enumerators}
	if a.Request != nil {
		s.Savepoint = a.Request.Savepoint
	}
	for _, v := range e.graph.Vertices {
		vs := checkpoint.VertexState{ID: v.ID, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism}
		for i := range v.Parallelism {
			state, runs := a.States[checkpoint.Task{Vertex: v.ID, Subtask: i}]
			state.Finished = state.Finished || !runs && !slices.Contains(e.stage, e.job.stages.of[v.ID]) // in an earlier stage
			vs.Subtasks = append(vs.Subtasks, state)
		}
		s.Vertices = append(s.Vertices, vs)
	}
	return s
}

func (e *execution) complete(a checkpoint.Action) {
	j := e.job
	j.mu.Lock()
	cs := &j.status.Checkpoints
	cs.Completed++
	cs.Last, cs.LastTriggered, cs.LastDuration = a.Checkpoint, a.Triggered, j.now()-a.Triggered
	j.history.ended(a.Checkpoint, j.pathOf(a.Checkpoint), nil, j.now())
	j.mu.Unlock()
	for _, t := range a.Tasks {
		id := e.idOf(t)
		e.of(id).Completed(id, a.Checkpoint)
	}
	if a.Request == nil {
		return
	}
	if a.Request.Stop {
		for _, t := range a.Tasks {
			id := e.idOf(t)
			e.of(id).Release(id)
		}
	}
	if w, ok := a.Request.Tag.(*asked); ok {
		if p, ok := w.then.(rescaling); ok {
			j.rescale = int(p)
		}
		w.reply <- answer{snapshot: e.lastSnapshot}
	}
}

func (e *execution) abort(a checkpoint.Action) {
	j := e.job
	if a.Checkpoint > 0 {
		j.mu.Lock()
		j.status.Checkpoints.Failed++
		j.status.Checkpoints.LastFailure = a.Reason
		j.history.ended(a.Checkpoint, "", a.Reason, j.now())
		j.mu.Unlock()
		for _, t := range a.Tasks {
			id := e.idOf(t)
			e.of(id).Aborted(id, a.Checkpoint)
		}
	}
	if a.Request == nil {
		return
	}
	if w, ok := a.Request.Tag.(*asked); ok {
		w.reply <- answer{err: a.Reason}
	}
	if a.Request.Stop && a.Checkpoint > 0 {
		// Sources may have stopped behind the barrier already, and what the sinks
		// prepared last cannot be committed: go on from the checkpoint before.
		e.fail(a.Reason)
	}
}
