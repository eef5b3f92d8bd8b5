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
	From    string           `json:"from,omitempty"` // that the files of Keyed are relative to; empty: the job's own directory
	Tasks   []TaskDeployment `json:"tasks"`
}

// TaskDeployment is one subtask and the state it starts from.
type TaskDeployment struct {
	Vertex  string                   `json:"vertex"`
	Subtask int                      `json:"subtask"`
	State   *checkpoint.SubtaskState `json:"state,omitempty"` // nil: fresh
	Keyed   []keyed.Handle           `json:"keyed,omitempty"`
}

// TaskManager runs subtasks. Its calls return at once but for Deploy and Recover.
type TaskManager interface {
	// Deploy starts the subtasks of a Deployment, all or none. results is where a
	// Collect hands its rows; in one process only.
	Deploy(ctx context.Context, deployment []byte, results graph.Results) error
	// Recover commits what the restored checkpoint left uncommitted of a sink, then
	// rolls back whatever else lies open outside. No writer of the job is open.
	Recover(ctx context.Context, job []byte, attempt int, vertex, op string, committables []connector.Committable) error
	Trigger(id TaskID, b stream.Barrier)
	Completed(id TaskID, checkpoint int64)
	Aborted(id TaskID, checkpoint int64)
	AssignSplits(id TaskID, op string, splits []connector.Split, done bool, epoch int64)
	// Release lets a task that has ended and waits close.
	Release(id TaskID)
	// Cancel stops all subtasks of an attempt; TaskClosed follows for each.
	Cancel(job string, attempt int, cause error)
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
