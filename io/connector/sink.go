package connector

import (
	"context"
	"errors"
	"log/slog"

	"github.com/weir-engine/weir/core/stream"
)

// Committable is a finished but invisible part of a sink's output: an open
// transaction, a written file without its name. Opaque to the engine,
// versioned by the connector, safe to keep in a manifest.
type Committable []byte

// Sink writes one table in one job.
type Sink interface {
	// OpenWriter makes the writer of one subtask; restored holds what the Snapshot
	// calls of earlier writers returned, dealt over the subtasks.
	OpenWriter(ctx context.Context, wc WriterContext, restored [][]byte) (Writer, error)
	// OpenCommitter makes the committer beside each writer; nil when the sink has
	// nothing to commit (it is at-least-once, or idempotent).
	OpenCommitter(ctx context.Context, wc WriterContext) (Committer, error)
}

// WriterContext is what a writer may know of the subtask it writes for.
type WriterContext struct {
	Job                  string // id of the job, stable over restarts
	Sink                 string // id of the sink in the job
	Subtask, Parallelism int
	Attempt              int
	// CheckpointInterval in milliseconds; 0: only the end of the job commits.
	CheckpointInterval int64
	Log                *slog.Logger // nil: nobody reads it
}

// Writer writes the rows of one subtask. One goroutine calls it.
type Writer interface {
	// Write takes a dense batch, lent as to an operator.
	Write(ctx context.Context, b *stream.Batch) error
	// Flush makes what was written durable, though not visible: before a barrier, for
	// sinks without committer it is all there is.
	Flush(ctx context.Context) error
	// PrepareCommit ends what was written since the last call; nothing written gives none.
	PrepareCommit(ctx context.Context, checkpoint int64) ([]Committable, error)
	// Snapshot is what a new writer needs to know besides committables: ids in use, open uploads.
	Snapshot(checkpoint int64) ([]byte, error)
	Close() error
}

// TimedWriter is a Writer that wants to know how far event time has come.
type TimedWriter interface {
	Writer
	// Watermark comes between batches; stream.MaxWatermark says that no row will follow.
	Watermark(at stream.Watermark)
}

// ErrLost is what can never be committed any more. A job that meets it is not
// restarted: every attempt would meet it again.
var ErrLost = errors.New("a part of the output is lost")

// Outcome is what became of a committable.
type Outcome uint8

// The outcomes.
const (
	Committed Outcome = iota
	AlreadyCommitted
	Retry // not now; the engine calls again
	Lost  // can never be committed: the job fails for good, naming it
)

// Committer makes committables visible. One goroutine calls it, not the writer's.
type Committer interface {
	// Commit must be idempotent: the same committable may come again after a restart.
	// An error beside the outcomes says why some are to be retried or are lost; one
	// without them fails the job.
	Commit(ctx context.Context, c []Committable) ([]Outcome, error)
	// AbortLeftovers is called once a sink after recovery, on one subtask, when all
	// committables of the restored checkpoint are committed: whatever else of this
	// job lies open outside is rolled back.
	AbortLeftovers(ctx context.Context, keep []Committable) error
	Close() error
}
