package ast

// ColumnRef is a, t.a, db.t.a or a.field.field: which part is the table, the
// column or a field of a row is for the binder to find out.
type ColumnRef struct {
	At
	Parts []*Ident
}

// Star is * or t.*; it stands only in a select list and as the argument of COUNT(*).
type Star struct {
	At
	Qualifier *Name // nil for a bare *
}

// FieldAccess is (row).field, where what stands before the dot is no plain name.
type FieldAccess struct {
	At
	X     Expr
	Field *Ident
}

// Subscript is array[i] or map[key].
type Subscript struct {
	At
	X     Expr
	Index Expr
}

// UnaryOp is a prefix operator.
type UnaryOp uint8

// The prefix operators.
const (
	Not UnaryOp = iota
	Negate
	Plus
)

// Unary is NOT x, -x, +x.
type Unary struct {
	At
	Op UnaryOp
	X  Expr
}

// BinaryOp is an operator between two values.
type BinaryOp uint8

// The binary operators.
const (
	Or BinaryOp = iota
	And
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	IsDistinctFrom
	IsNotDistinctFrom
	Overlaps // (start, end) OVERLAPS (start, end)
	Add
	Subtract
	Multiply
	Divide
	Modulo
	Concat // ||
)

// Binary is an operator and its two operands.
type Binary struct {
	At
	Op          BinaryOp
	Left, Right Expr
}

// Truth is what IS asks for.
type Truth uint8

// The tests of IS.
const (
	IsNull Truth = iota
	IsTrue
	IsFalse
	IsUnknown
	IsJSON // IS JSON and IS JSON VALUE
	IsJSONObject
	IsJSONArray
	IsJSONScalar
)

// Is is x IS [NOT] NULL, TRUE, …. IS DISTINCT FROM is a Binary.
type Is struct {
	At
	X    Expr
	Not  bool
	Test Truth
}

// Between is x [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	At
	X, Low, High Expr
	Not          bool
	Symmetric    bool
}

// LikeKind is the language of a pattern.
type LikeKind uint8

// The pattern languages.
const (
	LikePattern LikeKind = iota // LIKE
	ILikePattern
	SimilarPattern // SIMILAR TO
)

// Like is x [NOT] LIKE pattern [ESCAPE escape].
type Like struct {
	At
	Kind       LikeKind
	X, Pattern Expr
	Escape     Expr // nil where not written
	Not        bool
}

// In is x [NOT] IN (1, 2, 3) or x [NOT] IN (query). Just one of List and Query is set.
type In struct {
	At
	X     Expr
	Not   bool
	List  []Expr
	Query *Query
}

// Exists is EXISTS (query).
type Exists struct {
	At
	Query *Query
}

// Quantified is x > ALL (query), x = ANY (query). Just one of List and Query is set.
type Quantified struct {
	At
	Op    BinaryOp // a comparison
	All   bool     // false: ANY, SOME
	X     Expr
	List  []Expr
	Query *Query
}

// Subquery is a query in parentheses where a value is wanted.
type Subquery struct {
	At
	Query *Query
}

// Case is CASE [operand] WHEN … THEN … [ELSE …] END.
type Case struct {
	At
	Operand Expr // nil: the searched form
	Whens   []*When
	Else    Expr // nil where not written
}

// When is one branch of a Case. In a form with operand, WHEN 1, 2 THEN … gives
// more than one condition.
type When struct {
	At
	Conds []Expr
	Then  Expr
}

// Cast is CAST(x AS type) or TRY_CAST(x AS type).
type Cast struct {
	At
	X    Expr
	Type *DataType
	Try  bool
}

// ArrayExpr is ARRAY[1, 2, 3].
type ArrayExpr struct {
	At
	Elems []Expr
}

// MapExpr is MAP['k1', 1, 'k2', 2]; len(Keys) == len(Values).
type MapExpr struct {
	At
	Keys, Values []Expr
}

// RowExpr is ROW(1, 'a'), or (1, 'a') with at least two elements.
type RowExpr struct {
	At
	Elems    []Expr
	Explicit bool // the word ROW was written
}

// DateDiff is (a - b) DAY: a difference of two times as an interval.
type DateDiff struct {
	At
	Left, Right Expr
	Qualifier   IntervalQualifier
}

func (*ColumnRef) expr()   {}
func (*Star) expr()        {}
func (*FieldAccess) expr() {}
func (*Subscript) expr()   {}
func (*Unary) expr()       {}
func (*Binary) expr()      {}
func (*Is) expr()          {}
func (*Between) expr()     {}
func (*Like) expr()        {}
func (*In) expr()          {}
func (*Exists) expr()      {}
func (*Quantified) expr()  {}
func (*Subquery) expr()    {}
func (*Case) expr()        {}
func (*Cast) expr()        {}
func (*ArrayExpr) expr()   {}
func (*MapExpr) expr()     {}
func (*RowExpr) expr()     {}
func (*DateDiff) expr()    {}
