package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// exprBinder binds the expressions of one clause.
type exprBinder struct {
	b      *Binder
	env    *env
	scope  *scope
	clause string // as errors name it
	// block takes the aggregates and window functions; nil where there may be none.
	block *block
	// subs takes the subqueries; nil where there may be none.
	subs *[]*subquery
	// aliases are the columns of the select list, which QUALIFY and ORDER BY may name.
	aliases map[string]*expr.Expr
	// inside names the function whose arguments are being bound, and in which there
	// may be no aggregate (or, for "over", no window function).
	inAggregate, inOver string
	// truth: the value only matters for being TRUE, so that NULL may be FALSE.
	truth bool
}

// bind binds one expression.
func (x *exprBinder) bind(e ast.Expr) *expr.Expr {
	truth := x.truth
	if !keepsTruth(e) {
		x.truth = false
	}
	defer func() { x.truth = truth }()
	out := x.dispatch(e)
	if !out.Pos.IsValid() {
		out.Pos = e.Pos()
	}
	return out
}

// keepsTruth reports the forms through which "only TRUE matters" passes.
func keepsTruth(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Binary:
		return e.Op == ast.And || e.Op == ast.Or
	case *ast.In, *ast.Quantified, *ast.Exists:
		return true
	}
	return false
}

// value is the binder of an operand whose NULL counts.
func (x *exprBinder) value() *exprBinder {
	in := *x
	in.truth = false
	return &in
}

func (x *exprBinder) dispatch(e ast.Expr) *expr.Expr {
	if lit := x.b.literal(e); lit != nil {
		return lit
	}
	switch e := e.(type) {
	case *ast.ColumnRef:
		return x.column(e)
	case *ast.FieldAccess:
		return field(x.bind(e.X), e.Field)
	case *ast.Subscript:
		return subscript(e, x.bind(e.X), x.bind(e.Index))
	case *ast.Unary:
		return x.unary(e)
	case *ast.Binary:
		return x.binary(e)
	case *ast.Is:
		return x.is(e)
	case *ast.Between:
		return x.between(e)
	case *ast.Like:
		return x.like(e)
	case *ast.In:
		return x.in(e)
	case *ast.Exists:
		return x.exists(e)
	case *ast.Quantified:
		return x.quantified(e)
	case *ast.Subquery:
		return x.scalar(e)
	case *ast.Case:
		return x.caseOf(e)
	case *ast.Cast:
		return x.cast(e)
	case *ast.DateDiff:
		unit := word(string(e.Qualifier.Start), e)
		return x.call(e, "MINUS_DATE", x.bind(e.Left), x.bind(e.Right), unit)
	case *ast.Call:
		return x.function(e)
	case *ast.ArrayExpr:
		return x.call(e, "ARRAY", x.all(e.Elems)...)
	case *ast.MapExpr:
		return x.mapOf(e)
	case *ast.RowExpr:
		return x.row(e)
	case *ast.Star:
		fail(sqlerr.New(sqlerr.Syntax, e.Pos(), "* stands only in a select list and in COUNT(*)"))
	case *ast.JSONCall:
		return x.json(e)
	}
	unsupported(e, "this expression")
	return nil
}

func (x *exprBinder) all(list []ast.Expr) []*expr.Expr {
	out := make([]*expr.Expr, len(list))
	for i, e := range list {
		out[i] = x.bind(e)
	}
	return out
}

func (x *exprBinder) column(ref *ast.ColumnRef) *expr.Expr {
	if len(ref.Parts) == 1 && x.aliases != nil && x.inAggregate == "" {
		name := ref.Parts[0].Text
		e, named := x.aliases[name]
		switch {
		case e != nil:
			c := *e
			c.Pos = ref.Pos()
			return &c
		case named && len(x.scope.find(nil, name)) == 0:
			failAmbiguous(ref, []string{name}, nil)
		}
	}
	e, _ := x.scope.column(ref)
	return e
}

// condition binds what must be BOOLEAN.
func (x *exprBinder) condition(e ast.Expr) *expr.Expr {
	c := x.bind(e)
	switch c.Type.Kind {
	case types.Boolean:
		return c
	case types.Null:
		return coerce(c, types.BooleanType)
	}
	fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "%s must be BOOLEAN, not %s", x.clause, c.Type.WithNull(true)).
		WithHint("compare it with something"))
	return nil
}

// subscript is array[i], NULL outside of the array, or map[key], NULL for a key that is not there.
func subscript(at *ast.Subscript, of, index *expr.Expr) *expr.Expr {
	want := types.IntType
	switch {
	case of.Type.Kind == types.Variant:
		return variantItem(at, of, index)
	case of.Type.Kind == types.Map:
		want = *of.Type.Key
	case of.Type.Kind != types.Array:
		fail(sqlerr.New(sqlerr.DatatypeMismatch, at.Pos(), "a value of type %s has no elements", of.Type.WithNull(true)).
			WithHint("[…] follows an ARRAY or a MAP"))
	}
	if !types.CanImplicit(index.Type, want) {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, index.Pos, "the index must be %s, not %s", want.WithNull(true), index.Type.WithNull(true)))
	}
	if of.Type.Kind == types.Array && index.Op == expr.Literal && !index.Lit.Null && index.Lit.I < 1 {
		fail(sqlerr.New(sqlerr.BadInput, index.Pos, "the elements of an array are counted from 1, not from %d", index.Lit.I))
	}
	if !index.Type.IsString() || !want.IsString() {
		index = coerce(index, want)
	}
	return expr.NewCall(expr.Item, of.Type.Elem.WithNull(true), of, index)
}

// variantItem is variant[i], an element of an array, or variant['key'], a member of an object.
func variantItem(at *ast.Subscript, of, index *expr.Expr) *expr.Expr {
	switch {
	case index.Type.IsString():
	case types.CanImplicit(index.Type, types.IntType):
		index = coerce(index, types.IntType)
	default:
		fail(sqlerr.New(sqlerr.DatatypeMismatch, at.Pos(), "the index of a VARIANT must be INT or STRING, not %s", index.Type.WithNull(true)))
	}
	return expr.NewCall(expr.Item, types.VariantType, of, index)
}

func (x *exprBinder) mapOf(e *ast.MapExpr) *expr.Expr {
	var args []*expr.Expr
	for i := range e.Keys {
		args = append(args, x.bind(e.Keys[i]), x.bind(e.Values[i]))
	}
	return x.call(e, "MAP", args...)
}

func (x *exprBinder) row(e *ast.RowExpr) *expr.Expr {
	return x.call(e, "ROW", x.all(e.Elems)...)
}

func (x *exprBinder) cast(e *ast.Cast) *expr.Expr {
	from, to := x.bind(e.X), dataType(e.Type)
	if !e.Try {
		return x.castTo(from, to, e)
	}
	checkCast(from, to, e)
	return atPos(cast(expr.TryCast, from, to), e.Pos())
}

// castTo is an explicit cast; constants are converted at once where nothing can go wrong.
func (x *exprBinder) castTo(from *expr.Expr, to types.Type, at ast.Node) *expr.Expr {
	to.Nullable = from.Type.Nullable
	checkCast(from, to, at)
	if from.Type.Equal(to) {
		return from
	}
	if from.Op == expr.Literal {
		if lit := castLiteral(from, to); lit != nil {
			return lit
		}
	}
	return atPos(cast(expr.Cast, from, to), at.Pos())
}

func checkCast(from *expr.Expr, to types.Type, at ast.Node) {
	if types.CanCast(from.Type, to) {
		return
	}
	err := sqlerr.New(sqlerr.CannotCoerce, at.Pos(), "%s cannot be cast to %s", from.Type.WithNull(true), to.WithNull(true))
	if from.Type.IsNumeric() && to.IsTimestamp() {
		err = err.WithHint("TO_TIMESTAMP_LTZ(number, 0 or 3) makes a timestamp of a number")
	} else if from.Type.IsTimestamp() && to.IsNumeric() {
		err = err.WithHint("UNIX_TIMESTAMP and TIMESTAMPDIFF make numbers of timestamps")
	}
	fail(err)
}

// word is a keyword as a constant argument.
func word(text string, at ast.Node) *expr.Expr {
	lit := expr.Lit(types.CharType(len(text)), types.StringValue(text))
	lit.Pos = at.Pos()
	return lit
}

// columnsOf maps the ids of a node's columns to the columns.
func columnsOf(n logical.Node) map[int]logical.Column {
	out := map[int]logical.Column{}
	for _, c := range n.Columns() {
		out[c.ID] = c
	}
	return out
}
