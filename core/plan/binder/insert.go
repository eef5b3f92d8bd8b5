package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// Insert binds INSERT INTO.
func (b *Binder) Insert(s *ast.Insert) (sink *logical.Sink, err error) {
	defer b.catch(&err)
	return b.insert(s), nil
}

// StatementSet binds the inserts of a statement set; they become one job.
func (b *Binder) StatementSet(s *ast.StatementSet) (sinks []*logical.Sink, err error) {
	defer b.catch(&err)
	for _, i := range s.Inserts {
		sinks = append(sinks, b.insert(i))
	}
	return sinks, nil
}

// InsertAs is the INSERT that fills the table of CREATE TABLE … AS: its columns
// are found by name, since the table may have them in another order.
func (b *Binder) InsertAs(s *ast.CreateTable) (i *ast.Insert, err error) {
	defer b.catch(&err)
	b.columnsOnly = true
	defer func() { b.columnsOnly = false }()
	i = &ast.Insert{At: s.At, Table: s.Name, Query: s.As}
	for _, n := range uniqueNames(b.query(s.As, b.top()).names()) {
		i.Columns = append(i.Columns, &ast.Ident{At: s.As.At, Text: n})
	}
	return i, nil
}

func (b *Binder) insert(s *ast.Insert) *logical.Sink {
	if s.OnConflict != ast.ConflictUnspecified {
		unsupported(s, "ON CONFLICT")
	}
	env := b.top()
	o, err := b.cat.Lookup(env.home.Path(s.Table.Strings()))
	if err != nil {
		failTable(s.Table, err)
	}
	if o.View != nil {
		fail(sqlerr.New(sqlerr.InvalidDefinition, s.Table.Pos(), "`%s` is a view: it cannot be written", s.Table.Last().Text))
	}
	t := b.hinted(o.Table, s.Hints)
	info, err := b.res.Sink(t)
	if err != nil {
		failTable(s.Table, err)
	}
	if s.Overwrite && b.opts.Streaming {
		unsupported(s, "INSERT OVERWRITE in streaming mode")
	}
	w := &writer{b: b, t: t, name: s.Table.Last().Text, stmt: s, static: map[int]*expr.Expr{}}
	w.partition(env)
	w.columns()
	w.query = b.query(s.Query, env)
	n := &logical.Sink{Input: w.project(), Table: t, Info: info, Overwrite: s.Overwrite, Pos: s.Pos()}
	n.Partition = w.partitionText
	return n
}

// writer fits a query to the columns of a sink.
type writer struct {
	b      *Binder
	t      *catalog.Table
	name   string
	stmt   *ast.Insert
	query  relation
	target []int              // the table's column that each column of the query goes to
	static map[int]*expr.Expr // by PARTITION (k = v)

	partitionText map[string]string
}

// partition notes PARTITION (k = v); k alone is a column of the query like any other.
func (w *writer) partition(env *env) {
	for _, p := range w.stmt.Partition {
		i := w.column(p.Column)
		partitioned := false
		for _, by := range w.t.PartitionBy {
			partitioned = partitioned || by == i
		}
		if !partitioned {
			fail(sqlerr.New(sqlerr.InvalidDefinition, p.Pos(), "table `%s` is not partitioned by `%s`", w.name, p.Column.Text))
		}
		if p.Value == nil {
			continue
		}
		x := &exprBinder{b: w.b, env: env, scope: &scope{}, clause: "PARTITION"}
		w.static[i] = x.castTo(x.bind(p.Value), w.t.Columns[i].Type, p.Value)
		if w.partitionText == nil {
			w.partitionText = map[string]string{}
		}
		w.partitionText[p.Column.Text] = w.b.optionText(p.Value)
	}
}

// columns finds where each column of the query goes.
func (w *writer) columns() {
	if w.stmt.Columns == nil {
		for _, i := range w.t.Persisted() {
			if w.static[i] == nil {
				w.target = append(w.target, i)
			}
		}
		return
	}
	seen := map[int]bool{}
	for _, c := range w.stmt.Columns {
		i := w.column(c)
		if seen[i] || w.static[i] != nil {
			fail(sqlerr.New(sqlerr.DuplicateColumn, c.Pos(), "column `%s` is given twice", c.Text))
		}
		seen[i] = true
		w.target = append(w.target, i)
	}
}

// column is a column of the sink that can be written.
func (w *writer) column(c *ast.Ident) int {
	var names []string
	for _, i := range w.t.Persisted() {
		if w.t.Columns[i].Name == c.Text {
			return i
		}
		names = append(names, w.t.Columns[i].Name)
	}
	for _, col := range w.t.Columns {
		if col.Name == c.Text {
			fail(sqlerr.New(sqlerr.InvalidDefinition, c.Pos(), "column `%s` of `%s` is computed or virtual: it cannot be written", c.Text, w.name))
		}
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, c.Pos(), "table `%s` has no column `%s`", w.name, c.Text)
	err.Width = len([]rune(c.Text))
	err.Hint = suggest(c.Text, names)
	fail(err)
	return 0
}

// project computes the sink's columns in its order.
func (w *writer) project() logical.Node {
	if len(w.query.cols) != len(w.target) {
		var names []string
		for _, i := range w.target {
			names = append(names, w.t.Columns[i].Name)
		}
		fail(sqlerr.New(sqlerr.DatatypeMismatch, w.stmt.Query.Pos(), "the sink `%s` takes %d columns, the query gives %d", w.name, len(w.target), len(w.query.cols)).
			WithHint("it takes %s", strings.Join(names, ", ")))
	}
	from := map[int]*expr.Expr{}
	for i, to := range w.target {
		e := w.query.cols[i].col.Ref()
		e.Pos = w.place(i)
		from[to] = e
	}
	if v, ok := w.query.node.(*logical.Values); ok {
		w.query.node = w.constants(v)
		for to, e := range from {
			from[to] = atPos(columnsOf(w.query.node)[e.Col].Ref(), e.Pos)
		}
	}
	p := w.b.projectionOver(w.query.node)
	for _, i := range w.t.Persisted() {
		e := from[i]
		if e == nil {
			e = w.static[i]
		}
		if e == nil {
			e = expr.Lit(w.t.Columns[i].Type, types.NullValue())
			e.Pos = w.stmt.Pos()
		}
		p.add(w.assign(e, w.t.Columns[i]), w.t.Columns[i].Name)
	}
	return &logical.Project{Input: w.query.node, Assigns: p.assigns}
}

// constants converts the rows of VALUES themselves, so that each is an error at
// its own place, and NULL has the type of its column.
func (w *writer) constants(v *logical.Values) logical.Node {
	out := &logical.Values{Cols: append([]logical.Column(nil), v.Cols...)}
	for _, row := range v.Rows {
		out.Rows = append(out.Rows, append([]*expr.Expr(nil), row...))
	}
	for i, to := range w.target {
		c := w.t.Columns[to]
		if out.Cols[i].Type.IsString() && c.Type.IsString() {
			continue
		}
		out.Cols[i].Type = c.Type.WithNull(false)
		for _, row := range out.Rows {
			row[i] = w.assign(row[i], c)
			out.Cols[i].Type.Nullable = out.Cols[i].Type.Nullable || row[i].Type.Nullable
		}
	}
	return out
}

func atPos(e *expr.Expr, pos sqlerr.Pos) *expr.Expr {
	e.Pos = pos
	return e
}

// place is where a column of the query was written.
func (w *writer) place(i int) sqlerr.Pos {
	switch q := w.stmt.Query.Body.(type) {
	case *ast.Select:
		star := false
		for _, it := range q.Items {
			_, s := it.Expr.(*ast.Star)
			star = star || s
		}
		if !star && i < len(q.Items) {
			return q.Items[i].Pos()
		}
	case *ast.Values:
		if i < len(q.Rows[0].Exprs) {
			return q.Rows[0].Exprs[i].Pos()
		}
	}
	return w.stmt.Query.Pos()
}

// assign converts a value to a column's type, where this needs no CAST. Lengths
// of strings are not enforced; NULL in a NOT NULL column is found at run time,
// unless it is plain to see.
func (w *writer) assign(e *expr.Expr, c catalog.Column) *expr.Expr {
	if !types.CanImplicit(e.Type, c.Type) {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos, "column `%s` of sink `%s` is %s, the query gives %s", c.Name, w.name, c.Type.WithNull(true), e.Type.WithNull(true)).
			WithHint("CAST(… AS %s)", c.Type.WithNull(true)))
	}
	if !c.Type.Nullable && (e.Type.Kind == types.Null || e.Op == expr.Literal && e.Lit.Null) {
		fail(sqlerr.New(sqlerr.NotNullViolation, e.Pos, "column `%s` of sink `%s` is NOT NULL and gets no value", c.Name, w.name))
	}
	if e.Type.IsString() && c.Type.IsString() || e.Type.IsBinary() && c.Type.IsBinary() {
		return e
	}
	return coerce(e, c.Type)
}
