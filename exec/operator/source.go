package operator

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
)

// Puller is an operator without inputs: a source, the head of its chain. The
// task calls Pull instead of Process.
type Puller interface {
	// Pull emits what is there, about one batch, and returns at once. What it emitted
	// is lent until the next Pull. The task calls again when the output is not full:
	// at once after PulledSome, after Context.Awaken or an alarm after PulledNothing.
	Pull(out SourceOutput) (Pulled, error)
}

// Pulled is what a Pull found.
type Pulled uint8

// The findings.
const (
	PulledSome    Pulled = iota
	PulledNothing        // quiet: whatever was held back for batching goes out now
	PulledAll            // the end: nothing will follow
)

// SourceOutput is the output of a source, which also knows time.
type SourceOutput interface {
	Output
	// Watermark says that no row at or below w will follow. Lower ones than before are dropped.
	Watermark(w stream.Watermark) error
	// Idle says that nobody should wait for this source's watermark, or again.
	Idle(on bool) error
}

// SplitTaker is a source that reads splits. The task calls it between two elements.
type SplitTaker interface {
	// AssignSplits adds splits; done: none will follow; neither: there are none for
	// now, and the request stands. A split of an epoch belongs
	// behind the barrier of that checkpoint: it is not read, and not in the
	// snapshot, before the barrier has passed or the checkpoint is aborted.
	AssignSplits(splits []connector.Split, done bool, epoch int64) error
}

// Committing is a sink with a second phase. What it returns stands in the
// checkpoint until a later one no longer names it, and is committed again
// when the checkpoint is restored, before any writer opens.
type Committing interface {
	// Committables is called directly after Snapshot: everything finished and not known to be committed.
	Committables() []connector.Committable
}

// Settler does work that must be over before the job may end, such as commits.
// When it settles it calls Context.Awaken.
type Settler interface {
	Settled() bool
}

// Early is an operator that may have enough before its inputs end, such as LIMIT.
type Early interface {
	// Done reports that no further input changes the output: the task stops reading and ends the inputs.
	Done() bool
}

// Budgeted is an operator that cannot work in less memory than this. The sum
// over a job is reserved before it starts.
type Budgeted interface {
	MinimumMemory() int64
}
