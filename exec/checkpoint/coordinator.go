package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/weir-engine/weir/core/stream"
)

// Coordinator decides when a job's checkpoints begin and what becomes of them.
// Events come in by its methods, each with the time in milliseconds, and give
// the actions to take. At most one checkpoint is under way.
type Coordinator struct {
	config   Config
	tasks    map[Task]taskState
	next     int64
	current  *attempt
	lastOver int64 // when the last checkpoint ended
	due      int64 // of the next periodic one
	failures int   // in a row
	requests []Request
	started  bool // all tasks have run
	stopping bool // the job ends behind the last checkpoint
}

// Config is what a coordinator goes by, in milliseconds.
type Config struct {
	Interval  int64 // 0: no periodic checkpoints
	Timeout   int64
	Pause     int64 // least time between the end of one and the start of the next
	Tolerable int   // failed checkpoints in a row that do not fail the job; < 0: any number
}

// Task names a subtask within its job.
type Task struct {
	Vertex  string
	Subtask int
}

type taskState uint8

const (
	deploying taskState = iota
	active
	gone // closed: recorded as finished
)

// Request is a checkpoint that somebody asked for.
type Request struct {
	Savepoint string // where to; empty: an ordinary checkpoint
	Stop      bool   // the job ends behind it
	Tag       any    // comes back with Completed or Aborted
}

// attempt is the checkpoint under way.
type attempt struct {
	id       int64
	request  *Request // nil: periodic
	started  int64
	deadline int64
	phase    phase
	waiting  map[Task]bool
	states   map[Task]SubtaskState
	enums    map[string][]byte
}

type phase uint8

const (
	freezing phase = iota
	acknowledging
	writing
)

// ActionKind is what to do.
type ActionKind uint8

// The actions.
const (
	Freeze   ActionKind = iota // stop assigning splits to this epoch, take enumerators' snapshots, answer with Frozen
	Trigger                    // send Barrier to all Tasks
	Write                      // make States durable, answer with Written
	Complete                   // tell all Tasks that the checkpoint counts
	Abort                      // tell all Tasks that it was given up, because of Reason
	FailJob                    // too many checkpoints failed: Reason
)

func (k ActionKind) String() string {
	return [...]string{"freeze", "trigger", "write", "complete", "abort", "fail-job"}[k]
}

// Action is one thing to do.
type Action struct {
	Kind        ActionKind
	Checkpoint  int64
	Barrier     stream.Barrier
	Tasks       []Task
	States      map[Task]SubtaskState
	Enumerators map[string][]byte
	Triggered   int64
	Request     *Request
	Reason      error
}

// NewCoordinator makes a coordinator of tasks that are being deployed, whose
// next checkpoint is number first.
func NewCoordinator(c Config, tasks []Task, first int64) *Coordinator {
	co := &Coordinator{config: c, tasks: map[Task]taskState{}, next: first}
	for _, t := range tasks {
		co.tasks[t] = deploying
	}
	return co
}

// Running says that a task has opened its operators.
func (c *Coordinator) Running(now int64, t Task) []Action {
	if c.tasks[t] == deploying {
		c.tasks[t] = active
	}
	return c.start(now)
}

// start lets checkpoints begin once every task has run.
func (c *Coordinator) start(now int64) []Action {
	for _, s := range c.tasks {
		if s == deploying {
			return nil
		}
	}
	if !c.started {
		c.started, c.due = true, now+c.config.Interval
	}
	return c.Advance(now)
}

// Closed says that a task is gone for good, having ended.
func (c *Coordinator) Closed(now int64, t Task) []Action {
	c.tasks[t] = gone
	if a := c.current; a != nil && a.waiting[t] {
		return c.abort(now, fmt.Errorf("task %s/%d closed", t.Vertex, t.Subtask))
	}
	return c.start(now)
}

// Ask requests a checkpoint; it begins when no other is under way.
func (c *Coordinator) Ask(now int64, r Request) []Action {
	c.requests = append(c.requests, r)
	return c.Advance(now)
}

// NextTime is when Advance must be called at the latest; 0: no time.
func (c *Coordinator) NextTime() int64 {
	if a := c.current; a != nil {
		if a.phase == writing {
			return 0
		}
		return a.deadline
	}
	if !c.started || c.stopping || c.config.Interval == 0 {
		return 0
	}
	return max(c.due, c.lastOver+c.config.Pause)
}

// Advance lets time pass.
func (c *Coordinator) Advance(now int64) []Action {
	var out []Action
	if a := c.current; a != nil {
		if now < a.deadline || a.phase == writing {
			return nil
		}
		out = c.abort(now, fmt.Errorf("no answer from %d tasks within %d ms", len(a.waiting), c.config.Timeout))
		if c.current != nil {
			return out
		}
	}
	if !c.started || c.stopping {
		return out
	}
	if len(c.requests) > 0 {
		r := c.requests[0]
		c.requests = c.requests[1:]
		return append(out, c.begin(now, &r)...)
	}
	if c.config.Interval > 0 && now >= c.NextTime() {
		return append(out, c.begin(now, nil)...)
	}
	return out
}

func (c *Coordinator) begin(now int64, r *Request) []Action {
	id := c.next
	c.next++
	c.due = now + c.config.Interval
	c.current = &attempt{id: id, request: r, started: now, deadline: now + c.config.Timeout, states: map[Task]SubtaskState{}, waiting: map[Task]bool{}}
	for t, s := range c.tasks {
		if s == active {
			c.current.waiting[t] = true
		} else {
			c.current.states[t] = SubtaskState{Finished: true}
		}
	}
	return []Action{{Kind: Freeze, Checkpoint: id, Tasks: c.active(), Request: r}}
}

// Frozen answers Freeze.
func (c *Coordinator) Frozen(now int64, id int64, enumerators map[string][]byte, err error) []Action {
	a := c.current
	if a == nil || a.id != id || a.phase != freezing {
		return nil
	}
	if err != nil {
		return c.abort(now, err)
	}
	a.phase, a.enums = acknowledging, enumerators
	b := stream.Barrier{Checkpoint: id}
	if a.request != nil {
		b.Savepoint, b.Drain = a.request.Savepoint != "", a.request.Stop
	}
	return []Action{{Kind: Trigger, Checkpoint: id, Barrier: b, Tasks: c.active(), Request: a.request}}
}

// Acknowledge takes what a task captured.
func (c *Coordinator) Acknowledge(now int64, t Task, id int64, s SubtaskState) []Action {
	a := c.current
	if a == nil || a.id != id || a.phase != acknowledging || !a.waiting[t] {
		return nil
	}
	delete(a.waiting, t)
	a.states[t] = s
	if len(a.waiting) > 0 {
		return nil
	}
	a.phase = writing
	return []Action{{Kind: Write, Checkpoint: id, States: a.states, Enumerators: a.enums, Triggered: a.started, Request: a.request}}
}

// Decline says that a task cannot take part.
func (c *Coordinator) Decline(now int64, t Task, id int64, reason error) []Action {
	a := c.current
	if a == nil || a.id != id || a.phase == writing {
		return nil
	}
	return c.abort(now, fmt.Errorf("task %s/%d declined: %w", t.Vertex, t.Subtask, reason))
}

// Written answers Write.
func (c *Coordinator) Written(now int64, id int64, err error) []Action {
	a := c.current
	if a == nil || a.id != id || a.phase != writing {
		return nil
	}
	if err != nil {
		return c.abort(now, fmt.Errorf("write checkpoint: %w", err))
	}
	c.current, c.lastOver, c.failures = nil, now, 0
	c.stopping = c.stopping || a.request != nil && a.request.Stop
	out := []Action{{Kind: Complete, Checkpoint: id, Tasks: c.active(), Triggered: a.started, Request: a.request}}
	return append(out, c.Advance(now)...)
}

// ErrStopped is why requests end that were never begun.
var ErrStopped = errors.New("the job has stopped")

// Stop gives up whatever is under way or waits: the attempt of the job is over.
// A snapshot that is being written may count already, so its files must stay:
// it goes on to Written.
func (c *Coordinator) Stop() []Action {
	var out []Action
	if a := c.current; a != nil && a.phase != writing {
		c.current = nil
		out = append(out, Action{Kind: Abort, Checkpoint: a.id, Tasks: c.active(), Request: a.request, Reason: ErrStopped})
	}
	for i := range c.requests {
		out = append(out, Action{Kind: Abort, Request: &c.requests[i], Reason: ErrStopped})
	}
	c.requests, c.stopping = nil, true
	return out
}

func (c *Coordinator) abort(now int64, reason error) []Action {
	a := c.current
	c.current, c.lastOver = nil, now
	if a.request == nil || a.request.Savepoint == "" { // a savepoint that fails is its asker's concern
		c.failures++
	}
	reason = fmt.Errorf("checkpoint %d: %w", a.id, reason)
	out := []Action{{Kind: Abort, Checkpoint: a.id, Tasks: c.active(), Request: a.request, Reason: reason}}
	if c.config.Tolerable >= 0 && c.failures > c.config.Tolerable {
		out = append(out, Action{Kind: FailJob, Checkpoint: a.id, Reason: reason})
	}
	return out
}

// active lists the tasks that take part, in order.
func (c *Coordinator) active() []Task {
	var out []Task
	for t, s := range c.tasks {
		if s == active {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(x, y Task) int {
		return cmp.Or(cmp.Compare(x.Vertex, y.Vertex), cmp.Compare(x.Subtask, y.Subtask))
	})
	return out
}

// Next is the number of the next checkpoint.
func (c *Coordinator) Next() int64 { return c.next }
