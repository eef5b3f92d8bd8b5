package catalog

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// ColumnStats is what is known of a column's values. The zero value knows nothing.
type ColumnStats struct {
	Min, Max *types.Value
	Nulls    int64   // -1: unknown
	Distinct float64 // estimate; 0: unknown
	AvgBytes float64 // of strings; 0: unknown
}

// SourceInfo is what planning needs to know of a table that is read.
type SourceInfo struct {
	Bounded  bool
	Rows     float64       // estimate; < 0: unknown
	Bytes    float64       // stored size; < 0: unknown
	Columns  []ColumnStats // by ordinal of Table.Produced; nil: unknown
	UpsertBy bool          // emits an upsert changelog by the table's primary key
	Retracts bool          // emits a full changelog
	// Filters and limits a source takes are hints: rows that do not match may
	// still come out, and the planner keeps the filter above.
	TakesFilter func(f *expr.Expr) bool // columns are ordinals of Table.Produced; nil: none
	Parallelism int                     // most subtasks that get splits; 0: any number
	Lookup      *LookupInfo             // the rows of a key can be asked for; nil: they cannot
	Readers     int                     // subtasks that read, and go on to the next exchange; 0: those of the job
}

// LookupInfo is how a table is asked for the rows of keys.
type LookupInfo struct {
	Cache LookupCache
}

// LookupCache says how long answers are kept; the zero value keeps none.
type LookupCache struct {
	Rows        int64 `json:"rows,omitempty"`        // kept at most; 0: no answer is kept
	AfterWrite  int64 `json:"afterWrite,omitempty"`  // milliseconds since it came; 0: for ever
	AfterAccess int64 `json:"afterAccess,omitempty"` // milliseconds since it was last used; 0: for ever
	Missing     bool  `json:"missing,omitempty"`     // that there is no row is kept too
}

// SinkInfo is what planning needs to know of a table that is written.
type SinkInfo struct {
	TakesUpdates bool // upsert or retract changelogs
	NeedsBefore  bool // wants -U too
	MustBound    bool // only bounded inputs
	// HashBy are ordinals of Table.Persisted: rows that are equal there come to one
	// subtask; nil: as they lie.
	HashBy      []int
	Parallelism int // subtasks that write; 0: as many as the input has
}

// Resolver answers core's questions about tables. It may open files and ask
// brokers; core calls it while binding and planning only.
type Resolver interface {
	Source(t *Table) (*SourceInfo, error)
	Sink(t *Table) (*SinkInfo, error)
	// Infer fills in the columns of a table that was named by its files alone:
	// FROM 'dir/*.parquet', read_csv('…').
	Infer(t *Table) error
	// Check validates connector, format and option keys at CREATE TABLE.
	Check(t *Table) error
	// MetadataColumns lists the metadata keys a connector offers, with their types.
	MetadataColumns(t *Table) (map[string]types.Type, error)
}
