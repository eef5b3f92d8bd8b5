package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

var negated = map[ast.BinaryOp]ast.BinaryOp{
	ast.Equal: ast.NotEqual, ast.NotEqual: ast.Equal, ast.Less: ast.GreaterEqual, ast.GreaterEqual: ast.Less,
	ast.Greater: ast.LessEqual, ast.LessEqual: ast.Greater,
}

// quantified binds x op ANY|ALL (…). x op ALL is NOT (x negated-op ANY), in
// three-valued logic too.
func (x *exprBinder) quantified(e *ast.Quantified) *expr.Expr {
	if e.Query == nil {
		return x.quantifiedList(e)
	}
	op := e.Op
	truth := x.truth && !e.All
	if e.All {
		op = negated[op]
	}
	out := x.any(e, op, truth)
	if e.All {
		return x.call(e, expr.Not, out)
	}
	return out
}

// any is x op ANY (query): TRUE for a match, NULL if none but an unknown comparison, else FALSE.
func (x *exprBinder) any(e *ast.Quantified, op ast.BinaryOp, truth bool) *expr.Expr {
	if op == ast.Equal {
		in := *x
		in.truth = truth
		return in.inQuery(&ast.In{At: e.At, X: e.X, Query: e.Query})
	}
	match, cond := x.comparison(e, op)
	found := x.marked(match)
	if truth || !cond.Type.Nullable {
		return found
	}
	unknown, cond := x.comparison(e, op)
	unknown.on = x.call(e, expr.IsNull, cond)
	null := expr.Lit(types.BooleanType, types.NullValue())
	no := expr.Lit(types.BooleanType, types.BoolValue(false))
	yes := expr.Lit(types.BooleanType, types.BoolValue(true))
	return x.call(e, expr.Case, found, yes, x.marked(unknown), null, no)
}

// comparison is the join of the rows with those of the query that compare as TRUE.
func (x *exprBinder) comparison(e *ast.Quantified, op ast.BinaryOp) (*subquery, *expr.Expr) {
	v := x.value().bind(e.X)
	r := x.subqueryOf(e.Query)
	if len(r.cols) != 1 {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "the subquery of ANY or ALL must have one column, not %d", len(r.cols)))
	}
	cond := x.call(e, operators[op], v, r.cols[0].col.Ref())
	return &subquery{right: r.node, on: cond, pos: e.Pos()}, cond
}

func (x *exprBinder) quantifiedList(e *ast.Quantified) *expr.Expr {
	x = x.value()
	var list []*expr.Expr
	for _, item := range e.List {
		list = append(list, x.call(e, operators[e.Op], x.bind(e.X), x.bind(item)))
	}
	if e.All {
		return x.and(e, list)
	}
	return x.or(e, list)
}
