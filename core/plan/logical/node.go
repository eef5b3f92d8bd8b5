package logical

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// Column is an output column of a node.
type Column struct {
	ID   int
	Name string
	Type types.Type
	Time types.TimeAttr
}

// Ref is a reference to the column.
func (c Column) Ref() *expr.Expr { return expr.Col(c.ID, c.Name, c.Type) }

// Ids gives out column ids, one allocator a statement.
type Ids struct{ last int }

// Next is an id never given before.
func (i *Ids) Next() int { i.last++; return i.last }

// Node is an operator of a logical plan.
type Node interface {
	Columns() []Column
	Inputs() []Node
	// WithInputs is the same node over other inputs, which produce what its expressions need.
	WithInputs(in []Node) Node
}

// Scan reads a table's produced columns (catalog.Table.Produced). Computed columns
// and the watermark stand above it, as Project and Watermark.
type Scan struct {
	Table    *catalog.Table
	Info     *catalog.SourceInfo
	Cols     []Column
	Ordinals []int        // of Table.Produced, one for each of Cols
	Filters  []*expr.Expr // hints for the source; they hold for no row by themselves
	Limit    int64        // rows that suffice; -1: all
	Pos      sqlerr.Pos
}

// Values is literal rows.
type Values struct {
	Cols []Column
	Rows [][]*expr.Expr // column-free
}

// Filter keeps the rows whose condition is TRUE.
type Filter struct {
	Input Node
	Cond  *expr.Expr
}

// Assign computes one column.
type Assign struct {
	Col  Column
	Expr *expr.Expr
}

// Project computes its columns and passes no others.
type Project struct {
	Input   Node
	Assigns []Assign
}

// JoinKind is the kind of a join or an apply.
type JoinKind uint8

// The join kinds. Mark adds one BOOLEAN column: whether there is a match, with
// NULL as IN has it. Single is Left that fails on a second match (scalar subquery).
const (
	Inner JoinKind = iota
	Left
	Right
	Full
	Semi
	Anti
	Mark
	Single
)

func (k JoinKind) String() string {
	return [...]string{"InnerJoin", "LeftOuterJoin", "RightOuterJoin", "FullOuterJoin", "LeftSemiJoin", "LeftAntiJoin", "LeftMarkJoin", "SingleJoin"}[k]
}

// Join joins independent inputs. On may be nil (cross join).
type Join struct {
	Kind        JoinKind
	Left, Right Node
	On          *expr.Expr
	MarkCol     Column // Mark: the column it adds
	// NullAware anti (and mark) joins follow NOT IN: a NULL on either side of the
	// first equality of On makes the answer unknown.
	NullAware bool
	// LeftTTL and RightTTL are the milliseconds that a hint lets rows of a stream live; 0: it says nothing.
	LeftTTL, RightTTL int64
}

// Apply is a join whose right input may use columns of the left: a correlated
// subquery or LATERAL. Rules turn every Apply into joins.
type Apply struct {
	Kind        JoinKind // Inner, Left, Semi, Anti, Mark, Single
	Left, Right Node
	On          *expr.Expr
	MarkCol     Column
	NullAware   bool
	Pos         sqlerr.Pos
}

// AggCall is one aggregate.
type AggCall struct {
	Col      Column
	Func     string // canonical name; COUNT with no Args is COUNT(*)
	Args     []*expr.Expr
	Distinct bool
	Filter   *expr.Expr // nil: all rows
	OrderBy  []SortKey  // inside the call
}

// Aggregate groups by columns of its input (binders put a Project below for
// expressions). No keys: one row, for empty input too.
type Aggregate struct {
	Input Node
	Keys  []Column // input columns, kept with their ids
	Sets  [][]int  // GROUPING SETS as indexes of Keys; nil: one set of all
	Aggs  []AggCall
	// SetID is the column that numbers the grouping set of a row; used with Sets only.
	SetID Column
	TTL   int64 // milliseconds that a hint lets groups of a stream live; 0: it says nothing
}

// SortKey orders by one expression.
type SortKey struct {
	Expr       *expr.Expr
	Desc       bool
	NullsFirst bool
}

// FrameUnit is the unit of a window frame.
type FrameUnit uint8

// The frame units.
const (
	Rows FrameUnit = iota
	Range
)

// Bound is an end of a frame: an offset before (negative) or after the current
// row, or unbounded.
type Bound struct {
	Unbounded bool
	Offset    int64 // rows; or milliseconds for a RANGE over time
}

// OverCall is one function over a window.
type OverCall struct {
	Col  Column
	Func string
	Args []*expr.Expr
}

// Over computes functions over windows of one partitioning and order (OVER).
type Over struct {
	Input       Node
	PartitionBy []Column
	OrderBy     []SortKey
	Unit        FrameUnit
	From, To    Bound
	Calls       []OverCall
	Pos         sqlerr.Pos // of the first call
}

// WindowKind is the kind of a windowing table function.
type WindowKind uint8

// The window kinds.
const (
	Tumble WindowKind = iota
	Hop
	Cumulate
	Session
)

func (k WindowKind) String() string { return [...]string{"TUMBLE", "HOP", "CUMULATE", "SESSION"}[k] }

// WindowSpec is a windowing's parameters, in milliseconds.
type WindowSpec struct {
	Kind   WindowKind `json:"kind"`
	Size   int64      `json:"size"`            // SESSION: the gap
	Slide  int64      `json:"slide,omitempty"` // HOP: slide; CUMULATE: step
	Offset int64      `json:"offset,omitempty"`
}

// WindowTable is TUMBLE(TABLE …) and the like: each row once for each of its windows, with
// three columns more.
type WindowTable struct {
	Input            Node
	Time             Column // a column of the input
	Spec             WindowSpec
	PartitionBy      []Column // SESSION
	Start, End, Attr Column   // window_start, window_end, window_time
	Pos              sqlerr.Pos
}

// Unnest is the table function of UNNEST, as Correlate names it.
const Unnest = "UNNEST"

// Asked is the table of a Lookup.
type Asked struct {
	Table *catalog.Table
	Info  *catalog.LookupInfo
	Keys  []int // ordinals of Table.Produced, one for each of Correlate.Args
}

// Ordinality stands among Correlate.Ordinals for the place of a row among those
// of its input row, from 1.
const Ordinality = -1

// Lookup is the table function of FOR SYSTEM_TIME AS OF, as Correlate names it: the
// rows that a table has of a key at that time.
const Lookup = "LOOKUP"

// Correlate gives each row of its input once for each row that a table function
// makes of it: UNNEST(…), LATERAL TABLE(f(…)), t FOR SYSTEM_TIME AS OF ….
type Correlate struct {
	Input    Node
	Func     string       // canonical
	Args     []*expr.Expr // over the columns of the input
	Result   types.Type   // the ROW that the function makes; of UNNEST a ROW too
	Outer    bool         // a row of which the function makes none stays, with NULLs
	Pass     []Column     // of the input: those that go on
	Cols     []Column     // of the function's rows
	Ordinals []int        // of the function's columns, one for each of Cols; of Lookup: of Table.Produced
	Asked    *Asked       // Lookup alone
	Pos      sqlerr.Pos
}

// Sort orders, and keeps rows [Offset, Offset+Limit).
type Sort struct {
	Input  Node
	Keys   []SortKey // none: LIMIT alone
	Offset int64
	Limit  int64 // -1: all
	Pos    sqlerr.Pos
}

// SetKind is the kind of a set operation.
type SetKind uint8

// The set operations.
const (
	Union SetKind = iota
	Intersect
	Except
)

// SetOp combines inputs column by column.
type SetOp struct {
	Kind SetKind
	All  bool
	Ins  []Node
	Cols []Column // types are common to the inputs, which are cast below
}

// Watermark assigns a source's watermarks: Expr is of Col's type over the input's columns.
type Watermark struct {
	Input Node
	Col   Column
	Expr  *expr.Expr
}

// Sink writes its input's columns, in the order of Table.Persisted, to a table.
type Sink struct {
	Input     Node
	Table     *catalog.Table
	Info      *catalog.SinkInfo
	Overwrite bool
	Partition map[string]string
	Pos       sqlerr.Pos
}
