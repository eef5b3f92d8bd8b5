package ast

import "encoding/hex"

// Precedences of the grammar; see core/sql/parser.
const (
	precLowest     = 0
	precOr         = 10
	precAnd        = 20
	precNot        = 30
	precIs         = 40
	precComparison = 50
	precRange      = 60
	precAdditive   = 70
	precProduct    = 80
	precUnary      = 90
	precPostfix    = 100 // what a subscript or a field may follow
	precPrimary    = 95  // what needs no parentheses as an operand
)

var binaryText = [...]string{
	Or: "OR", And: "AND", Equal: "=", NotEqual: "<>", Less: "<", LessEqual: "<=", Greater: ">",
	GreaterEqual: ">=", IsDistinctFrom: "IS DISTINCT FROM", IsNotDistinctFrom: "IS NOT DISTINCT FROM",
	Overlaps: "OVERLAPS", Add: "+", Subtract: "-", Multiply: "*", Divide: "/", Modulo: "%", Concat: "||",
}

// String is the operator as SQL.
func (op BinaryOp) String() string { return binaryText[op] }

// String is the operator as SQL.
func (op UnaryOp) String() string { return [...]string{Not: "NOT", Negate: "-", Plus: "+"}[op] }

var truthText = [...]string{
	IsNull: "NULL", IsTrue: "TRUE", IsFalse: "FALSE", IsUnknown: "UNKNOWN", IsJSON: "JSON",
	IsJSONObject: "JSON OBJECT", IsJSONArray: "JSON ARRAY", IsJSONScalar: "JSON SCALAR",
}

// String is what stands behind IS.
func (t Truth) String() string { return truthText[t] }

func (op BinaryOp) prec() int {
	switch op {
	case Or:
		return precOr
	case And:
		return precAnd
	case Add, Subtract:
		return precAdditive
	case Multiply, Divide, Modulo, Concat:
		return precProduct
	case IsDistinctFrom, IsNotDistinctFrom:
		return precIs
	default:
		return precComparison
	}
}

// prec is how tightly what is written for e holds together.
func prec(e Expr) int {
	switch e := e.(type) {
	case *Unary:
		if e.Op == Not {
			return precNot
		}
		return precUnary
	case *Binary:
		return e.Op.prec()
	case *Is:
		return precIs
	case *Between, *Like, *In:
		return precRange
	case *Quantified:
		return precComparison
	case *FieldAccess, *Subscript, *ArrayExpr, *MapExpr, *Cast, *Subquery:
		return precPostfix
	case *RowExpr:
		if e.Explicit {
			return precPostfix
		}
	case *Call:
		if !e.NoParens && e.WithinGroup == nil && e.Filter == nil && e.Nulls == NullsUnspecified && e.Over == nil {
			return precPostfix
		}
	}
	return precPrimary
}

// expr writes e, in parentheses if it holds together less tightly than min.
func (w *writer) expr(e Expr, min int) {
	if prec(e) < min {
		w.put("(")
		w.bareExpr(e)
		w.put(")")
		return
	}
	w.bareExpr(e)
}

func (w *writer) lowest(e Expr) { w.expr(e, precLowest) }

func (w *writer) bareExpr(e Expr) {
	switch e := e.(type) {
	case *Unary:
		w.unary(e)
	case *Binary:
		w.binary(e)
	case *Is:
		w.expr(e.X, precIs)
		w.put(" IS ")
		w.when(e.Not, "NOT ")
		w.put(e.Test.String())
	case *Between:
		w.expr(e.X, precRange)
		w.not(e.Not)
		w.put(" BETWEEN ")
		w.when(e.Symmetric, "SYMMETRIC ")
		w.expr(e.Low, precRange+1)
		w.put(" AND ")
		w.expr(e.High, precRange+1)
	case *Like:
		w.like(e)
	case *In:
		w.expr(e.X, precRange)
		w.not(e.Not)
		w.put(" IN ")
		w.queryOrList(e.Query, e.List)
	case *Quantified:
		w.expr(e.X, precComparison)
		w.put(" ", e.Op.String(), " ")
		if e.All {
			w.put("ALL ")
		} else {
			w.put("ANY ")
		}
		w.queryOrList(e.Query, e.List)
	default:
		w.operand(e)
	}
}

func (w *writer) not(not bool) { w.when(not, " NOT") }

func (w *writer) unary(e *Unary) {
	if e.Op == Not {
		w.put("NOT ")
		w.expr(e.X, precNot)
		return
	}
	w.put(e.Op.String())
	if _, ok := e.X.(*Unary); ok {
		w.put(" ") // -- would begin a comment
	}
	w.expr(e.X, precUnary)
}

func (w *writer) binary(e *Binary) {
	left, right := e.Op.prec(), e.Op.prec()+1
	if e.Op == IsDistinctFrom || e.Op == IsNotDistinctFrom {
		right = precComparison + 1
	}
	w.expr(e.Left, left)
	w.put(" ", e.Op.String(), " ")
	w.expr(e.Right, right)
}

func (w *writer) like(e *Like) {
	w.expr(e.X, precRange)
	w.not(e.Not)
	w.put([...]string{LikePattern: " LIKE ", ILikePattern: " ILIKE ", SimilarPattern: " SIMILAR TO "}[e.Kind])
	w.expr(e.Pattern, precRange+1)
	if e.Escape != nil {
		w.put(" ESCAPE ")
		w.expr(e.Escape, precRange+1)
	}
}

func (w *writer) queryOrList(q *Query, exprs []Expr) {
	if q != nil {
		w.parenQuery(q)
		return
	}
	parens(w, exprs, w.lowest)
}

// operand writes what needs no parentheses as an operand.
func (w *writer) operand(e Expr) {
	switch e := e.(type) {
	case *ColumnRef:
		w.name(e.Parts)
	case *Star:
		if e.Qualifier != nil {
			w.name(e.Qualifier.Parts)
			w.put(".")
		}
		w.put("*")
	case *FieldAccess:
		w.expr(e.X, precPostfix)
		w.put(".")
		w.ident(e.Field)
	case *Subscript:
		if _, column := e.X.(*ColumnRef); column {
			w.operand(e.X)
		} else {
			w.expr(e.X, precPostfix)
		}
		w.put("[")
		w.lowest(e.Index)
		w.put("]")
	case *Exists:
		w.put("EXISTS ")
		w.parenQuery(e.Query)
	case *Subquery:
		w.parenQuery(e.Query)
	case *Case:
		w.caseExpr(e)
	case *Cast:
		w.when(e.Try, "TRY_")
		w.put("CAST(")
		w.lowest(e.X)
		w.put(" AS ")
		w.dataType(e.Type)
		w.put(")")
	case *ArrayExpr:
		w.put("ARRAY[")
		list(w, e.Elems, w.lowest)
		w.put("]")
	case *MapExpr:
		w.mapExpr(e)
	case *RowExpr:
		w.when(e.Explicit, "ROW")
		parens(w, e.Elems, w.lowest)
	case *DateDiff:
		w.put("(")
		w.binary(&Binary{Op: Subtract, Left: e.Left, Right: e.Right})
		w.put(") ")
		w.qualifier(e.Qualifier)
	default:
		w.literal(e)
	}
}

func (w *writer) caseExpr(e *Case) {
	w.put("CASE")
	if e.Operand != nil {
		w.put(" ")
		w.lowest(e.Operand)
	}
	for _, when := range e.Whens {
		w.put(" WHEN ")
		list(w, when.Conds, w.lowest)
		w.put(" THEN ")
		w.lowest(when.Then)
	}
	if e.Else != nil {
		w.put(" ELSE ")
		w.lowest(e.Else)
	}
	w.put(" END")
}

func (w *writer) mapExpr(e *MapExpr) {
	w.put("MAP[")
	for i := range e.Keys {
		w.when(i > 0, ", ")
		w.lowest(e.Keys[i])
		w.put(", ")
		w.lowest(e.Values[i])
	}
	w.put("]")
}

func (w *writer) literal(e Expr) {
	switch e := e.(type) {
	case *NumberLit:
		w.put(e.Text)
	case *StringLit:
		w.str(e)
	case *BinaryLit:
		w.put("x'", hex.EncodeToString(e.Value), "'")
	case *BoolLit:
		w.put(map[bool]string{true: "TRUE", false: "FALSE"}[e.Value])
	case *NullLit:
		w.put(map[bool]string{true: "UNKNOWN", false: "NULL"}[e.Unknown])
	case *DatetimeLit:
		w.put([...]string{
			DateLiteral: "DATE ", TimeLiteral: "TIME ", TimestampLiteral: "TIMESTAMP ",
			TimestampLTZLiteral: "TIMESTAMP WITH LOCAL TIME ZONE ",
		}[e.Kind], QuoteString(e.Text))
	case *IntervalLit:
		w.put("INTERVAL ")
		w.when(e.Negative, "-")
		w.put(QuoteString(e.Text), " ")
		w.qualifier(e.Qualifier)
	default:
		w.call(e)
	}
}
