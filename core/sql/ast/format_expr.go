package ast

import (
	"encoding/hex"
	"strings"
)

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

func (w *writer) call(e Expr) {
	switch e := e.(type) {
	case *Call:
		w.functionCall(e)
	case *JSONCall:
		w.jsonCall(e)
	case *Symbol:
		w.put(e.Word)
	case *DefaultArg:
		w.put("DEFAULT")
	case *NamedArg:
		w.ident(e.Name)
		w.put(" => ")
		w.lowest(e.Value)
	case *TableArg:
		w.tableArg(e)
	case *Descriptor:
		w.put("DESCRIPTOR")
		parens(w, e.Columns, w.ident)
	}
}

func (w *writer) tableArg(e *TableArg) {
	w.put("TABLE")
	switch {
	case e.Table != nil:
		w.put(" ")
		w.name(e.Table.Parts)
	case e.Func != nil:
		w.put("(")
		w.tableCall(e.Func)
		w.put(")")
	default:
		w.parenQuery(e.Query)
	}
	if e.PartitionBy != nil {
		w.put(" PARTITION BY ")
		parens(w, e.PartitionBy, w.lowest)
	}
	if e.OrderBy != nil {
		w.put(" ORDER BY ")
		parens(w, e.OrderBy, w.orderItem)
	}
}

func (w *writer) functionCall(c *Call) {
	switch {
	case c.NoParens:
		w.put(c.Name.Parts[0].Text)
		return
	case w.specialCall(c):
	default:
		w.functionName(c)
		w.put("(")
		w.when(c.Distinct, "DISTINCT ")
		list(w, c.Args, w.lowest)
		w.orderBy(c.OrderBy)
		w.put(")")
	}
	switch c.Nulls {
	case IgnoreNulls:
		w.put(" IGNORE NULLS")
	case RespectNulls:
		w.put(" RESPECT NULLS")
	}
	if c.WithinGroup != nil {
		w.put(" WITHIN GROUP (ORDER BY ")
		list(w, c.WithinGroup, w.orderItem)
		w.put(")")
	}
	w.filterOver(c.Filter, c.Over)
}

func (w *writer) filterOver(filter Expr, over *Window) {
	if filter != nil {
		w.put(" FILTER (WHERE ")
		w.lowest(filter)
		w.put(")")
	}
	if over != nil {
		w.put(" OVER ")
		w.window(over)
	}
}

// functionName writes a reserved word bare where it may be called like any function.
func (w *writer) functionName(c *Call) {
	n := c.Name
	if len(n.Parts) == 1 && isPlainName(n.Parts[0].Text) {
		switch upper := strings.ToUpper(n.Parts[0].Text); {
		case upper == "DESCRIPTOR", upper == "TIMESTAMPADD", upper == "TIMESTAMPDIFF":
		case upper == "FLOOR", upper == "CEIL", upper == "CEILING", upper == "SUBSTRING":
			if hasPlainArgs(c) {
				w.put(n.Parts[0].Text)
				return
			}
		case callable[upper], !reserved[upper]:
			w.put(n.Parts[0].Text)
			return
		}
	}
	w.name(n.Parts)
}

// tableCall writes the call of a table function, whose name no special syntax knows.
func (w *writer) tableCall(c *Call) {
	w.name(c.Name.Parts)
	w.put("(")
	w.when(c.Distinct, "DISTINCT ")
	list(w, c.Args, w.lowest)
	w.orderBy(c.OrderBy)
	w.put(")")
}

// hasPlainArgs reports whether a call has arguments that functions with a syntax
// of their own may have, and nothing beside them.
func hasPlainArgs(c *Call) bool {
	for _, arg := range c.Args {
		switch arg.(type) {
		case *Star, *NamedArg, *DefaultArg, *TableArg, *Descriptor:
			return false
		}
	}
	return len(c.Args) > 0 && !c.Distinct && c.OrderBy == nil && c.WithinGroup == nil && c.Filter == nil &&
		c.Nulls == NullsUnspecified && c.Over == nil
}

// specialCall writes a call in the syntax its function has of its own, and
// reports whether it has one that fits the arguments.
func (w *writer) specialCall(c *Call) bool {
	if len(c.Name.Parts) != 1 || !hasPlainArgs(c) {
		return false
	}
	name := c.Name.Parts[0].Text
	write := func(separators ...string) {
		w.put(name, "(")
		for i, arg := range c.Args {
			if i > 0 {
				w.put(separators[min(i, len(separators))-1])
			}
			w.lowest(arg)
		}
		w.put(")")
	}
	_, unit := c.Args[0].(*Symbol)
	switch n := len(c.Args); strings.ToUpper(name) {
	case "EXTRACT":
		if unit && n == 2 {
			write(" FROM ")
			return true
		}
	case "TIMESTAMPADD", "TIMESTAMPDIFF":
		if unit {
			write(", ")
			return true
		}
	case "FLOOR", "CEIL", "CEILING":
		if _, last := c.Args[n-1].(*Symbol); last && n == 2 {
			write(" TO ")
			return true
		}
	case "TRIM":
		switch {
		case unit && n == 2:
			write(" FROM ")
		case unit && n == 3:
			write(" ", " FROM ")
		case n == 1:
			write("")
		default:
			return false
		}
		return true
	case "POSITION":
		if n == 2 || n == 3 {
			w.put(name, "(")
			w.expr(c.Args[0], precRange+1)
			w.put(" IN ")
			list(w, c.Args[1:2], w.lowest)
			if n == 3 {
				w.put(" FROM ")
				w.lowest(c.Args[2])
			}
			w.put(")")
			return true
		}
	case "OVERLAY":
		if n == 3 || n == 4 {
			write(" PLACING ", " FROM ", " FOR ")
			return true
		}
	}
	return false
}

func (w *writer) jsonCall(c *JSONCall) {
	w.put(c.Name, "(")
	if c.Name == "JSON_OBJECT" || c.Name == "JSON_OBJECTAGG" {
		for i := 0; i < len(c.Args); i += 2 {
			w.when(i > 0, ", ")
			w.put("KEY ")
			w.lowest(c.Args[i])
			w.put(" VALUE ")
			w.lowest(c.Args[i+1])
		}
	} else {
		list(w, c.Args, w.lowest)
	}
	if c.Returning != nil {
		w.put(" RETURNING ")
		w.dataType(c.Returning)
	}
	w.put([...]string{
		WrapperUnspecified: "", WithoutWrapper: " WITHOUT WRAPPER", ConditionalWrapper: " WITH CONDITIONAL WRAPPER",
		UnconditionalWrapper: " WITH UNCONDITIONAL WRAPPER",
	}[c.Wrapper])
	w.jsonBehavior(c.OnEmpty, "EMPTY")
	w.jsonBehavior(c.OnError, "ERROR")
	if c.OnNull != OnNullUnspecified {
		w.when(len(c.Args) > 0, " ")
		w.put([...]string{NullOnNull: "NULL ON NULL", AbsentOnNull: "ABSENT ON NULL"}[c.OnNull])
	}
	w.put(")")
	w.filterOver(c.Filter, c.Over)
}

func (w *writer) jsonBehavior(b *JSONBehavior, on string) {
	if b == nil {
		return
	}
	w.put(" ", b.Kind)
	if b.Default != nil {
		w.put(" ")
		w.lowest(b.Default)
	}
	w.put(" ON ", on)
}
