package binder

import (
	"strings"
	"time"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// Options is what binding depends on besides the text and the catalog.
type Options struct {
	Streaming bool   // the plan is for unbounded input: windows need time attributes
	Zone      string // the session's time zone; empty: UTC
}

// Binder binds the statements of one session. Column ids are unique among the
// plans of one Binder. One goroutine uses it at a time.
type Binder struct {
	cat  *catalog.Catalog
	res  catalog.Resolver
	opts Options
	zone *time.Location
	ids  logical.Ids
	// columnsOnly: the plan is not run, so tables need not be there yet.
	columnsOnly bool
}

// New makes a Binder.
func New(cat *catalog.Catalog, res catalog.Resolver, opts Options) *Binder {
	return &Binder{cat: cat, res: res, opts: opts}
}

// Query binds a query. The names are those of its columns: as written, made
// unique, EXPR$n where there is none.
func (b *Binder) Query(q *ast.Query) (plan logical.Node, names []string, err error) {
	defer b.catch(&err)
	r := b.query(q, b.top())
	for i, v := range r.cols {
		if v.col.Type.Kind == types.Null {
			fail(sqlerr.New(sqlerr.DatatypeMismatch, q.Pos(), "the type of column %d, NULL, is not known", i+1).WithHint("CAST(NULL AS …)"))
		}
	}
	return r.node, uniqueNames(r.names()), nil
}

// View gives the columns of a view, as DESCRIBE shows them.
func (b *Binder) View(v *catalog.View) (columns *types.Schema, err error) {
	defer b.catch(&err)
	b.columnsOnly = true
	defer func() { b.columnsOnly = false }()
	path := strings.Split(v.Name, ".")
	at := &ast.Name{Parts: []*ast.Ident{{Text: path[len(path)-1]}}}
	r := b.view(v, b.top(), at, path)
	columns = &types.Schema{}
	for _, c := range r.cols {
		columns.Fields = append(columns.Fields, types.Field{Name: c.col.Name, Type: c.col.Type, Time: c.col.Time})
	}
	return columns, nil
}

// Expr binds an expression over the columns of a schema; columns of the result
// are ordinals of it.
func (b *Binder) Expr(e ast.Expr, over []catalog.Column) (bound *expr.Expr, err error) {
	defer b.catch(&err)
	return b.overColumns(e, over, "the expression"), nil
}

// top is the environment of a statement.
func (b *Binder) top() *env { return &env{home: b.cat.Current()} }

// env is what a query sees of its surroundings.
type env struct {
	outer *scope            // the columns of the queries around it; nil: none
	ctes  *cte              // the names of WITH
	home  catalog.Namespace // where short table names are looked up
	views []string          // the views that are being expanded
}

// inside is the environment of a subquery that sees a scope.
func (e *env) inside(s *scope) *env {
	in := *e
	in.outer = s
	return &in
}

// bailout carries an error out of the descent; it is caught at the exported functions.
type bailout struct{ err error }

func (b *Binder) catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case bailout:
		*err = r.err
	default:
		panic(r)
	}
}

func fail(e *sqlerr.Error) { panic(bailout{e}) }

// failAt gives an error of another package its place, unless it has one.
func failAt(pos sqlerr.Pos, err error) {
	if e := sqlerr.As(err); e != nil && !e.Pos.IsValid() {
		e.Pos = pos
	}
	panic(bailout{err})
}

func unsupported(n ast.Node, construct string) { fail(sqlerr.Unsupported(n.Pos(), construct)) }

// location is the session's time zone.
func (b *Binder) location(pos sqlerr.Pos) *time.Location {
	if b.zone != nil {
		return b.zone
	}
	name := b.opts.Zone
	if name == "" {
		name = "UTC"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		fail(sqlerr.New(sqlerr.InvalidOption, pos, "unknown time zone '%s'", name))
	}
	b.zone = zone
	return zone
}
