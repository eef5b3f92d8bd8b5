package ast

// Call is every function call, also of those with a syntax of their own, which
// arrive as plain argument lists:
//
//	EXTRACT(YEAR FROM x)            EXTRACT, [Symbol YEAR, x]
//	FLOOR(x TO DAY), CEIL(x TO DAY) FLOOR, [x, Symbol DAY]
//	TIMESTAMPADD(DAY, n, x)         TIMESTAMPADD, [Symbol DAY, n, x]; so too TIMESTAMPDIFF
//	TRIM(x)                         TRIM, [x]
//	TRIM(LEADING FROM x)            TRIM, [Symbol LEADING, x]
//	TRIM([BOTH] c FROM x)           TRIM, [Symbol BOTH, c, x]
//	SUBSTRING(x FROM a FOR b)       SUBSTRING, [x, a, b]
//	POSITION(a IN b FROM c)         POSITION, [a, b, c]
//	OVERLAY(x PLACING y FROM a)     OVERLAY, [x, y, a]
//	CURRENT_TIMESTAMP               CURRENT_TIMESTAMP, no arguments, NoParens
//
// The name keeps the case it was written in.
type Call struct {
	At
	Name        *Name
	Args        []Expr // also *Star, *Symbol, *NamedArg, *TableArg, *Descriptor, *DefaultArg
	Distinct    bool
	NoParens    bool
	OrderBy     []*OrderItem // inside the parentheses
	WithinGroup []*OrderItem
	Filter      Expr // nil where not written
	Nulls       NullTreatment
	Over        *Window // nil where not written
}

// NullTreatment is what a window function does with NULL.
type NullTreatment uint8

// The null treatments.
const (
	NullsUnspecified NullTreatment = iota
	RespectNulls
	IgnoreNulls
)

// Symbol is a keyword among the arguments of a Call: a time unit or a side of TRIM.
type Symbol struct {
	At
	Word string // upper case
}

// NamedArg is name => value.
type NamedArg struct {
	At
	Name  *Ident
	Value Expr
}

// DefaultArg is DEFAULT in place of an argument.
type DefaultArg struct{ At }

// TableArg is a table among the arguments: TABLE t, TABLE(query) or (query), with
// PARTITION BY and ORDER BY. Just one of Table, Func and Query is set. A (query)
// without PARTITION BY is no different from a value: it arrives as *Subquery.
type TableArg struct {
	At
	Table       *Name
	Func        *Call // TABLE(f(…))
	Query       *Query
	PartitionBy []Expr
	OrderBy     []*OrderItem
}

// Descriptor is DESCRIPTOR(ts, …).
type Descriptor struct {
	At
	Columns []*Ident
}

// JSONCall is a JSON function with clauses: JSON_VALUE, JSON_QUERY, JSON_EXISTS,
// JSON_OBJECT, JSON_ARRAY, JSON_OBJECTAGG, JSON_ARRAYAGG. All calls of these
// functions come as JSONCall, with or without clauses.
type JSONCall struct {
	At
	Name      string        // upper case
	Args      []Expr        // JSON_OBJECT and JSON_OBJECTAGG: key, value, key, value, …
	Returning *DataType     // JSON_VALUE, JSON_QUERY
	Wrapper   JSONWrapper   // JSON_QUERY
	OnEmpty   *JSONBehavior // JSON_VALUE, JSON_QUERY
	OnError   *JSONBehavior // JSON_VALUE, JSON_QUERY, JSON_EXISTS
	OnNull    JSONOnNull    // the constructors
	Filter    Expr          // the aggregates
	Over      *Window       // the aggregates
}

// JSONWrapper is the wrapper clause of JSON_QUERY.
type JSONWrapper uint8

// The wrapper clauses.
const (
	WrapperUnspecified JSONWrapper = iota
	WithoutWrapper
	ConditionalWrapper
	UnconditionalWrapper
)

// JSONOnNull is what a JSON constructor does with a NULL value.
type JSONOnNull uint8

// The clauses of the constructors.
const (
	OnNullUnspecified JSONOnNull = iota
	NullOnNull
	AbsentOnNull
)

// JSONBehavior is what stands before ON EMPTY or ON ERROR.
type JSONBehavior struct {
	At
	Kind    string // NULL, ERROR, DEFAULT, EMPTY ARRAY, EMPTY OBJECT, TRUE, FALSE, UNKNOWN
	Default Expr   // of DEFAULT
}

func (*Call) expr()       {}
func (*Symbol) expr()     {}
func (*NamedArg) expr()   {}
func (*DefaultArg) expr() {}
func (*TableArg) expr()   {}
func (*Descriptor) expr() {}
func (*JSONCall) expr()   {}
