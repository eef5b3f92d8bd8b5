package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// subquery is a join that an expression needs: the expression looks at a column
// that the join adds, or the join itself is the condition (Semi, Anti).
type subquery struct {
	kind      logical.JoinKind
	right     logical.Node
	on        *expr.Expr
	mark      logical.Column
	nullAware bool
	pos       sqlerr.Pos
}

// apply joins the subquery to a plan: as Apply where it looks at the plan's columns.
func (s *subquery) apply(left logical.Node) logical.Node {
	return join(s.kind, left, s.right, s.on, s.mark, s.nullAware, s.pos)
}

// join is a Join, or an Apply if the right side is correlated to the left.
func join(kind logical.JoinKind, left, right logical.Node, on *expr.Expr, mark logical.Column, nullAware bool, pos sqlerr.Pos) logical.Node {
	known := columnsOf(left)
	for _, e := range logical.Outer(right) {
		if _, ok := known[e.Col]; ok {
			return &logical.Apply{Kind: kind, Left: left, Right: right, On: on, MarkCol: mark, NullAware: nullAware, Pos: pos}
		}
	}
	return &logical.Join{Kind: kind, Left: left, Right: right, On: on, MarkCol: mark, NullAware: nullAware}
}

// uses reports whether the join's condition looks at one of these columns.
func (s *subquery) uses(ids map[int]bool) bool {
	found := false
	if s.on != nil {
		expr.Walk(s.on, func(e *expr.Expr) bool {
			found = found || e.Op == expr.Column && ids[e.Col]
			return !found
		})
	}
	return found
}

// rewrite moves the subquery above an aggregation. Inside it, only columns that
// the aggregation passes may be used.
func (s *subquery) rewrite(r *regroup) {
	s.on = r.rewrite(s.on)
	for _, e := range logical.Outer(s.right) {
		c, ok := r.input[e.Col]
		if !ok {
			continue
		}
		if i, grouped := r.groups.byFP[fingerprint(e)]; !grouped || r.keys[i].ID != e.Col {
			r.fail(c, e.Pos)
		}
		if r.groups.sets != nil {
			fail(sqlerr.Unsupported(e.Pos, "a subquery that depends on a column of GROUPING SETS, ROLLUP or CUBE"))
		}
	}
}

// subqueryOf binds the query of a subquery, which sees the columns of its clause.
func (x *exprBinder) subqueryOf(q *ast.Query) relation {
	if x.subs == nil {
		fail(sqlerr.Unsupported(q.Pos(), "a subquery in "+x.clause))
	}
	return x.b.query(q, x.env.inside(x.scope))
}

// scalar is a subquery in place of a value: no row is NULL, two are an error.
func (x *exprBinder) scalar(e *ast.Subquery) *expr.Expr {
	r := x.subqueryOf(e.Query)
	if len(r.cols) != 1 {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "a subquery in place of a value must have one column, not %d", len(r.cols)))
	}
	s := &subquery{kind: logical.Single, right: r.node, pos: e.Pos()}
	ref := r.cols[0].col.Ref()
	if oneRow(r.node) && len(logical.Outer(r.node)) == 0 {
		s.kind = logical.Inner
	} else {
		ref.Type.Nullable = true
	}
	*x.subs = append(*x.subs, s)
	ref.Pos = e.Pos()
	return ref
}

// oneRow reports a plan that gives just one row, whatever its input.
func oneRow(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Project:
		return oneRow(n.Input)
	case *logical.Named:
		return oneRow(n.Input)
	case *logical.Aggregate:
		return len(n.Keys) == 0 && n.Sets == nil
	case *logical.Values:
		return len(n.Rows) == 1
	case *logical.Join:
		return n.Kind == logical.Inner && n.On == nil && oneRow(n.Left) && oneRow(n.Right)
	}
	return false
}

// exists marks the rows for which a query has any.
func (x *exprBinder) exists(e *ast.Exists) *expr.Expr {
	return x.marked(&subquery{right: x.subqueryOf(e.Query).node, pos: e.Pos()})
}

// marked is the column by which a join tells whether there was a match.
func (x *exprBinder) marked(s *subquery) *expr.Expr {
	s.kind = logical.Mark
	s.mark = logical.Column{ID: x.b.ids.Next(), Name: "$mark", Type: types.BooleanType.WithNull(s.nullAware)}
	*x.subs = append(*x.subs, s)
	ref := s.mark.Ref()
	ref.Pos = s.pos
	return ref
}

func (x *exprBinder) inQuery(e *ast.In) *expr.Expr {
	s := x.membership(e, e.X, e.Query)
	s.nullAware = s.nullAware && (e.Not || !x.truth)
	out := x.marked(s)
	if e.Not {
		return x.call(e, expr.Not, out)
	}
	return out
}

// membership is the join by which x IN (query) is decided. Its nullAware tells
// whether the answer may be unknown.
func (x *exprBinder) membership(at ast.Node, left ast.Expr, q *ast.Query) *subquery {
	values := []ast.Expr{left}
	if row := rowOf(left); row != nil {
		values = row
	}
	bound := x.value().all(values)
	r := x.subqueryOf(q)
	if len(r.cols) != len(bound) {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, at.Pos(), "the left side of IN has %d columns, the subquery %d", len(bound), len(r.cols)))
	}
	s := &subquery{right: r.node, pos: at.Pos()}
	var pairs []*expr.Expr
	unknown := 0
	for i, v := range bound {
		eq := x.call(at, expr.Eq, v, r.cols[i].col.Ref())
		if eq.Type.Nullable {
			// The join is aware of NULL in its first equality.
			unknown++
			pairs = append([]*expr.Expr{eq}, pairs...)
			continue
		}
		pairs = append(pairs, eq)
	}
	s.on = conjunction(pairs)
	s.nullAware = unknown > 0
	if unknown > 1 {
		s.nullAware = !x.truth
		if s.nullAware {
			fail(sqlerr.Unsupported(at.Pos(), "NOT IN, or IN inside an expression, of rows with more than one nullable column").
				WithHint("write NOT EXISTS, or say that the columns are NOT NULL"))
		}
	}
	return s
}

// filterBySubquery keeps the rows of n for which a condition with subqueries is TRUE.
func (b *Binder) filterBySubquery(n logical.Node, s *scope, env *env, cond ast.Expr, clause string) logical.Node {
	var subs []*subquery
	x := &exprBinder{b: b, env: env, scope: s, clause: clause, subs: &subs, truth: true}
	semi := x.semi(cond)
	var c *expr.Expr
	if semi == nil {
		c = x.condition(cond)
	}
	for _, sub := range subs {
		n = sub.apply(n)
	}
	if semi != nil {
		return semi.apply(n)
	}
	return &logical.Filter{Input: n, Cond: c}
}

// hasSubquery reports whether an expression holds a query.
func hasSubquery(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if _, ok := n.(*ast.Query); ok {
			found = true
		}
		return !found
	})
	return found
}
