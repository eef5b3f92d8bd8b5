package physical

import (
	"slices"

	"github.com/weir-engine/weir/core/types"
)

// Node is one operator of a physical plan.
type Node struct {
	// ID is semantic: derived from the plan's meaning, stable across runs of the
	// same statement; it names the operator's state. Set when the plan is complete.
	ID     string
	Op     Op
	Inputs []*Node
	Schema *types.Schema
	Traits Traits
}

// Op is the parameters of one operator: a pointer to one of the structs of this
// package, registered in encode.go under its Name.
type Op interface {
	// Name is the node's name in EXPLAIN, as Flink spells it where Flink has one.
	Name() string
}

// Traits is what holds of a node's output.
type Traits struct {
	Bounded    bool         `json:"bounded"`
	Changelog  Changelog    `json:"changelog"`
	Dist       Distribution `json:"dist"`
	Order      []SortKey    `json:"order,omitempty"` // within each subtask
	UniqueKeys [][]int      `json:"uniqueKeys,omitempty"`
	UpsertKey  []int        `json:"upsertKey,omitempty"` // changelog keyed by these columns; nil: whole rows
	// Times is the columns a watermark speaks of: the time attributes.
	Times []int `json:"times,omitempty"`
	// Ahead is the columns of which rows still to come are promised to lie beyond the watermark.
	Ahead       []Ahead `json:"ahead,omitempty"`
	Parallelism int     `json:"parallelism"`
	Rows        float64 `json:"rows,omitempty"` // estimate
	Bytes       float64 `json:"bytes,omitempty"`
}

// IsTime reports a column that a watermark speaks of.
func (t *Traits) IsTime(col int) bool { return slices.Contains(t.Times, col) }

// Ahead promises of a column that its value in every row still to come is
// greater than the watermark, moved by By milliseconds. A time attribute gives no
// such promise, for rows may be late; a window that has been emitted does not
// come again. The promise is that of the operator that makes the rows, and
// reaches through one exchange: what an idle channel brings later lies beyond
// that channel's own last watermark.
type Ahead struct {
	Col int   `json:"col"`
	By  int64 `json:"by"`
}

// Changelog is the kinds of rows an edge may carry.
type Changelog uint8

// The changelog modes.
const (
	InsertOnly Changelog = iota // +I
	Upsert                      // +I +U -D, by key
	Retract                     // +I -U +U -D
)

func (c Changelog) String() string { return [...]string{"[I]", "[I,UA,D]", "[I,UB,UA,D]"}[c] }

// DistKind is how rows lie over the subtasks of a vertex.
type DistKind uint8

// The distributions.
const (
	AnyDist   DistKind = iota // no matter
	Single                    // all in one subtask
	Hash                      // by the hash of Keys
	Broadcast                 // all in every subtask
	Rebalance                 // round robin, by batch
	Forward                   // subtask i to subtask i, same parallelism
)

func (k DistKind) String() string {
	return [...]string{"any", "single", "hash", "broadcast", "rebalance", "forward"}[k]
}

// Distribution is a DistKind with its keys.
type Distribution struct {
	Kind DistKind `json:"kind"`
	Keys []int    `json:"keys,omitempty"`
}

// SortKey orders by a column.
type SortKey struct {
	Col        int  `json:"col"`
	Desc       bool `json:"desc,omitempty"`
	NullsFirst bool `json:"nullsFirst,omitempty"`
}
