package worker

import (
	"context"
	"fmt"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// TaskID names one run of a subtask.
type TaskID struct {
	Job     string
	Attempt int
	Vertex  string
	Subtask int
}

func (id TaskID) String() string {
	return fmt.Sprintf("%s/%d/%s/%d", id.Job, id.Attempt, id.Vertex, id.Subtask)
}

// Deployment is the subtasks of one attempt of a job that one task manager runs.
type Deployment struct {
	Job     []byte           `json:"job"` // graph.Job
	Attempt int              `json:"attempt"`
	From    string           `json:"from,omitempty"`  // that the files of Keyed are relative to; empty: the job's own directory
	Slots   int              `json:"slots,omitempty"` // that the job holds here: its share of the memory; 0: all there is
	Tasks   []TaskDeployment `json:"tasks"`
	// Places tells the data address of every subtask's task manager, by vertex;
	// nil: all run here.
	Places map[string][]string `json:"places,omitempty"`
	// Leader is the epoch of the job manager, which keeps the channels of two apart.
	Leader int64 `json:"leader,omitempty"`
	// Outputs are the finished outputs that are still needed, by vertex. What else
	// earlier attempts of the job have left on this task manager is dropped.
	Outputs map[string]VertexOutput `json:"outputs,omitempty"`
}

// VertexOutput is where the outputs of a vertex lie that has finished.
type VertexOutput struct {
	Attempt int      `json:"attempt"`
	Data    []string `json:"data"` // address of the task manager, by subtask
}

// TaskDeployment is one subtask and the state it starts from.
type TaskDeployment struct {
	Vertex  string                   `json:"vertex"`
	Subtask int                      `json:"subtask"`
	State   *checkpoint.SubtaskState `json:"state,omitempty"` // nil: fresh
	Keyed   []keyed.Handle           `json:"keyed,omitempty"`
}

// TaskManager runs subtasks. The life of an attempt is
//
//	Deploy, on all its task managers ─▶ Start ─▶ … TaskClosed of each subtask ─▶ Dismiss
//
// so that whoever sends finds the receiver's end of its channels in place, and
// leaves it there until nobody sends any more. Calls return at once but for
// Deploy, Recover and Tasks.
type TaskManager interface {
	// Deploy makes the subtasks of a Deployment ready, all or none; they do not run
	// yet. results is where a Collect hands its rows.
	Deploy(ctx context.Context, deployment []byte, results graph.Results) error
	// Start runs what was deployed.
	Start(job string, attempt int)
	// Recover commits what the restored checkpoint left uncommitted of a sink, then
	// rolls back whatever else lies open outside. No writer of the job is open.
	Recover(ctx context.Context, job []byte, attempt int, vertex, op string, committables []connector.Committable) error
	Trigger(id TaskID, b stream.Barrier)
	Completed(id TaskID, checkpoint int64)
	Aborted(id TaskID, checkpoint int64)
	AssignSplits(id TaskID, op string, splits []connector.Split, done bool, epoch int64)
	// Drain ends a source as if it had read everything.
	Drain(id TaskID)
	// Release lets a task that has ended and waits close.
	Release(id TaskID)
	// Cancel stops all subtasks of an attempt; TaskClosed follows for each.
	Cancel(job string, attempt int, cause error)
	// Dismiss drops an attempt none of whose subtasks runs anywhere, or was started.
	Dismiss(job string, attempt int)
	// Drop removes the outputs of a job, which is over.
	Drop(job string)
	// Tasks tells how the subtasks of an attempt fare, until it is dismissed.
	Tasks(job string, attempt int) []TaskStatus
}

// JobManager hears from tasks. Its calls never block, and may come from any goroutine.
type JobManager interface {
	TaskRunning(id TaskID)
	Acknowledge(id TaskID, checkpoint int64, s checkpoint.SubtaskState)
	Decline(id TaskID, checkpoint int64, reason error)
	RequestSplits(id TaskID, op string)
	// TaskEnded: all output is sent. waits: the task takes part in checkpoints until it is released.
	TaskEnded(id TaskID, waits bool)
	// TaskClosed is the last word of a task.
	TaskClosed(id TaskID, err error)
}

// Recoverer is a sink that can be made whole without running: see TaskManager.Recover.
type Recoverer interface {
	Recover(ctx context.Context, wc connector.WriterContext, committables []connector.Committable) error
}
