package connector

import (
	"context"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
)

// LookupFactory is a Factory whose tables can be asked for the rows of keys.
type LookupFactory interface {
	Factory
	NewLookup(t *catalog.Table, spec LookupSpec) (Lookup, error)
}

// LookupSpec is what a query asks of a table.
type LookupSpec struct {
	Keys    []int // ordinals of Table.Produced that are compared
	Columns []int // ordinals of Table.Produced that come back, in output order; may be none
}

// Lookup makes the readers of one table in one job.
type Lookup interface {
	// Open makes a reader for one subtask.
	Open(ctx context.Context) (LookupReader, error)
}

// LookupReader finds rows by key. One goroutine at a time calls it, not the task's.
type LookupReader interface {
	// Lookup finds the rows whose key columns equal one of keys, which are dense,
	// distinct and without NULL. of tells the key of each row found, ascending. What
	// is returned is the caller's.
	Lookup(ctx context.Context, keys *stream.Batch) (rows *stream.Batch, of []uint32, err error)
	Close() error
}
