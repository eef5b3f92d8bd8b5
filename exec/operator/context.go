package operator

import (
	"context"
	"log/slog"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/state/keyed"
)

// Context is what a task gives its operator. It is valid from Open to Close.
type Context struct {
	Ctx    context.Context // done when the task is cancelled
	Job    string
	ID     string // of the plan node: names state and metrics
	Inputs []*types.Schema
	Output *types.Schema

	Subtask, Parallelism, MaxParallelism int
	Attempt                              int
	BatchRows                            int
	CheckpointInterval                   int64 // milliseconds; 0: none
	StreamingMode                        bool
	Profile                              bool // somebody wants to know how long the operator takes

	Store  keyed.Store   // nil in bounded plans
	Memory *memory.Grant // the operator's own account
	Spill  SpillSpace    // where to put runs and partitions
	Env    *kernel.Env   // for expressions; in streaming mode the task sets its time before each batch
	Clock  func() int64  // processing time, milliseconds
	Log    *slog.Logger
	Metric *metric.Group

	// Restored holds the parts that Snapshot returned, dealt as asked; Fresh: no checkpoint was restored.
	Restored [][]byte
	Fresh    bool

	// Post hands f to the task, which runs it between two elements and then resumes
	// the operator. It may be called from any goroutine.
	Post func(f func(out Output) error)
	// Alarm asks for a first Tick at a time. Later ones by Tick's result.
	Alarm func(at int64)
	// Await and Awaken bracket waiting for something outside the task (sealing of a
	// shared table, answers of another system): while awaiting, Wants may be empty,
	// and an operator that has reported more is not resumed. Awaken comes from any
	// goroutine; a Post to the operator awakens it too.
	Await  func()
	Awaken func()
	// RequestSplits asks the job for splits; they come through SplitTaker. Sources only.
	RequestSplits func()
	// AutoWatermarkInterval and IdleTimeout are milliseconds; 0: after every batch, never.
	AutoWatermarkInterval, IdleTimeout int64
	// InputFloor is the lowest watermark among the channels of one input, idle ones
	// included: what its senders promised of their own rows holds up to it.
	InputFloor func(input int) stream.Watermark
	// Vertex is shared by the subtasks of this operator in this process: the first
	// caller makes the value. Only bounded plans use it.
	Vertex func(make func() any) any
}

// SpillSpace is a directory for spilled data, emptied when the job ends and,
// after a kill, at the next start.
type SpillSpace interface {
	// Dir is an existing directory for this operator alone.
	Dir() (string, error)
}
