package graph

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/io/connector"
)

// Factory makes the operator of a spec for one subtask: the one switch from
// plan node to operator. It is given to the task manager.
type Factory func(spec *OperatorSpec, env *Env) (operator.Operator, error)

// Sources makes the source of a scan, for the job's enumerator.
type Sources func(spec *OperatorSpec, job *Job) (connector.Source, error)

// Env is what a factory may know besides the spec.
type Env struct {
	Job                  *Job
	Vertex               *Vertex
	Subtask, Parallelism int
	Attempt              int
	// Results is where a Collect hands its rows; nil where the job has no client.
	Results Results
	// Chain holds the operators made so far for this subtask, by id: a watermark
	// assigner finds its source here.
	Chain map[string]operator.Operator
}

// Results takes the rows of a query on their way to the client. It is safe for
// concurrent use.
type Results interface {
	// Deliver copies a batch for the client. It never blocks.
	Deliver(b *stream.Batch) error
	// Full asks who not to deliver more until its space is called.
	Full(who any, space func()) bool
}
