package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
)

// semi binds a conjunct that is EXISTS, IN or a comparison with a subquery, or
// its negation, as a join that keeps or drops rows. Nil for any other.
func (x *exprBinder) semi(cond ast.Expr) *subquery {
	not := false
	for {
		u, ok := cond.(*ast.Unary)
		if !ok || u.Op != ast.Not {
			break
		}
		not, cond = !not, u.X
	}
	switch e := cond.(type) {
	case *ast.Exists:
		return &subquery{kind: semiOrAnti(not), right: x.subqueryOf(e.Query).node, pos: e.Pos()}
	case *ast.In:
		if e.Query != nil {
			return x.semiIn(e, e.X, e.Query, not != e.Not)
		}
	case *ast.Quantified:
		if e.Query != nil {
			return x.semiQuantified(e, not)
		}
	}
	return nil
}

func semiOrAnti(not bool) logical.JoinKind {
	if not {
		return logical.Anti
	}
	return logical.Semi
}

func (x *exprBinder) semiIn(at ast.Node, left ast.Expr, q *ast.Query, not bool) *subquery {
	in := *x
	in.truth = !not
	s := in.membership(at, left, q)
	s.kind = semiOrAnti(not)
	s.nullAware = s.nullAware && not
	return s
}

// semiQuantified: rows for which some comparison is TRUE, or for which all are:
// none is FALSE or unknown.
func (x *exprBinder) semiQuantified(e *ast.Quantified, not bool) *subquery {
	switch {
	case e.Op == ast.Equal && !e.All:
		return x.semiIn(e, e.X, e.Query, not)
	case e.Op == ast.NotEqual && e.All:
		return x.semiIn(e, e.X, e.Query, !not)
	}
	s, cond := x.comparison(e, e.Op)
	switch {
	case !e.All && !not:
		s.kind = logical.Semi
	case e.All && not:
		// NOT ALL is TRUE if some comparison is FALSE.
		s.kind, s.on = logical.Semi, x.call(e, expr.IsFalse, cond)
	case e.All:
		s.kind, s.on = logical.Anti, x.call(e, expr.IsNotTrue, cond)
	default:
		// NOT ANY is TRUE if all comparisons are FALSE.
		s.kind, s.on = logical.Anti, x.call(e, expr.IsNotFalse, cond)
	}
	return s
}
