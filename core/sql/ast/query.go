package ast

// Query is a whole query: a body, what it may refer to, and what happens to all
// its rows. Statements and subqueries hold a *Query; as the operand of a SetOp or
// the body of another Query one appears only if it has clauses of its own.
type Query struct {
	At
	With    []*CTE
	Body    QueryExpr
	OrderBy []*OrderItem
	Offset  Expr // nil where not written
	Limit   Expr // of LIMIT n and of FETCH FIRST n ROWS ONLY; nil where not written, and for LIMIT ALL
}

// CTE is name [(columns)] AS (query).
type CTE struct {
	At
	Name    *Ident
	Columns []*Ident
	Query   *Query
}

// Select is one SELECT block.
type Select struct {
	At
	Hints    []*Hint
	Distinct bool
	Items    []*SelectItem
	From     TableExpr // nil: one row without columns
	Where    Expr
	GroupBy  *GroupBy
	Having   Expr
	Windows  []*NamedWindow
	Qualify  Expr
}

// SelectItem is an expression with its alias, or a *Star.
type SelectItem struct {
	At
	Expr  Expr
	Alias *Ident // nil where not written
}

// GroupBy is the GROUP BY clause. Its elements multiply: GROUP BY a, ROLLUP(b, c)
// groups by (a, b, c), (a, b) and (a).
type GroupBy struct {
	At
	Distinct bool // GROUP BY DISTINCT: equal grouping sets count once
	Items    []*GroupItem
}

// GroupKind is the kind of a grouping element.
type GroupKind uint8

// The kinds of grouping elements.
const (
	GroupKey  GroupKind = iota // a, (a, b), (): the one grouping set Exprs
	GroupSets                  // GROUPING SETS (…)
	Rollup
	Cube
)

// GroupItem is an element of GROUP BY.
type GroupItem struct {
	At
	Kind  GroupKind
	Exprs []Expr       // of a GroupKey; none for ()
	Items []*GroupItem // of the others; under Rollup and Cube each is a GroupKey
}

// OrderItem is one key of ORDER BY.
type OrderItem struct {
	At
	Expr  Expr
	Desc  bool
	Nulls NullOrder
}

// NullOrder is where NULL sorts.
type NullOrder uint8

// The null orders.
const (
	NullsDefault NullOrder = iota
	NullsFirst
	NullsLast
)

// SetOperator combines the rows of two queries.
type SetOperator uint8

// The set operators.
const (
	Union SetOperator = iota
	Intersect
	Except
)

// SetOp is left UNION [ALL] right.
type SetOp struct {
	At
	Op          SetOperator
	All         bool
	Left, Right QueryExpr
}

// Values is VALUES (1, 'a'), (2, 'b'). A row of one value may come without parentheses.
type Values struct {
	At
	Rows []*ValuesRow
}

// ValuesRow is one row of VALUES.
type ValuesRow struct {
	At
	Exprs []Expr
}

// TableQuery is TABLE t, short for SELECT * FROM t.
type TableQuery struct {
	At
	Name *Name
}

// NamedWindow is an entry of the WINDOW clause.
type NamedWindow struct {
	At
	Name *Ident
	Spec *Window
}

// Window is what follows OVER: a name, or a specification in parentheses.
type Window struct {
	At
	Base        *Ident // OVER w, OVER (w …)
	Bare        bool   // OVER w, without parentheses
	PartitionBy []Expr
	OrderBy     []*OrderItem
	Frame       *Frame // nil where not written
}

// FrameUnit is what a frame counts.
type FrameUnit uint8

// The frame units.
const (
	Rows FrameUnit = iota
	Range
)

// Frame is ROWS|RANGE [BETWEEN] start [AND end].
type Frame struct {
	At
	Unit  FrameUnit
	Start *FrameBound
	End   *FrameBound // nil without BETWEEN: CURRENT ROW
}

// BoundKind is the kind of a frame bound, in their order along the rows.
type BoundKind uint8

// The kinds of frame bounds.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameBound is one end of a Frame.
type FrameBound struct {
	At
	Kind   BoundKind
	Offset Expr // of Preceding and Following
}

// Hint is one hint of /*+ NAME(args), … */. Hints that follow a table go with the
// TableRef, those behind SELECT with the Select.
type Hint struct {
	At
	Name *Ident
	Args []*HintArg
}

// HintArg is an argument of a hint: 'key' = 'value', a name or a literal.
type HintArg struct {
	At
	Key   string // empty where there is none
	Value Expr   // *StringLit, *NumberLit or *ColumnRef
}

func (*Query) statement()      {}
func (*Query) queryExpr()      {}
func (*Select) queryExpr()     {}
func (*SetOp) queryExpr()      {}
func (*Values) queryExpr()     {}
func (*TableQuery) queryExpr() {}
