package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// windowTables are the windowing table functions: their parameters in order, and
// how many are required.
var windowTables = map[string]struct {
	kind     logical.WindowKind
	params   []string
	required int
}{
	"TUMBLE":   {logical.Tumble, []string{"DATA", "TIMECOL", "SIZE", "OFFSET"}, 3},
	"HOP":      {logical.Hop, []string{"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"}, 4},
	"CUMULATE": {logical.Cumulate, []string{"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"}, 4},
	"SESSION":  {logical.Session, []string{"DATA", "TIMECOL", "GAP"}, 3},
}

// tableFunc binds a function in FROM.
func (b *Binder) tableFunc(t *ast.TableFunc, env *env) relation {
	name := strings.ToUpper(t.Call.Name.Last().Text)
	if format, ok := strings.CutPrefix(name, "READ_"); ok {
		for _, f := range fileFormats {
			if strings.EqualFold(f, format) {
				return b.readFile(t.Call, f)
			}
		}
	}
	if _, ok := windowTables[name]; ok {
		return b.windowTable(t.Call, name, env)
	}
	if f, ok := function.Lookup(name); ok && f.Kind != function.Table {
		fail(sqlerr.New(sqlerr.UndefinedFunction, t.Call.Pos(), "%s is no table function", f.Name))
	} else if ok {
		one := relation{node: &logical.Values{Rows: [][]*expr.Expr{{}}}}
		return b.correlate(b.called(t, f, one, env), one, false, t)
	}
	names := []string{"TUMBLE", "HOP", "CUMULATE", "SESSION", "READ_PARQUET", "READ_CSV", "READ_JSON"}
	for _, f := range function.All() {
		if f.Kind == function.Table {
			names = append(names, f.Name)
		}
	}
	fail(sqlerr.New(sqlerr.UndefinedFunction, t.Call.Pos(), "table function %s does not exist", name).
		WithHint("nearest: %s", strings.Join(option.Nearest(name, names, 3), ", ")))
	return relation{}
}

// windowTable binds TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL …) and its kin.
func (b *Binder) windowTable(c *ast.Call, name string, env *env) relation {
	w := windowTables[name]
	args := windowArgs(c, name)
	data, ok := args["DATA"].(*ast.TableArg)
	if !ok {
		fail(sqlerr.New(sqlerr.Windowing, args["DATA"].Pos(), "the first argument of %s must be a table", name).
			WithHint("%s(TABLE t, DESCRIPTOR(ts), INTERVAL …)", name))
	}
	if len(data.OrderBy) > 0 {
		unsupported(data, "ORDER BY of the table of "+name)
	}
	r := b.tableArg(data, env)
	s := &scope{cols: r.cols, outer: env.outer}
	x := &exprBinder{b: b, env: env, scope: s, clause: name}
	n := &logical.WindowTable{Input: r.node, Spec: logical.WindowSpec{Kind: w.kind}, Pos: c.Pos()}
	n.Time = b.timeColumn(args["TIMECOL"], s, name)
	n.Spec = x.windowSpec(c, name, args)
	n.PartitionBy = x.partition(data, w.kind, name)
	n.Start, n.End, n.Attr = b.windowColumns(n.Time)
	for _, col := range []logical.Column{n.Start, n.End, n.Attr} {
		r.cols = append(r.cols, visible{col: col})
	}
	for i := range r.cols {
		r.cols[i].table = nil
	}
	return relation{node: n, cols: r.cols}
}

// windowArgs sorts the arguments by parameter, whether named or in order.
func windowArgs(c *ast.Call, name string) map[string]ast.Expr {
	w := windowTables[name]
	args := map[string]ast.Expr{}
	for i, a := range c.Args {
		param := ""
		if n, ok := a.(*ast.NamedArg); ok {
			param, a = strings.ToUpper(n.Name.Text), n.Value
		} else if i < len(w.params) {
			param = w.params[i]
		}
		known := false
		for _, p := range w.params {
			known = known || p == param
		}
		if !known || args[param] != nil {
			fail(sqlerr.New(sqlerr.Windowing, a.Pos(), "%s does not take this argument", name).
				WithHint("%s(%s)", name, strings.Join(w.params, ", ")))
		}
		args[param] = a
	}
	for _, p := range w.params[:w.required] {
		if args[p] == nil {
			fail(sqlerr.New(sqlerr.Windowing, c.Pos(), "%s needs the argument %s", name, p).
				WithHint("%s(%s)", name, strings.Join(w.params, ", ")))
		}
	}
	return args
}

// tableArg binds a table among the arguments of a function.
func (b *Binder) tableArg(t *ast.TableArg, env *env) relation {
	switch {
	case t.Table != nil:
		return b.table(&ast.TableRef{At: t.At, Name: t.Table}, env)
	case t.Query != nil:
		return b.derived(t.Query, env)
	}
	return b.tableFunc(&ast.TableFunc{At: t.At, Call: t.Func}, env)
}

// timeColumn is the column of DESCRIPTOR(ts): a time attribute, or in a bounded
// plan any timestamp.
func (b *Binder) timeColumn(e ast.Expr, s *scope, name string) logical.Column {
	d, ok := e.(*ast.Descriptor)
	if !ok || len(d.Columns) != 1 {
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s needs one time column, as DESCRIPTOR(ts)", name))
	}
	id := d.Columns[0]
	_, col := s.column(&ast.ColumnRef{At: id.At, Parts: []*ast.Ident{id}})
	b.checkTime(col, id, name)
	return col
}

func (b *Binder) checkTime(col logical.Column, at ast.Node, name string) {
	if !col.Type.IsTimestamp() {
		fail(sqlerr.New(sqlerr.Windowing, at.Pos(), "%s needs a TIMESTAMP or TIMESTAMP_LTZ column, and `%s` is %s", name, col.Name, col.Type.WithNull(true)))
	}
	if b.opts.Streaming && col.Time == types.NoTime {
		fail(sqlerr.New(sqlerr.Windowing, at.Pos(), "%s needs a time attribute, and `%s` is a plain %s", name, col.Name, col.Type.WithNull(true)).
			WithHint("declare WATERMARK FOR `%s` AS … in the table; any expression around the column makes it a plain one", col.Name))
	}
	if b.opts.Streaming && col.Type.Precision > 3 {
		fail(sqlerr.New(sqlerr.Windowing, at.Pos(), "%s needs a time column of at most 3 fractional digits, and `%s` is %s", name, col.Name, col.Type.WithNull(true)))
	}
}

// windowSpec reads the lengths of a windowing.
func (x *exprBinder) windowSpec(c *ast.Call, name string, args map[string]ast.Expr) logical.WindowSpec {
	spec := logical.WindowSpec{Kind: windowTables[name].kind}
	positive := func(param string) int64 {
		ms := x.interval(args[param], "the "+param+" of "+name)
		if ms <= 0 {
			fail(sqlerr.New(sqlerr.Windowing, args[param].Pos(), "the %s of %s must be positive", param, name))
		}
		return ms
	}
	switch spec.Kind {
	case logical.Session:
		spec.Size = positive("GAP")
		return spec
	case logical.Hop:
		spec.Slide = positive("SLIDE")
	case logical.Cumulate:
		spec.Slide = positive("STEP")
	}
	spec.Size = positive("SIZE")
	if args["OFFSET"] != nil {
		spec.Offset = x.interval(args["OFFSET"], "the OFFSET of "+name)
	}
	x.b.checkMultiple(spec, c, name)
	return spec
}

// checkMultiple: the windows of CUMULATE end where a step ends, and unbounded HOP
// shares the steps among its windows.
func (b *Binder) checkMultiple(spec logical.WindowSpec, at ast.Node, name string) {
	strict := spec.Kind == logical.Cumulate || spec.Kind == logical.Hop && b.opts.Streaming
	if strict && spec.Size%spec.Slide != 0 {
		fail(sqlerr.New(sqlerr.Windowing, at.Pos(), "the size of %s, %d ms, must be a multiple of its step, %d ms", name, spec.Size, spec.Slide).
			WithHint("the step comes before the size"))
	}
}

// partition binds the keys of SESSION(TABLE t PARTITION BY k, …), which must be columns.
func (x *exprBinder) partition(data *ast.TableArg, kind logical.WindowKind, name string) []logical.Column {
	if len(data.PartitionBy) > 0 && kind != logical.Session {
		fail(sqlerr.New(sqlerr.Windowing, data.PartitionBy[0].Pos(), "%s takes no PARTITION BY: its windows are the same for all keys", name))
	}
	var out []logical.Column
	for _, p := range data.PartitionBy {
		ref, ok := p.(*ast.ColumnRef)
		if !ok {
			unsupported(p, "an expression in PARTITION BY of "+name)
		}
		e, col := x.scope.column(ref)
		if e.Col != col.ID || len(e.Args) > 0 {
			unsupported(p, "an expression in PARTITION BY of "+name)
		}
		out = append(out, col)
	}
	return out
}

// windowColumns are window_start, window_end and window_time.
func (b *Binder) windowColumns(time logical.Column) (start, end, attr logical.Column) {
	bound := types.TimestampType(3).NotNull()
	start = logical.Column{ID: b.ids.Next(), Name: "window_start", Type: bound}
	end = logical.Column{ID: b.ids.Next(), Name: "window_end", Type: bound}
	attr = logical.Column{ID: b.ids.Next(), Name: "window_time", Type: time.Type.NotNull(), Time: time.Time}
	attr.Type.Precision = 3
	return start, end, attr
}
