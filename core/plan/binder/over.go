package binder

import (
	"fmt"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// overCall is one window function of a block.
type overCall struct {
	call      logical.OverCall
	partition []*expr.Expr
	order     []logical.SortKey
	unit      logical.FrameUnit
	from, to  logical.Bound
	frameless bool // a ranking function: it does not look at the frame
	pos       sqlerr.Pos
}

func (o *overCall) rewrite(f func(*expr.Expr) *expr.Expr) {
	for i := range o.call.Args {
		o.call.Args[i] = f(o.call.Args[i])
	}
	for i := range o.partition {
		o.partition[i] = f(o.partition[i])
	}
	for i := range o.order {
		o.order[i].Expr = f(o.order[i].Expr)
	}
}

// window is equal for calls over the same partitions in the same order; frame
// tells those apart whose function looks at a frame.
func (o *overCall) window() string {
	s := ""
	for _, p := range o.partition {
		s += " " + fingerprint(p)
	}
	for _, k := range o.order {
		s += fmt.Sprint(" ORDER ", fingerprint(k.Expr), k.Desc, k.NullsFirst)
	}
	return s
}

func (o *overCall) frame() string {
	if o.frameless {
		return ""
	}
	return fmt.Sprint(o.unit, o.from, o.to)
}

// namedWindows notes the WINDOW clause; its parts are bound where they are used.
func (k *block) namedWindows() {
	k.windows = map[string]*ast.NamedWindow{}
	for _, w := range k.sel.Windows {
		if k.windows[w.Name.Text] != nil {
			fail(sqlerr.New(sqlerr.Windowing, w.Pos(), "window `%s` is defined twice", w.Name.Text))
		}
		k.windows[w.Name.Text] = w
	}
}

// resolve merges a window with the named one it builds on.
func (k *block) resolve(w *ast.Window, depth int) *ast.Window {
	if w.Base == nil {
		return w
	}
	named := k.windows[w.Base.Text]
	if named == nil || depth > len(k.windows) {
		fail(sqlerr.New(sqlerr.UndefinedObject, w.Base.Pos(), "window `%s` does not exist", w.Base.Text).
			WithHint("WINDOW `%s` AS (…) defines it", w.Base.Text))
	}
	base := *k.resolve(named.Spec, depth+1)
	switch {
	case len(w.PartitionBy) > 0:
		fail(sqlerr.New(sqlerr.Windowing, w.Pos(), "a window that builds on `%s` has no PARTITION BY of its own", w.Base.Text))
	case len(w.OrderBy) > 0 && len(base.OrderBy) > 0:
		fail(sqlerr.New(sqlerr.Windowing, w.Pos(), "window `%s` has an ORDER BY already", w.Base.Text))
	case len(w.OrderBy) > 0:
		base.OrderBy = w.OrderBy
	}
	if w.Frame != nil {
		base.Frame = w.Frame
	}
	return &base
}

// over notes a window function and refers to its column.
func (x *exprBinder) over(e *ast.Call, f *function.Function) *expr.Expr {
	x.checkOver(e, f)
	w := x.block.resolve(e.Over, 0)
	in := *x
	in.inOver = f.Name
	in.truth = false
	sig, args := in.aggregateArgs(e, f)
	if e.Filter != nil {
		args = in.filtered(e, args)
	}
	o := &overCall{order: in.sortKeys(w.OrderBy), pos: e.Pos()}
	for _, p := range w.PartitionBy {
		o.partition = append(o.partition, in.bind(p))
	}
	x.frame(o, f, w, e)
	if f.Kind == function.Aggregate && (e.Filter != nil || !o.to.Unbounded && o.to.Offset < 0 || !o.from.Unbounded && o.from.Offset > 0) {
		sig.Result.Nullable = f.Name != "COUNT"
	}
	o.call = logical.OverCall{Func: f.Name, Args: args, Col: logical.Column{Name: f.Name, Type: sig.Result}}
	o = x.block.addOver(o)
	ref := o.call.Col.Ref()
	ref.Pos = e.Pos()
	return ref
}

// addOver notes a window function, once for equal ones.
func (k *block) addOver(o *overCall) *overCall {
	equal := func(other *overCall) bool {
		if other.call.Func != o.call.Func || len(other.call.Args) != len(o.call.Args) || other.window() != o.window() || other.frame() != o.frame() {
			return false
		}
		for i, a := range o.call.Args {
			if fingerprint(a) != fingerprint(other.call.Args[i]) {
				return false
			}
		}
		return true
	}
	for _, other := range k.overs {
		if equal(other) {
			return other
		}
	}
	o.call.Col.ID = k.b.ids.Next()
	k.overs = append(k.overs, o)
	k.overIDs[o.call.Col.ID] = true
	return o
}

func (x *exprBinder) checkOver(e *ast.Call, f *function.Function) {
	switch {
	case f.Kind != function.Aggregate && f.Kind != function.Ranking:
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "%s cannot be used with OVER", f.Name))
	case x.block == nil || x.inAggregate != "" || x.clause == "HAVING":
		where := x.clause
		if x.inAggregate != "" {
			where = "the aggregate " + x.inAggregate
		}
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "the window function %s cannot stand in %s", f.Name, where).
			WithHint("QUALIFY filters by window functions; a derived table makes them plain columns"))
	case x.inOver != "":
		fail(sqlerr.New(sqlerr.Windowing, e.Pos(), "the window function %s cannot stand inside the window function %s", f.Name, x.inOver))
	case e.Distinct:
		unsupported(e, "DISTINCT in a window function")
	case len(e.OrderBy)+len(e.WithinGroup) > 0:
		unsupported(e, "ORDER BY inside a window function")
	case e.Nulls == ast.IgnoreNulls:
		unsupported(e, "IGNORE NULLS")
	}
}

// filtered brings FILTER into the argument: aggregates pass over NULL.
func (x *exprBinder) filtered(e *ast.Call, args []*expr.Expr) []*expr.Expr {
	in := *x
	in.clause = "FILTER"
	cond := in.condition(e.Filter)
	if len(args) == 0 {
		args = []*expr.Expr{expr.Lit(types.IntType, types.IntValue(1))}
	}
	null := expr.Lit(args[0].Type, types.NullValue())
	return append([]*expr.Expr{x.call(e, expr.Case, cond, args[0], null)}, args[1:]...)
}

// overWindows puts a node on the plan for each different window. Functions that
// look at no frame go with those over the same window that do.
func (k *block) overWindows() {
	var nodes [][]*overCall
	for _, frameless := range []bool{false, true} {
		for _, o := range k.overs {
			if o.frameless == frameless {
				nodes = joinWindow(nodes, o)
			}
		}
	}
	if len(nodes) > 1 && k.b.opts.Streaming {
		fail(sqlerr.New(sqlerr.FeatureNotSupported, nodes[1][0].pos, "window functions of one query must be over the same window in streaming mode").
			WithHint("WINDOW w AS (…) names it; other windows go into a derived table, or run in batch mode"))
	}
	partitions := map[string]logical.Column{}
	for _, calls := range nodes {
		first := calls[0]
		n := &logical.Over{PartitionBy: k.columnsFor(first.partition, partitions), OrderBy: first.order, Unit: first.unit, From: first.from, To: first.to, Pos: first.pos}
		n.Input = k.node
		for _, o := range calls {
			n.Calls = append(n.Calls, o.call)
		}
		k.node = n
	}
}

func joinWindow(nodes [][]*overCall, o *overCall) [][]*overCall {
	for i, calls := range nodes {
		if calls[0].window() == o.window() && (o.frameless || calls[0].frame() == o.frame()) {
			nodes[i] = append(calls, o)
			return nodes
		}
	}
	return append(nodes, []*overCall{o})
}

// columnsFor makes columns of expressions, with a Project where they are more.
// Those made before are in made.
func (k *block) columnsFor(list []*expr.Expr, made map[string]logical.Column) []logical.Column {
	known := columnsOf(k.node)
	assigns := passing(k.node.Columns())
	computed := len(made)
	var out []logical.Column
	for _, e := range list {
		c, ok := known[e.Col]
		if !ok || e.Op != expr.Column {
			c, ok = made[fingerprint(e)]
			if !ok {
				c = logical.Column{ID: k.b.ids.Next(), Name: k.keyName(len(made), e), Type: e.Type}
				assigns = append(assigns, logical.Assign{Col: c, Expr: e})
				made[fingerprint(e)] = c
			}
		}
		out = append(out, c)
	}
	if len(made) > computed {
		k.node = &logical.Project{Input: k.node, Assigns: assigns}
	}
	return out
}
