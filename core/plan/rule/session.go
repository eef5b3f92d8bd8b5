package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// sessionsOver writes the SESSION windows of an input that ends as window
// functions: a row begins a session when the one before it lies further back than
// the gap; sessions are numbered by counting their beginnings; and each reaches
// from its first row to the gap behind its last.
//
//	SESSION(t PARTITION BY k, ts, gap)  →  MIN(ts), MAX(ts) + gap OVER (PARTITION BY k, n)
//	                                       n = SUM(begins) OVER (PARTITION BY k ORDER BY ts)
//	                                       begins = ts > gap + LAG(ts) OVER (PARTITION BY k ORDER BY ts)
func sessionsOver(root logical.Node, ids *logical.Ids) logical.Node {
	return rewrite(root, func(n logical.Node) logical.Node {
		if w, ok := n.(*logical.WindowTable); ok && w.Spec.Kind == logical.Session {
			return sessionOver(w, ids)
		}
		return n
	})
}

func sessionOver(w *logical.WindowTable, ids *logical.Ids) logical.Node {
	local := w.Start.Type // as all bounds of windows: a local time, in milliseconds
	column := func(name string, t types.Type) logical.Column {
		return logical.Column{ID: ids.Next(), Name: name, Type: t}
	}
	gap := expr.Lit(types.DaySecond.NotNull(), types.IntValue(w.Spec.Size))
	behind := func(c logical.Column) *expr.Expr { return expr.NewCall(expr.Add, c.Type, c.Ref(), gap) }

	at, before := column("$time", local), column("$before", local.WithNull(true))
	n := withFilter(w.Input, []*expr.Expr{expr.NewCall(expr.IsNotNull, types.BooleanType.NotNull(), w.Time.Ref())})
	n = adding(n, at, expr.NewCall(expr.Cast, at.Type, w.Time.Ref()))
	byTime := []logical.SortKey{{Expr: at.Ref(), NullsFirst: true}}
	all := logical.Bound{Unbounded: true}
	n = &logical.Over{
		Input: n, PartitionBy: w.PartitionBy, OrderBy: byTime, Unit: logical.Rows, From: all,
		Calls: []logical.OverCall{{Col: before, Func: "LAG", Args: []*expr.Expr{at.Ref()}}},
	}

	begins, number := column("$begins", types.BigIntType.NotNull()), column("$session", types.BigIntType)
	later := expr.NewCall(expr.Gt, types.BooleanType, at.Ref(), behind(before))
	n = adding(n, begins, expr.NewCall(expr.Case, begins.Type, later, one(begins.Type), expr.Lit(begins.Type, types.IntValue(0))))
	n = &logical.Over{
		Input: n, PartitionBy: w.PartitionBy, OrderBy: byTime, Unit: logical.Rows, From: all,
		Calls: []logical.OverCall{{Col: number, Func: "SUM", Args: []*expr.Expr{begins.Ref()}}},
	}

	last := column("$last", local)
	n = &logical.Over{
		Input: n, PartitionBy: append(w.PartitionBy[:len(w.PartitionBy):len(w.PartitionBy)], number), Unit: logical.Rows, From: all, To: all,
		Calls: []logical.OverCall{
			{Col: w.Start, Func: "MIN", Args: []*expr.Expr{at.Ref()}},
			{Col: last, Func: "MAX", Args: []*expr.Expr{at.Ref()}},
		},
	}
	millisecond := expr.Lit(types.DaySecond.NotNull(), types.IntValue(1))
	attr := expr.NewCall(expr.Sub, local, behind(last), millisecond)
	assigns := passing(w.Input.Columns())
	assigns = append(assigns, logical.Assign{Col: w.Start, Expr: w.Start.Ref()}, logical.Assign{Col: w.End, Expr: behind(last)},
		logical.Assign{Col: w.Attr, Expr: expr.NewCall(expr.Cast, w.Attr.Type, attr)})
	return &logical.Project{Input: n, Assigns: assigns}
}

func one(t types.Type) *expr.Expr { return expr.Lit(t, types.IntValue(1)) }

// adding computes one column more.
func adding(n logical.Node, c logical.Column, e *expr.Expr) logical.Node {
	return &logical.Project{Input: n, Assigns: append(passing(n.Columns()), logical.Assign{Col: c, Expr: e})}
}
