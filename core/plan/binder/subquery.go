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
