package connector

import (
	"context"
	"log/slog"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
)

// Split is a part of a source that one reader reads: a row group, a partition.
type Split struct {
	ID string `json:"id"` // unique within the source
	// Data says where the split lies and from where to read: opaque to the
	// engine, versioned by the connector.
	Data []byte `json:"data"`
	// Endless: the split may go on for ever, so its reader asks for more beside it.
	Endless bool `json:"endless,omitempty"`
}

// Source reads one table in one job. Its methods may be called from any goroutine.
type Source interface {
	// Enumerate makes the job's enumerator, on the JobManager; restored is what
	// Snapshot returned, nil for a fresh start.
	Enumerate(ctx context.Context, restored []byte) (Enumerator, error)
	// Open makes a reader for one subtask.
	Open(ctx context.Context, rc ReaderContext) (Reader, error)
}

// ReaderContext is what a reader may know of the subtask it reads for.
type ReaderContext struct {
	Subtask, Parallelism int
	BatchRows            int
	Log                  *slog.Logger // nil: nobody reads it
	// Metric is where a reader tells what it read and what it could pass over; nil: nobody reads it.
	Metric *metric.Group
	// Filter is set when a join has finished its build side and narrows what the
	// scan must return; rows that do not match may still come out. It may be
	// called at any time from any goroutine and returns nil while there is none.
	Filter func() []*expr.Expr
	// Members is Filter for columns of which the join knows all values, with the
	// same promises. May be nil.
	Members func() []*Members
}

// Enumerator finds splits and deals them out. One goroutine calls it.
type Enumerator interface {
	// Assign returns splits for a subtask that has asked for more. An empty answer
	// with done false: none at the moment, ask again when Wake fires; done: none
	// will ever come.
	Assign(ctx context.Context, subtask, parallelism int) (splits []Split, done bool, err error)
	// Wake receives a value when splits may have appeared; nil: they never do.
	Wake() <-chan struct{}
	// AddSplitsBack returns splits that a failed subtask held, with the positions to resume from.
	AddSplitsBack(splits []Split)
	// Snapshot is what has not been assigned yet, and what is needed not to assign twice.
	Snapshot() ([]byte, error)
	Close() error
}

// Sized is an Enumerator that knows how much there is to read. Its readers count
// what they have read in MetricInputBytes, so that people see how far a job is.
type Sized interface {
	// Bytes is the size of all splits that have not been assigned yet; about, and of
	// the files as they are stored.
	Bytes() int64
}

// MetricInputBytes counts the bytes of Sized that a reader has read.
const MetricInputBytes = "numInputBytesRead"

// Reader reads the splits of one subtask. One goroutine of its own calls it;
// Assign and Pause come from the same goroutine, between two calls of Next.
type Reader interface {
	// Assign adds splits, at their stored positions.
	Assign(splits []Split) error
	// Pause stops reading some splits, or goes on, for watermark alignment.
	Pause(ids []string, on bool)
	// Next returns as soon as one row is there, and at most ReaderContext.BatchRows
	// rows. A done ctx loses nothing: the rows come with the next call. A Fetch with
	// neither rows nor finished splits may be returned at any time. ErrNeedSplits:
	// every split assigned so far is finished and reported.
	Next(ctx context.Context) (Fetch, error)
	Close() error
}

// ProgressReader is a Reader that makes known outside how far the job has come.
type ProgressReader interface {
	Reader
	// Completed tells the positions that a completed checkpoint holds: of the splits
	// being read, and of those that ended since the last one. It comes from another
	// goroutine than Next, and returns at once.
	Completed(splits []Split) error
}

// Fetch is what a reader read in one go.
type Fetch struct {
	Batch *stream.Batch // nil: no rows. Sel may be set
	Spans []Span
	// Release gives the batch's memory back to the reader; the task calls it once,
	// when nothing of the batch is needed any more. May be nil.
	Release func()
}

// Span says which rows of a fetch came from which split, and where to resume
// behind them: the split's state once the rows have left the source.
type Span struct {
	Split    string
	From, To int    // rows [From, To) of the batch, counted before Sel
	After    []byte // Split.Data to resume with behind these rows
	Finished bool   // the split has no more rows
	// Final is a watermark that the source itself knows (SOURCE_WATERMARK); 0: none.
	Watermark stream.Watermark
}
