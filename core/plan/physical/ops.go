package physical

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// Scan reads a table. Its output is the produced columns Columns (ordinals of
// Table.Produced), in order, then filtered by nothing: Filters are hints.
type Scan struct {
	Table   *catalog.Table `json:"table"`
	Columns []int          `json:"columns"`
	Filters []*expr.Expr   `json:"filters,omitempty"` // columns are ordinals of Columns
	Limit   int64          `json:"limit"`             // rows that suffice; -1: all
	Fields  [][]int        `json:"fields,omitempty"`  // by column, of ROW columns the fields that are read; nil: all
}

// WatermarkAssigner emits watermarks: the largest value of Expr so far. It is
// always chained to its Scan, so that it can keep one per split.
type WatermarkAssigner struct {
	Column int        `json:"column"`
	Expr   *expr.Expr `json:"expr"`
}

// Values is literal rows, evaluated where the plan is made.
type Values struct {
	Rows [][]types.Value `json:"rows"`
}

// Calc filters, then projects. Project nil: all columns pass.
type Calc struct {
	Filter  *expr.Expr   `json:"filter,omitempty"`
	Project []*expr.Expr `json:"project,omitempty"`
}

// Exchange moves rows between vertices.
type Exchange struct {
	Dist Distribution `json:"dist"`
}

// Spool hands the rows of a bounded subplan to several readers, each at its own place.
type Spool struct{}

// Union merges inputs of one schema.
type Union struct{}

// Agg is one aggregate of an aggregation.
type Agg struct {
	Func     string       `json:"func"` // COUNT with no Args is COUNT(*)
	Args     []int        `json:"args,omitempty"`
	Distinct bool         `json:"distinct,omitempty"`
	Filter   int          `json:"filter"` // a BOOLEAN column; -1: all rows
	Type     types.Type   `json:"type"`   // of the result
	ArgTypes []types.Type `json:"argTypes,omitempty"`
}

// Phase says which part of an aggregation a node does.
type Phase uint8

// The phases. Complete takes rows and gives results; Partial gives one BYTES
// column of states behind the keys, which Final takes.
const (
	Complete Phase = iota
	Partial
	Final
	// Shared is Complete by all subtasks of one process together: each fills
	// tables of its own, then merges a share of the hash partitions of all. Its
	// input needs no distribution.
	Shared
)

// HashAggregate groups a bounded input. Output: keys, then results. No keys: one row, from subtask 0.
type HashAggregate struct {
	Keys   []int   `json:"keys"`
	Aggs   []Agg   `json:"aggs"`
	Phase  Phase   `json:"phase"`
	Groups float64 `json:"groups,omitempty"` // estimate
	Rows   float64 `json:"rows,omitempty"`   // estimate of the input's
}

// SortAggregate groups a bounded input that is ordered by its keys.
type SortAggregate struct {
	Keys  []int `json:"keys"`
	Aggs  []Agg `json:"aggs"`
	Phase Phase `json:"phase"`
}

// GroupAggregate groups an unbounded input, by key in state, and emits a changelog. Retracts: its input has -U or -D.
type GroupAggregate struct {
	Keys         []int `json:"keys"`
	Aggs         []Agg `json:"aggs"`
	Retracts     bool  `json:"retracts,omitempty"`
	UpdateBefore bool  `json:"updateBefore"`       // emit -U
	StateTTL     int64 `json:"stateTTL,omitempty"` // milliseconds
}

// WindowProperty is a column of a window that an aggregation emits behind its results.
type WindowProperty uint8

// The window properties.
const (
	WindowStart WindowProperty = iota
	WindowEnd
	WindowTime
)

// WindowAggregate groups by keys and by event-time windows of a time column and emits each
// window once, when the watermark passes its end. In unbounded plans the state
// is slices; in bounded ones it is a HashAggregate over WindowTable instead.
// Output: keys, results, properties.
type WindowAggregate struct {
	Keys     []int              `json:"keys"`
	Aggs     []Agg              `json:"aggs"`
	Spec     logical.WindowSpec `json:"spec"`
	Time     int                `json:"time"` // TIMESTAMP(3) or TIMESTAMP_LTZ(3) column; of none where Proctime
	Props    []WindowProperty   `json:"props,omitempty"`
	Retracts bool               `json:"retracts,omitempty"`
	// Attached: the input already has window columns (cascaded windows): rows of
	// the window that ends at column Time.
	Attached bool `json:"attached,omitempty"`
	// Zoned: those are windows over TIMESTAMP_LTZ, whose bounds are local times of the session.
	Zoned bool `json:"zoned,omitempty"`
	// Proctime: a row counts at the time at which the operator takes it.
	Proctime bool `json:"proctime,omitempty"`
	// KeepRows, of SESSION: the rows themselves are kept and emitted when their
	// session ends. Output: the input's columns, properties.
	KeepRows bool `json:"keepRows,omitempty"`
}

// WindowTable assigns windows to rows: the input's columns, then window_start, window_end, window_time.
type WindowTable struct {
	Spec     logical.WindowSpec `json:"spec"`
	Time     int                `json:"time"`
	Proctime bool               `json:"proctime,omitempty"` // window_time is the row's time
}

// Correlate gives each row once for each row that a table function makes of it.
// Output: the columns Pass of the input, then the columns Columns of the
// function's rows (logical.Ordinality: the place among them). Outer: rows of which
// the function makes none stay, with NULLs.
type Correlate struct {
	Func    string     `json:"func"`
	Args    []int      `json:"args"`
	Result  types.Type `json:"result"` // the ROW that the function makes
	Outer   bool       `json:"outer,omitempty"`
	Pass    []int      `json:"pass"`
	Columns []int      `json:"columns"`
}

// LookupJoin gives each row once for each row that a table has of its key when the
// row is there: it asks the table's system. Output: the columns Pass of the input,
// then the columns Columns of the table. Outer: rows without any stay, with NULLs.
// Answers are kept as Cache says.
type LookupJoin struct {
	Table   *catalog.Table      `json:"table"`
	Cache   catalog.LookupCache `json:"cache"`
	Args    []int               `json:"args"` // of the input
	Keys    []int               `json:"keys"` // of Table.Produced, one for each of Args
	Outer   bool                `json:"outer,omitempty"`
	Pass    []int               `json:"pass"`
	Columns []int               `json:"columns"` // of Table.Produced
}

// HashJoin joins with a hash table on one input, which ends before the other is
// read. Output: left columns, then right columns (Semi, Anti: left only; Mark:
// left and one BOOLEAN). Keys compare pairwise with =.
type HashJoin struct {
	Kind       logical.JoinKind `json:"kind"`
	LeftKeys   []int            `json:"leftKeys"`
	RightKeys  []int            `json:"rightKeys"`
	Residual   *expr.Expr       `json:"residual,omitempty"` // over left then right columns
	BuildRight bool             `json:"buildRight"`         // which input is built; the other is the probe and is chained
	NullAware  bool             `json:"nullAware,omitempty"`
	// Shared: the subtasks of one process fill one table together and all probe
	// it; neither input needs a distribution. Otherwise both inputs are hashed by
	// key, or the built one is broadcast.
	Shared bool `json:"shared,omitempty"`
	// MayBroadcast: inputs that are hashed by key need not be, where the built one is broadcast.
	MayBroadcast bool    `json:"mayBroadcast,omitempty"`
	BuildRows    float64 `json:"buildRows,omitempty"` // estimate
	// Filters names the run-time filters that the finished build side gives to the probe side's scans.
	RuntimeFilters []RuntimeFilter `json:"runtimeFilters,omitempty"`
}

// RuntimeFilter says that key Key of a join or a Top-N restricts column Column of the scan with node id Scan.
type RuntimeFilter struct {
	Key    int    `json:"key"`
	Scan   string `json:"scan"`
	Column int    `json:"column"`
}

// SortMergeJoin joins inputs that are ordered by their keys, key by key and in
// the same directions. Output as HashJoin; it is in the order of the left keys,
// of a Right join in that of the right ones. The rows of one key are kept of the right input.
type SortMergeJoin struct {
	Kind      logical.JoinKind `json:"kind"`
	LeftKeys  []int            `json:"leftKeys"`
	RightKeys []int            `json:"rightKeys"`
	Desc      []bool           `json:"desc,omitempty"`     // by key: it descends; nil: all ascend
	Residual  *expr.Expr       `json:"residual,omitempty"` // over left then right columns
	// NullAware: of a NOT IN (or an IN whose NULL counts). The right input has its
	// NULLs first; where there is more to it than one equality, the inputs are
	// ordered by the keys behind the first.
	NullAware bool `json:"nullAware,omitempty"`
}

// NestedLoopJoin joins without equality, the built input held whole.
type NestedLoopJoin struct {
	Kind       logical.JoinKind `json:"kind"`
	Cond       *expr.Expr       `json:"cond,omitempty"`
	BuildRight bool             `json:"buildRight"`
}

// JoinState says how a side of a streaming join keeps its rows.
type JoinState uint8

// The join state layouts.
const (
	NoUniqueKey     JoinState = iota // rows with counts
	HasUniqueKey                     // rows by their unique key below the join key
	JoinKeyIsUnique                  // one row a join key
)

// Join joins unbounded inputs, both kept in state by join key, and emits a changelog.
type Join struct {
	Kind                        logical.JoinKind `json:"kind"`
	LeftKeys, RightKeys         []int            `json:",omitempty"`
	Residual                    *expr.Expr       `json:"residual,omitempty"`
	LeftState, RightState       JoinState        `json:",omitempty"`
	LeftUnique, RightUnique     []int            `json:",omitempty"` // the unique key's columns
	LeftRetracts, RightRetracts bool             `json:",omitempty"`
	NullAware                   bool             `json:"nullAware,omitempty"`
	LeftTTL, RightTTL           int64            `json:",omitempty"` // milliseconds that rows live; 0: for ever
}

// WindowJoin joins rows of equal windows (columns of window_start and
// window_end on both sides) when the watermark passes their end.
type WindowJoin struct {
	Kind                logical.JoinKind `json:"kind"`
	LeftKeys, RightKeys []int            `json:",omitempty"`
	LeftEnd, RightEnd   int              `json:",omitempty"`      // the window_end columns
	Zoned               bool             `json:"zoned,omitempty"` // the ends are local times of the session
	Residual            *expr.Expr       `json:"residual,omitempty"`
}

// IntervalJoin joins rows of unbounded insert-only inputs whose times lie near
// each other: left minus right in [Lower, Upper] milliseconds. Both are kept in
// state until nothing can meet them any more.
type IntervalJoin struct {
	Kind                logical.JoinKind `json:"kind"`
	LeftKeys, RightKeys []int            `json:",omitempty"`
	LeftTime, RightTime int
	Lower, Upper        int64
	// Rowtime: both times are time attributes. The output has both, and its
	// watermark is held back for what may be emitted late.
	Rowtime                 bool       `json:"rowtime,omitempty"`
	LeftExpiry, RightExpiry Expiry     // of what is kept of each side
	Residual                *expr.Expr `json:"residual,omitempty"`
}

// Expires counts the sides that do not grow for ever.
func (j *IntervalJoin) Expires() int {
	n := 0
	for _, e := range []Expiry{j.LeftExpiry, j.RightExpiry} {
		if e.When != Never {
			n++
		}
	}
	return n
}

// Expiry says when a side of an IntervalJoin forgets a row.
type Expiry struct {
	When Expired `json:"when"`
	By   int64   `json:"by,omitempty"` // Promised: of the other side's Ahead
}

// Expired is what an Expiry goes by.
type Expired uint8

// The kinds of expiry.
const (
	Never      Expired = iota
	Attributed         // the other side's time attribute: rows that are late meet what is left
	Promised           // the other side's promise that no row will come that could meet it
)

// Sort orders a bounded input, spilling.
type Sort struct {
	Keys []SortKey `json:"keys"`
}

// TemporalSort orders an unbounded input of rows that only come: its first key
// is a time attribute, ascending. Rows are emitted as the watermark passes their time.
type TemporalSort struct {
	Keys []SortKey `json:"keys"`
}

// SortLimit keeps rows [Offset, Offset+Limit) in order, of a bounded input.
type SortLimit struct {
	Keys   []SortKey `json:"keys"`
	Offset int64     `json:"offset,omitempty"`
	Limit  int64     `json:"limit"`
	// RuntimeFilters names the scan that hears where the first key ends, once there are Limit rows.
	RuntimeFilters []RuntimeFilter `json:"runtimeFilters,omitempty"`
}

// Limit keeps rows [Offset, Offset+Limit) as they come.
type Limit struct {
	Offset int64 `json:"offset,omitempty"`
	Limit  int64 `json:"limit"`
}

// RankStrategy is how a streaming Rank keeps its rows.
type RankStrategy uint8

// The rank strategies.
const (
	RankAppend  RankStrategy = iota // input is +I only: at most End rows a partition
	RankRetract                     // all rows a partition
)

// Rank is Top-N: rows whose ROW_NUMBER within the partition is in [Start, End].
// In bounded plans (Bounded) it needs no state, and its input has no order. Output: the input's columns,
// then the number when EmitNumber. Global ORDER BY … LIMIT of unbounded input
// is a Rank without partition.
type Rank struct {
	PartitionBy  []int     `json:"partitionBy,omitempty"`
	OrderBy      []SortKey `json:"orderBy"`
	Start, End   int64
	EmitNumber   bool         `json:"emitNumber,omitempty"`
	Strategy     RankStrategy `json:"strategy,omitempty"`
	Bounded      bool         `json:"bounded,omitempty"`
	UpdateBefore bool         `json:"updateBefore,omitempty"`
	StateTTL     int64        `json:"stateTTL,omitempty"`
}

// WindowRank is Top-N within windows: state is dropped at the window's end, and output is +I only.
type WindowRank struct {
	PartitionBy []int     `json:"partitionBy,omitempty"`
	OrderBy     []SortKey `json:"orderBy"`
	Start, End  int64
	EmitNumber  bool `json:"emitNumber,omitempty"`
	WindowEnd   int  `json:"windowEnd"`
	Zoned       bool `json:"zoned,omitempty"` // it is a local time of the session
}

// Deduplicate keeps one row a key, the first or last by a time attribute (or by arrival, for processing time).
type Deduplicate struct {
	Keys         []int `json:"keys"`
	Time         int   `json:"time"` // rowtime column; -1: arrival order
	KeepLast     bool  `json:"keepLast,omitempty"`
	UpdateBefore bool  `json:"updateBefore,omitempty"`
	StateTTL     int64 `json:"stateTTL,omitempty"`
}

// OverAggregate computes functions over windows: of a bounded input, sorted by
// partition and order; or of rows that only come (Unbounded), in the order of a time
// attribute, by frames that end at the current row. Output: the input's columns, then the results.
type OverAggregate struct {
	PartitionBy []int             `json:"partitionBy,omitempty"`
	OrderBy     []SortKey         `json:"orderBy,omitempty"`
	Unit        logical.FrameUnit `json:"unit,omitempty"`
	From, To    logical.Bound
	Calls       []Agg `json:"calls"`

	Unbounded bool  `json:"unbounded,omitempty"`
	Proctime  bool  `json:"proctime,omitempty"` // the order is that of arrival
	Lag       int64 `json:"lag,omitempty"`      // the farthest row back that a LAG asks for
	StateTTL  int64 `json:"stateTTL,omitempty"`
}

// Expand repeats each row once for each grouping set: Project of each set.
type Expand struct {
	Projects [][]*expr.Expr `json:"projects"`
}

// Replicate emits each row as often as its last column, a BIGINT, says; without that column.
type Replicate struct{}

// SingleRow passes its input and fails when there is more than one row a key
// (scalar subqueries): Keys empty means one row in all.
type SingleRow struct {
	Keys []int `json:"keys,omitempty"`
}

// ChangelogNormalize turns an upsert changelog by key into a full one.
type ChangelogNormalize struct {
	Keys     []int `json:"keys"`
	StateTTL int64 `json:"stateTTL,omitempty"`
}

// SinkMaterializer keeps the rows of each sink key in arrival order, for inputs
// whose changes of a key may arrive from several subtasks.
type SinkMaterializer struct {
	Keys     []int `json:"keys"`
	StateTTL int64 `json:"stateTTL,omitempty"`
}

// Sink writes to a table. Its input has the columns of Table.Persisted.
type Sink struct {
	Table     *catalog.Table `json:"table"`
	Overwrite bool           `json:"overwrite,omitempty"`
	Upsert    []int          `json:"upsert,omitempty"` // key columns of the input, for upsert sinks
	// Partition is what INSERT … PARTITION (k = v) says, as texts.
	Partition map[string]string `json:"partition,omitempty"`
}

// Collect hands rows to the client: the sink of a SELECT.
type Collect struct {
	// Ordered: one subtask, in order.
	Ordered bool `json:"ordered,omitempty"`
}

func (*Scan) Name() string               { return "TableSourceScan" }
func (*WatermarkAssigner) Name() string  { return "WatermarkAssigner" }
func (*Values) Name() string             { return "Values" }
func (*Calc) Name() string               { return "Calc" }
func (*Exchange) Name() string           { return "Exchange" }
func (*Spool) Name() string              { return "Spool" }
func (*Union) Name() string              { return "Union" }
func (*HashAggregate) Name() string      { return "HashAggregate" }
func (*SortAggregate) Name() string      { return "SortAggregate" }
func (*GroupAggregate) Name() string     { return "GroupAggregate" }
func (*WindowAggregate) Name() string    { return "WindowAggregate" }
func (*WindowTable) Name() string        { return "WindowTableFunction" }
func (*Correlate) Name() string          { return "Correlate" }
func (*LookupJoin) Name() string         { return "LookupJoin" }
func (*HashJoin) Name() string           { return "HashJoin" }
func (*SortMergeJoin) Name() string      { return "SortMergeJoin" }
func (*NestedLoopJoin) Name() string     { return "NestedLoopJoin" }
func (*Join) Name() string               { return "Join" }
func (*WindowJoin) Name() string         { return "WindowJoin" }
func (*IntervalJoin) Name() string       { return "IntervalJoin" }
func (*Sort) Name() string               { return "Sort" }
func (*TemporalSort) Name() string       { return "TemporalSort" }
func (*SortLimit) Name() string          { return "SortLimit" }
func (*Limit) Name() string              { return "Limit" }
func (*Rank) Name() string               { return "Rank" }
func (*WindowRank) Name() string         { return "WindowRank" }
func (*Deduplicate) Name() string        { return "Deduplicate" }
func (*OverAggregate) Name() string      { return "OverAggregate" }
func (*Expand) Name() string             { return "Expand" }
func (*Replicate) Name() string          { return "Replicate" }
func (*SingleRow) Name() string          { return "SingleRow" }
func (*ChangelogNormalize) Name() string { return "ChangelogNormalize" }
func (*SinkMaterializer) Name() string   { return "SinkMaterializer" }
func (*Sink) Name() string               { return "Sink" }
func (*Collect) Name() string            { return "Collect" }
