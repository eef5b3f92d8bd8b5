package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// from binds an item of FROM.
func (b *Binder) from(t ast.TableExpr, env *env) relation {
	switch t := t.(type) {
	case *ast.TableRef:
		return b.table(t, env)
	case *ast.FileRef:
		return aliased(b.file(t), t.Alias)
	case *ast.TableFunc:
		return aliased(b.tableFunc(t, env), t.Alias)
	case *ast.Derived:
		return aliased(b.derived(t.Query, env), t.Alias)
	case *ast.Join:
		return b.join(t, env)
	case *ast.Unnest:
		one := relation{node: &logical.Values{Rows: [][]*expr.Expr{{}}}}
		return b.correlate(b.unnest(t, one, env), one, false, t)
	}
	unsupported(t, "this item of FROM")
	return relation{}
}

// derived is a query in FROM: its columns have no table name unless it gets an alias.
func (b *Binder) derived(q *ast.Query, env *env) relation {
	r := b.query(q, env)
	for i := range r.cols {
		r.cols[i].table, r.cols[i].merged = nil, false
	}
	return r
}

// aliased renames a relation, and its columns where the alias lists them.
func aliased(r relation, a *ast.Alias) relation {
	if a == nil {
		return r
	}
	names := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		names[i] = c.Text
	}
	r = renamed(r, names, a, "alias `"+a.Name.Text+"`")
	for i := range r.cols {
		r.cols[i].table = []string{a.Name.Text}
	}
	return r
}

// renamed gives columns other names; none keeps them.
func renamed(r relation, names []string, at ast.Node, what string) relation {
	if len(names) == 0 {
		return r
	}
	if len(names) != len(r.cols) {
		fail(sqlerr.New(sqlerr.InvalidDefinition, at.Pos(), "%s names %d columns, there are %d", what, len(names), len(r.cols)))
	}
	cols := append([]visible(nil), r.cols...)
	for i, n := range names {
		cols[i].col.Name = n
	}
	return relation{node: r.node, cols: cols}
}

// table binds a name in FROM: of WITH, a view, a table.
func (b *Binder) table(t *ast.TableRef, env *env) relation {
	if t.AsOf != nil {
		unsupported(t, "FOR SYSTEM_TIME AS OF other than on the right of a join")
	}
	if len(t.Name.Parts) == 1 {
		if c := env.ctes.find(t.Name.Last().Text); c != nil {
			refuseHints(t.Hints, "a name of WITH")
			return aliased(b.cte(c, env), t.Alias)
		}
	}
	if len(t.Name.Parts) > 3 {
		fail(sqlerr.New(sqlerr.UndefinedTable, t.Name.Pos(), "a table's name has at most three parts: catalog.database.table"))
	}
	path := env.home.Path(t.Name.Strings())
	o, err := b.cat.Lookup(path)
	if err != nil {
		failTable(t.Name, err)
	}
	qualifier := []string{path.Catalog, path.Database, path.Object}
	if o.View != nil {
		refuseHints(t.Hints, "a view")
		return aliased(b.view(o.View, env, t.Name, qualifier), t.Alias)
	}
	return aliased(b.scan(b.hinted(o.Table, t.Hints), t, qualifier), t.Alias)
}

// failTable points an error at a table's name.
func failTable(n *ast.Name, err error) {
	if e := sqlerr.As(err); e != nil {
		e.Width = width(n.Strings())
	}
	failAt(n.Pos(), err)
}

// cte binds a name of WITH: the outer columns are those around its use.
func (b *Binder) cte(c *cte, env *env) relation {
	in := *c.env
	in.outer = env.outer
	r := b.query(c.def.Query, &in)
	names := make([]string, len(c.def.Columns))
	for i, n := range c.def.Columns {
		names[i] = n.Text
	}
	r = renamed(r, names, c.def, "`"+c.def.Name.Text+"`")
	return named(b.marked(r, c.def.Name.Text, c.def), []string{c.def.Name.Text})
}

// named puts a relation's columns under one table name.
func named(r relation, table []string) relation {
	for i := range r.cols {
		r.cols[i].table, r.cols[i].merged = table, false
	}
	return r
}

// view expands a view. Places in its text mean nothing in the statement's, so an
// error in it is told at the view's name.
func (b *Binder) view(v *catalogView, outer *env, at *ast.Name, qualifier []string) relation {
	for _, name := range outer.views {
		if name == v.Name {
			fail(sqlerr.New(sqlerr.InvalidDefinition, at.Pos(), "view %s is defined by itself: %s", v.Name, strings.Join(append(outer.views, v.Name), " → ")))
		}
	}
	in := &env{home: v.Home, views: append(append([]string(nil), outer.views...), v.Name)}
	r := b.expand(v, in, at)
	if len(v.Columns) != len(r.cols) {
		fail(sqlerr.New(sqlerr.InvalidDefinition, at.Pos(), "view `%s` was made with %d columns and now has %d", at.Last().Text, len(v.Columns), len(r.cols)).
			WithHint("a table it reads has changed: drop the view and create it again"))
	}
	names := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		names[i] = c.Name
	}
	return named(b.marked(renamed(r, names, at, "view"), v.Name, v), qualifier)
}

// marked says of a plan which definition it is of, so that a batch statement may
// compute it once for all its uses.
func (b *Binder) marked(r relation, name string, of any) relation {
	if !b.opts.Streaming && !b.columnsOnly {
		r.node = &logical.Named{Input: r.node, Name: name, Of: of}
	}
	return r
}

func (b *Binder) expand(v *catalogView, in *env, at *ast.Name) (r relation) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if bail, ok := p.(bailout); ok {
			if e := sqlerr.As(bail.err); e != nil {
				inner := *e
				inner.Pos, inner.Width, inner.Line = at.Pos(), width(at.Strings()), ""
				inner.Message = "in view `" + at.Last().Text + "`: " + e.Message
				p = bailout{&inner}
			}
		}
		panic(p)
	}()
	return b.query(v.Query, in)
}

// isLateral reports an item of FROM that sees the items before it.
func isLateral(t ast.TableExpr) bool {
	switch t := t.(type) {
	case *ast.Derived:
		return t.Lateral
	case *ast.TableFunc:
		return t.Lateral
	case *ast.Unnest:
		return true
	}
	return false
}

var joinKinds = map[ast.JoinKind]logical.JoinKind{
	ast.CommaJoin: logical.Inner, ast.CrossJoin: logical.Inner, ast.InnerJoin: logical.Inner,
	ast.LeftJoin: logical.Left, ast.RightJoin: logical.Right, ast.FullJoin: logical.Full,
}
