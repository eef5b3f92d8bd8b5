package binder

import (
	"strconv"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// cte is a name of WITH. It is bound anew wherever it is used, in the
// environment of its definition.
type cte struct {
	def  *ast.CTE
	env  *env
	next *cte
}

func (c *cte) find(name string) *cte {
	for ; c != nil; c = c.next {
		if c.def.Name.Text == name {
			return c
		}
	}
	return nil
}

// query binds a query with all its clauses.
func (b *Binder) query(q *ast.Query, env *env) relation {
	env = withCTEs(q, env)
	var sel selected
	if s, ok := q.Body.(*ast.Select); ok {
		sel = b.selectBlock(s, env, q.OrderBy)
	} else {
		sel.relation = b.body(q.Body, env)
		sel.order = b.outputOrder(q.OrderBy, sel.relation, env)
	}
	return b.sorted(q, sel)
}

func withCTEs(q *ast.Query, outer *env) *env {
	if len(q.With) == 0 {
		return outer
	}
	in := *outer
	own := map[string]bool{}
	for _, def := range q.With {
		if own[def.Name.Text] {
			fail(sqlerr.New(sqlerr.DuplicateTable, def.Name.Pos(), "WITH has `%s` twice", def.Name.Text))
		}
		own[def.Name.Text] = true
		before := in
		in.ctes = &cte{def: def, env: &before, next: in.ctes}
	}
	return &in
}

// body binds what has rows.
func (b *Binder) body(q ast.QueryExpr, env *env) relation {
	switch q := q.(type) {
	case *ast.Select:
		return b.selectBlock(q, env, nil).relation
	case *ast.Query:
		return b.query(q, env)
	case *ast.SetOp:
		return b.setOp(q, env)
	case *ast.Values:
		return b.values(q, env)
	case *ast.TableQuery:
		r := b.table(&ast.TableRef{At: q.At, Name: q.Name}, env)
		for i := range r.cols {
			r.cols[i].table = nil
		}
		return r
	}
	unsupported(q, "this form of query")
	return relation{}
}

// outputOrder binds ORDER BY over the columns of a query without a SELECT of its own.
func (b *Binder) outputOrder(order []*ast.OrderItem, r relation, env *env) []logical.SortKey {
	x := &exprBinder{b: b, env: env, scope: &scope{cols: r.cols, outer: env.outer}, clause: "ORDER BY of a set operation or VALUES"}
	var keys []logical.SortKey
	for _, o := range order {
		if n, ok := ordinal(o.Expr, len(r.cols)); ok {
			keys = append(keys, sortKey(o, r.cols[n].col.Ref()))
			continue
		}
		keys = append(keys, sortKey(o, x.bind(o.Expr)))
	}
	return keys
}

// sorted puts ORDER BY, OFFSET and LIMIT on a query.
func (b *Binder) sorted(q *ast.Query, s selected) relation {
	n := &logical.Sort{Input: s.node, Keys: s.order, Limit: -1, Pos: q.Pos()}
	if len(q.OrderBy) > 0 {
		n.Pos = q.OrderBy[0].Pos()
	}
	if q.Limit != nil {
		n.Limit = b.rowCount(q.Limit, "LIMIT")
	}
	if q.Offset != nil {
		n.Offset = b.rowCount(q.Offset, "OFFSET")
	}
	if len(n.Keys) == 0 && n.Limit < 0 && n.Offset == 0 {
		return s.relation
	}
	s.node = n
	if s.wide {
		s.node = &logical.Project{Input: n, Assigns: passing(s.columns())}
	}
	return s.relation
}

func (r relation) columns() []logical.Column {
	out := make([]logical.Column, len(r.cols))
	for i, c := range r.cols {
		out[i] = c.col
	}
	return out
}

func (b *Binder) rowCount(e ast.Expr, clause string) int64 {
	lit := b.literal(e)
	if lit == nil || !lit.Type.IsInteger() {
		fail(sqlerr.New(sqlerr.BadInput, e.Pos(), "%s takes a whole number, 0 or more", clause))
	}
	return lit.Lit.I
}

// setOp binds UNION, INTERSECT and EXCEPT. A chain of equal unions is one node.
func (b *Binder) setOp(q *ast.SetOp, env *env) relation {
	operands := b.operands(q, q, env)
	cols := b.commonColumns(q, operands)
	n := &logical.SetOp{Kind: logical.SetKind(q.Op), All: q.All, Cols: cols}
	for _, o := range operands {
		n.Ins = append(n.Ins, b.castTo(o, cols))
	}
	return relationOf(n, nil)
}

func (b *Binder) operands(q ast.QueryExpr, top *ast.SetOp, env *env) []relation {
	if s, ok := q.(*ast.SetOp); ok && (s == top || s.Op == ast.Union && s.Op == top.Op && s.All == top.All) {
		return append(b.operands(s.Left, top, env), b.body(s.Right, env))
	}
	return []relation{b.body(q, env)}
}

var setOperators = map[ast.SetOperator]string{ast.Union: "UNION", ast.Intersect: "INTERSECT", ast.Except: "EXCEPT"}

// commonColumns are the columns of a set operation: names of the first operand, types common to all.
func (b *Binder) commonColumns(q *ast.SetOp, operands []relation) []logical.Column {
	first := operands[0]
	var out []logical.Column
	for _, v := range first.cols {
		c := v.col
		c.ID = b.ids.Next()
		out = append(out, c)
	}
	for _, o := range operands[1:] {
		if len(o.cols) != len(out) {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, q.Pos(), "%s of %d and %d columns", setOperators[q.Op], len(out), len(o.cols)))
		}
		for i, v := range o.cols {
			t, ok := types.Common(out[i].Type, v.col.Type)
			if !ok {
				fail(sqlerr.New(sqlerr.DatatypeMismatch, q.Pos(), "column %d of %s is %s on one side and %s on the other",
					i+1, setOperators[q.Op], out[i].Type.WithNull(true), v.col.Type.WithNull(true)).WithHint("CAST one of them"))
			}
			out[i].Type = t
			if v.col.Time != out[i].Time {
				out[i].Time = types.NoTime
			}
		}
	}
	return out
}

// castTo gives a relation these types, with a Project where they differ.
func (b *Binder) castTo(r relation, want []logical.Column) logical.Node {
	same := len(r.cols) == len(r.node.Columns())
	for i, c := range r.node.Columns() {
		same = same && i < len(r.cols) && c.ID == r.cols[i].col.ID && c.Type.Same(want[i].Type)
	}
	if same {
		return r.node
	}
	p := b.projectionOver(r.node)
	for i, v := range r.cols {
		p.add(coerce(v.col.Ref(), want[i].Type), v.col.Name)
	}
	return &logical.Project{Input: r.node, Assigns: p.assigns}
}

// values binds VALUES: each column has the type common to its rows.
func (b *Binder) values(q *ast.Values, env *env) relation {
	x := &exprBinder{b: b, env: env, scope: &scope{outer: env.outer}, clause: "VALUES"}
	n := &logical.Values{}
	var kinds []types.Type
	for _, row := range q.Rows {
		r := x.all(row.Exprs)
		if kinds == nil {
			for _, e := range r {
				kinds = append(kinds, e.Type)
			}
		}
		if len(r) != len(kinds) {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, row.Pos(), "this row of VALUES has %d columns, the first has %d", len(r), len(kinds)))
		}
		for i, e := range r {
			t, ok := types.Common(kinds[i], e.Type)
			if !ok {
				fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos, "column %d of VALUES is %s in this row and %s before", i+1, e.Type.WithNull(true), kinds[i].WithNull(true)))
			}
			kinds[i] = t
		}
		n.Rows = append(n.Rows, r)
	}
	for _, r := range n.Rows {
		for i := range r {
			r[i] = coerce(r[i], kinds[i])
			refuseColumns(r[i])
		}
	}
	for i, t := range kinds {
		n.Cols = append(n.Cols, logical.Column{ID: b.ids.Next(), Name: "EXPR$" + strconv.Itoa(i), Type: t})
	}
	return relationOf(n, nil)
}

// refuseColumns: rows of VALUES are constants, also where columns could be seen.
func refuseColumns(e *expr.Expr) {
	expr.Walk(e, func(e *expr.Expr) bool {
		if e.Op == expr.Column {
			fail(sqlerr.Unsupported(e.Pos, "a column in VALUES"))
		}
		return true
	})
}
