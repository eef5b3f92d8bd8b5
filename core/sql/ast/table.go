package ast

// TableRef is a table, a view or a name of WITH.
type TableRef struct {
	At
	Name  *Name
	Hints []*Hint
	AsOf  Expr   // of FOR SYSTEM_TIME AS OF; nil where not written
	Alias *Alias // nil where not written
}

// FileRef is FROM 'dir/*.parquet': files read without a table declared.
type FileRef struct {
	At
	Path  *StringLit
	Alias *Alias
}

// TableFunc is a table function in FROM: TABLE(f(…)), LATERAL TABLE(f(…)) or f(…).
type TableFunc struct {
	At
	Lateral bool // LATERAL was written: arguments see the items before it
	Call    *Call
	Alias   *Alias
}

// Unnest is UNNEST(array, …) [WITH ORDINALITY]; it always sees the items before it.
type Unnest struct {
	At
	Exprs      []Expr
	Ordinality bool
	Alias      *Alias
}

// Derived is a query in parentheses.
type Derived struct {
	At
	Lateral bool // the query sees the items before it
	Query   *Query
	Alias   *Alias
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of joins.
const (
	CommaJoin JoinKind = iota // FROM a, b
	CrossJoin
	InnerJoin
	LeftJoin
	RightJoin
	FullJoin
)

// Join is left JOIN right. An inner, left, right or full join has just one of
// Natural, On and Using.
type Join struct {
	At
	Kind        JoinKind
	Natural     bool
	Left, Right TableExpr
	On          Expr
	Using       []*Ident
}

// Alias is [AS] name [(columns)].
type Alias struct {
	At
	Name    *Ident
	Columns []*Ident
}

func (*TableRef) tableExpr()  {}
func (*FileRef) tableExpr()   {}
func (*TableFunc) tableExpr() {}
func (*Unnest) tableExpr()    {}
func (*Derived) tableExpr()   {}
func (*Join) tableExpr()      {}
