package operator

import (
	"context"

	"github.com/weir-engine/weir/core/stream"
)

// Operator is one step of a chain. One goroutine, the task's, makes all calls,
// in this order: Open; then Process, Watermark and the optional calls; EndInput
// once an input; Close always, also after an error. An error fails the task.
type Operator interface {
	// Open is called once, with state restored.
	Open(ctx *Context) error
	// Process takes a batch of an input. b is lent until Process has returned and,
	// for a Resumer, Resume has reported no more. b may have Sel, Kinds and vectors of any form.
	Process(input int, b *stream.Batch, out Output) error
	// Watermark says that the combined event time of all inputs has reached w, and
	// returns what to forward: w, or less when the operator still has older rows to emit.
	Watermark(w stream.Watermark, out Output) (forward stream.Watermark, err error)
	// EndInput says that an input has ended: emit what was held back. The end of the
	// last input ends the operator's output.
	EndInput(input int, out Output) error
	Close() error
}

// Output is where an operator's rows go: the next of the chain, or edges.
type Output interface {
	// Emit lends a batch downstream; empty ones are dropped. It never blocks.
	Emit(b *stream.Batch) error
	// Full asks the operator to stop emitting and to go on in Resume. One call may
	// overrun by the output of its own batch, so whoever can emit many batches in
	// one call must ask between them and be a Resumer.
	Full() bool
}

// Resumer is an operator that may have more to emit than one call should.
type Resumer interface {
	// Resume emits a bounded piece and reports whether there is more. The task calls
	// it after Process, Watermark and EndInput, when the output is not full, until
	// it reports no more; only then comes the next element.
	Resume(out Output) (more bool, err error)
}

// Selective is an operator with several inputs that reads them in an order of its own.
type Selective interface {
	// Wants is a bit set of the inputs that may be handed to it now. It must not be
	// empty before all inputs have ended, unless the operator has called
	// Context.Await: the task then asks again when the awaited event is posted.
	Wants() uint64
}

// Clocked is an operator that does something as processing time passes.
type Clocked interface {
	// Tick is called with the clock's time when it reaches what the last call
	// returned (or Open's Context.Alarm); it returns when to be called next, 0: never.
	Tick(now int64, out Output) (next int64, err error)
}

// Flusher holds rows back for batching only: it emits them before a barrier and when the input goes quiet.
type Flusher interface {
	Flush(out Output) error
}

// Snapshotter has state of its own besides the keyed store.
type Snapshotter interface {
	// Snapshot is called at the barrier, after Flush. Parts are dealt over the
	// subtasks at a restore, as whole parts; every subtask sees all of them when its
	// Redistribution is Union.
	Snapshot(checkpoint int64) (parts [][]byte, err error)
	// Redistribution says how parts are dealt when a job is restored.
	Redistribution() Redistribution
}

// Redistribution is how the parts of operator state are dealt at a restore.
type Redistribution uint8

// The redistributions.
const (
	Deal  Redistribution = iota // round robin
	Union                       // all parts to every subtask
)

// Notified is told what became of a checkpoint it took part in: sinks commit here.
type Notified interface {
	Completed(ctx context.Context, checkpoint int64) error
	Aborted(checkpoint int64)
}
