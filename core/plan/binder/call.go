package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// call applies a scalar function or operator: its declaration decides what the
// arguments are cast to and what comes out.
func (x *exprBinder) call(at ast.Node, name string, args ...*expr.Expr) *expr.Expr {
	f := lookup(at, name)
	if f.Kind != function.Scalar {
		fail(sqlerr.New(sqlerr.UndefinedFunction, at.Pos(), "%s is no scalar function", f.Name))
	}
	return apply(at, f, args)
}

func apply(at ast.Node, f *function.Function, args []*expr.Expr) *expr.Expr {
	sig := bindSignature(at, f, args)
	c := expr.NewCall(f.Name, sig.Result, coerceAll(args, sig)...)
	c.Pos = at.Pos()
	return c
}

func coerceAll(args []*expr.Expr, sig function.Signature) []*expr.Expr {
	out := make([]*expr.Expr, len(args))
	for i, a := range args {
		out[i] = coerce(a, sig.Args[i])
	}
	return out
}

func (x *exprBinder) signature(at ast.Node, name string, args []*expr.Expr) function.Signature {
	return bindSignature(at, lookup(at, name), args)
}

func bindSignature(at ast.Node, f *function.Function, args []*expr.Expr) function.Signature {
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i].Type = a.Type
		if a.Op == expr.Literal {
			in[i].Literal = a.Lit
		}
	}
	sig, err := f.Bind(in)
	if err != nil {
		failAt(at.Pos(), err)
	}
	return sig
}

func lookup(at ast.Node, name string) *function.Function {
	f, ok := function.Lookup(name)
	if ok {
		return f
	}
	err := sqlerr.New(sqlerr.UndefinedFunction, at.Pos(), "function %s does not exist", strings.ToUpper(name))
	err.Width = len(name)
	if near := function.Nearest(name, 3); len(near) > 0 {
		err = err.WithHint("nearest: %s", strings.Join(near, ", "))
	}
	fail(err)
	return nil
}

// function binds what was written as a call.
func (x *exprBinder) function(e *ast.Call) *expr.Expr {
	if len(e.Name.Parts) > 1 {
		unsupported(e, "a function of a catalog, "+strings.Join(e.Name.Strings(), "."))
	}
	name := strings.ToUpper(e.Name.Last().Text)
	if out := x.block.windowProperty(name, e); out != nil {
		return out
	}
	if out := x.grouping(name, e); out != nil {
		return out
	}
	if groupWindows[name] {
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s of a time and an interval stands only in GROUP BY", name))
	}
	f := lookup(e, name)
	switch {
	case e.Over != nil:
		return x.over(e, f)
	case f.Kind == function.Aggregate:
		return x.aggregate(e, f)
	case f.Kind == function.Ranking:
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s needs an OVER clause", f.Name).WithHint("%s", f.Doc.Syntax))
	case f.Kind == function.Table:
		fail(sqlerr.New(sqlerr.UndefinedFunction, e.Pos(), "%s is a table function: it stands in FROM", f.Name))
	}
	x.plain(e, f)
	return x.scalarCall(e, name, f)
}

// plain refuses the clauses that only aggregates take.
func (x *exprBinder) plain(e *ast.Call, f *function.Function) {
	for _, c := range []struct {
		written bool
		name    string
	}{
		{e.Distinct, "DISTINCT"},
		{e.Filter != nil, "FILTER"},
		{len(e.OrderBy) > 0, "ORDER BY"},
		{len(e.WithinGroup) > 0, "WITHIN GROUP"},
		{e.Nulls != ast.NullsUnspecified, "RESPECT or IGNORE NULLS"},
	} {
		if c.written {
			fail(sqlerr.New(sqlerr.Grouping, e.Pos(), "%s takes no %s: it is no aggregate", f.Name, c.name))
		}
	}
}

// scalarCall binds the calls with keywords among their arguments, and all others.
func (x *exprBinder) scalarCall(e *ast.Call, name string, f *function.Function) *expr.Expr {
	switch name {
	case "FLOOR", "CEIL", "CEILING":
		if s, ok := symbol(e, 1); ok {
			to := map[bool]string{true: expr.FloorTo, false: expr.CeilTo}[name == "FLOOR"]
			return x.call(e, to, x.bind(e.Args[0]), word(s.Word, s))
		}
	case "TRIM":
		return x.trim(e, f)
	case "NULLIF":
		return x.nullIf(e, f)
	case "JSON":
		fail(sqlerr.New(sqlerr.Syntax, e.Pos(), "JSON(…) stands only as a value of JSON_OBJECT or JSON_ARRAY").WithHint("%s", f.Doc.Syntax))
	case "CURRENT_DATABASE":
		x.call(e, name, x.all(e.Args)...)
		database := expr.Lit(types.StringType, types.StringValue(x.b.cat.Current().Database))
		database.Pos = e.Pos()
		return database
	}
	args := make([]*expr.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = x.argument(a)
	}
	return apply(e, f, args)
}

func symbol(e *ast.Call, i int) (*ast.Symbol, bool) {
	if i >= len(e.Args) {
		return nil, false
	}
	s, ok := e.Args[i].(*ast.Symbol)
	return s, ok
}

func (x *exprBinder) argument(a ast.Expr) *expr.Expr {
	switch a := a.(type) {
	case *ast.Symbol:
		return word(a.Word, a)
	case *ast.NamedArg:
		unsupported(a, "a named argument of this function")
	case *ast.DefaultArg:
		unsupported(a, "DEFAULT as an argument of this function")
	case *ast.TableArg:
		unsupported(a, "a table as an argument of this function")
	case *ast.Descriptor:
		unsupported(a, "DESCRIPTOR as an argument of this function")
	}
	return x.bind(a)
}

// nullIf writes NULLIF(a, b) as CASE WHEN a = b THEN NULL ELSE a END: a keeps its
// type, though the comparison may want another.
func (x *exprBinder) nullIf(e *ast.Call, f *function.Function) *expr.Expr {
	args := x.all(e.Args)
	bindSignature(e, f, args)
	null := expr.Lit(types.NullType, types.NullValue())
	null.Pos = e.Pos()
	return x.call(e, expr.Case, x.call(e, expr.Eq, args...), null, args[0])
}

// trim is TRIM([side] [characters FROM] x).
func (x *exprBinder) trim(e *ast.Call, f *function.Function) *expr.Expr {
	side, ok := symbol(e, 0)
	if !ok {
		return apply(e, f, x.all(e.Args))
	}
	name := map[string]string{"LEADING": "LTRIM", "TRAILING": "RTRIM", "BOTH": "BTRIM"}[side.Word]
	args := x.all(e.Args[1:])
	if len(args) == 2 {
		args[0], args[1] = args[1], args[0]
	}
	return x.call(e, name, args...)
}

// aggregate notes an aggregate of the block and refers to its column.
func (x *exprBinder) aggregate(e *ast.Call, f *function.Function) *expr.Expr {
	switch {
	case x.block == nil:
		fail(sqlerr.New(sqlerr.Grouping, e.Pos(), "the aggregate %s cannot stand in %s", f.Name, x.clause).
			WithHint("%s", aggregateHint(x.clause)))
	case x.inAggregate != "":
		fail(sqlerr.New(sqlerr.Grouping, e.Pos(), "the aggregate %s cannot stand inside the aggregate %s", f.Name, x.inAggregate).
			WithHint("aggregate in a derived table first"))
	case e.Nulls != ast.NullsUnspecified:
		unsupported(e, "RESPECT or IGNORE NULLS in "+f.Name)
	}
	in := *x
	in.inAggregate = f.Name
	in.subs = &x.block.inner
	in.truth = false
	call := logical.AggCall{Func: f.Name, Distinct: e.Distinct}
	sig, args := in.aggregateArgs(e, f)
	call.Args = args
	if e.Filter != nil {
		in.clause = "FILTER"
		call.Filter = in.condition(e.Filter)
	}
	call.OrderBy = in.sortKeys(append(e.OrderBy, e.WithinGroup...))
	if call.Filter != nil && !neverNull[f.Name] {
		sig.Result.Nullable = true
	}
	return x.block.addAggregate(call, sig.Result, e)
}

func aggregateHint(clause string) string {
	if clause == "WHERE" {
		return "conditions on aggregates stand in HAVING"
	}
	return "aggregates stand in SELECT, HAVING and ORDER BY"
}

// aggregateArgs binds the arguments of an aggregate; COUNT(*) has none.
func (x *exprBinder) aggregateArgs(e *ast.Call, f *function.Function) (function.Signature, []*expr.Expr) {
	if len(e.Args) == 1 {
		if s, ok := e.Args[0].(*ast.Star); ok {
			if f.Name != "COUNT" || s.Qualifier != nil || e.Distinct {
				fail(sqlerr.New(sqlerr.Syntax, s.Pos(), "* stands only in a select list and in COUNT(*)"))
			}
			return bindSignature(e, f, nil), nil
		}
	}
	args := make([]*expr.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = x.argument(a)
	}
	if len(args) == 0 && f.Name == "COUNT" && e.Over == nil {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "COUNT needs an argument").WithHint("COUNT(*) counts rows"))
	}
	sig := bindSignature(e, f, args)
	return sig, coerceAll(args, sig)
}

// sortKeys binds the keys of an ORDER BY inside a call or a window.
func (x *exprBinder) sortKeys(items []*ast.OrderItem) []logical.SortKey {
	var keys []logical.SortKey
	for _, item := range items {
		keys = append(keys, sortKey(item, x.bind(item.Expr)))
	}
	return keys
}

// sortKey: NULL is the least of all values unless NULLS FIRST or LAST says otherwise.
func sortKey(item *ast.OrderItem, e *expr.Expr) logical.SortKey {
	if e.Type.Kind == types.Map || e.Type.Kind == types.Multiset || !e.Type.HasOrder() {
		fail(sqlerr.New(sqlerr.DatatypeMismatch, item.Pos(), "values of type %s have no order", e.Type.WithNull(true)))
	}
	k := logical.SortKey{Expr: e, Desc: item.Desc, NullsFirst: !item.Desc}
	if item.Nulls != ast.NullsDefault {
		k.NullsFirst = item.Nulls == ast.NullsFirst
	}
	return k
}
