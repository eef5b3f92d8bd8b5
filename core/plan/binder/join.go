package binder

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// join binds a join of two items of FROM.
func (b *Binder) join(j *ast.Join, env *env) relation {
	j = leaning(j)
	left := b.from(j.Left, env)
	if made := b.rowsOf(j.Right, left, env); made != nil {
		return b.correlateJoin(j, left, made, env)
	}
	if t, ok := j.Right.(*ast.TableRef); ok && t.AsOf != nil {
		return b.lookupJoin(j, left, t, env)
	}
	rightEnv := env
	if isLateral(j.Right) {
		if j.Kind == ast.RightJoin || j.Kind == ast.FullJoin {
			fail(sqlerr.New(sqlerr.Syntax, j.Right.Pos(), "LATERAL cannot stand on the right of a RIGHT or FULL JOIN"))
		}
		rightEnv = env.inside(&scope{cols: left.cols, outer: env.outer})
	}
	right := b.from(j.Right, rightEnv)
	refuseSameNames(j, left, right)
	switch {
	case j.Natural:
		return b.joinUsing(j, left, right, sharedNames(j, left, right))
	case j.Using != nil:
		return b.joinUsing(j, left, right, j.Using)
	}
	return b.joinOn(j, left, right, env)
}

// leaning writes a, UNNEST(a.xs) AS u JOIN t ON … as (a, UNNEST(a.xs) AS u) JOIN t
// ON …, so that what sees the items before it stands directly behind them. Joins
// that would pad rows of a stay as they are.
func leaning(j *ast.Join) *ast.Join {
	r, ok := j.Right.(*ast.Join)
	if !ok || j.Kind != ast.CommaJoin || r.Natural || r.Using != nil || r.Kind == ast.RightJoin || r.Kind == ast.FullJoin {
		return j
	}
	first := r.Left
	for {
		in, ok := first.(*ast.Join)
		if !ok {
			break
		}
		first = in.Left
	}
	if !isLateral(first) {
		return j
	}
	out := *r
	out.Left = &ast.Join{At: j.At, Kind: ast.CommaJoin, Left: j.Left, Right: r.Left}
	return &out
}

// joinOn binds ON. Conditions of an inner join that hold subqueries become a filter above it.
func (b *Binder) joinOn(j *ast.Join, left, right relation, env *env) relation {
	cols := append(append([]visible(nil), left.cols...), right.cols...)
	s := &scope{cols: cols, outer: env.outer}
	var on []*expr.Expr
	var later []ast.Expr
	if j.On != nil {
		for _, c := range conjuncts(j.On) {
			if joinKinds[j.Kind] == logical.Inner && hasSubquery(c) {
				later = append(later, c)
				continue
			}
			x := &exprBinder{b: b, env: env, scope: s, clause: "ON"}
			if joinKinds[j.Kind] != logical.Inner {
				x.clause = "ON of an outer join"
			}
			if cond := x.condition(c); !isTrue(cond) {
				on = append(on, cond)
			}
		}
	}
	n := join(joinKinds[j.Kind], left.node, right.node, conjunction(on), logical.Column{}, false, j.Pos())
	for _, c := range later {
		n = b.filterBySubquery(n, s, env, c, "ON")
	}
	return relation{node: n, cols: retyped(cols, n)}
}

func isTrue(e *expr.Expr) bool { return e.Op == expr.Literal && !e.Lit.Null && e.Lit.Bool() }

// retyped gives columns the types they have in a node: outer joins make them nullable.
func retyped(cols []visible, n logical.Node) []visible {
	now := columnsOf(n)
	for i := range cols {
		if c, ok := now[cols[i].col.ID]; ok {
			cols[i].col.Type, cols[i].col.Time = c.Type, c.Time
		}
	}
	return cols
}

// refuseSameNames: two items of one join tree cannot both be called t.
func refuseSameNames(j *ast.Join, left, right relation) {
	names := map[string]bool{}
	for _, c := range left.cols {
		names[tableKey(c)] = true
	}
	for _, c := range right.cols {
		if k := tableKey(c); k != "" && names[k] {
			name := c.table[len(c.table)-1]
			fail(sqlerr.New(sqlerr.DuplicateObject, j.Right.Pos(), "FROM has `%s` twice", name).
				WithHint("give one of them an alias: … AS `%s2`", name))
		}
	}
}

func tableKey(v visible) string {
	if len(v.table) == 0 {
		return ""
	}
	return quoted(v.table)
}

// sharedNames are the columns of NATURAL: those with a name on both sides, in the order of the left.
func sharedNames(j *ast.Join, left, right relation) []*ast.Ident {
	onRight := map[string]bool{}
	for _, c := range right.cols {
		onRight[c.col.Name] = onRight[c.col.Name] || !c.merged
	}
	var out []*ast.Ident
	seen := map[string]bool{}
	for _, c := range left.cols {
		if !c.merged && onRight[c.col.Name] && !seen[c.col.Name] {
			seen[c.col.Name] = true
			out = append(out, &ast.Ident{At: j.At, Text: c.col.Name})
		}
	}
	return out
}

// usingPair is a column of USING on both sides.
type usingPair struct {
	name        string
	left, right *visible
}

// joinUsing joins by equal names. Each pair is seen as one column, before all
// others; its halves are seen under their tables' names only.
func (b *Binder) joinUsing(j *ast.Join, left, right relation, names []*ast.Ident) relation {
	left.cols = append([]visible(nil), left.cols...)
	right.cols = append([]visible(nil), right.cols...)
	x := &exprBinder{b: b, clause: "USING"}
	var pairs []usingPair
	var on []*expr.Expr
	for _, n := range names {
		p := usingPair{n.Text, onlyColumn(left, n, "left"), onlyColumn(right, n, "right")}
		pairs = append(pairs, p)
		on = append(on, x.call(n, expr.Eq, p.left.col.Ref(), p.right.col.Ref()))
	}
	kind := joinKinds[j.Kind]
	n := join(kind, left.node, right.node, conjunction(on), logical.Column{}, false, j.Pos())
	retyped(left.cols, n)
	retyped(right.cols, n)
	out := relation{node: n}
	if kind == logical.Full && len(pairs) > 0 {
		out = b.coalesced(x, j, n, pairs)
	} else {
		for _, p := range pairs {
			half := p.left
			if kind == logical.Right {
				half = p.right
			}
			out.cols = append(out.cols, visible{col: half.col})
		}
	}
	for _, p := range pairs {
		p.left.merged, p.right.merged = true, true
	}
	out.cols = append(append(out.cols, left.cols...), right.cols...)
	return out
}

// coalesced computes the merged columns of a full join: the half that is there.
func (b *Binder) coalesced(x *exprBinder, at ast.Node, n logical.Node, pairs []usingPair) relation {
	assigns := passing(n.Columns())
	var out relation
	for _, p := range pairs {
		e := x.call(at, expr.Coalesce, p.left.col.Ref(), p.right.col.Ref())
		c := logical.Column{ID: b.ids.Next(), Name: p.name, Type: e.Type}
		assigns = append(assigns, logical.Assign{Col: c, Expr: e})
		out.cols = append(out.cols, visible{col: c})
	}
	out.node = &logical.Project{Input: n, Assigns: assigns}
	return out
}

func onlyColumn(r relation, n *ast.Ident, side string) *visible {
	s := &scope{cols: r.cols}
	found := s.find(nil, n.Text)
	switch len(found) {
	case 0:
		fail(sqlerr.New(sqlerr.UndefinedColumn, n.Pos(), "column `%s` does not exist on the %s of the join", n.Text, side))
	case 1:
		return found[0]
	}
	fail(sqlerr.New(sqlerr.AmbiguousColumn, n.Pos(), "column `%s` is ambiguous on the %s of the join", n.Text, side))
	return nil
}
