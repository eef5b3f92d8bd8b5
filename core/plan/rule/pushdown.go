package rule

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
)

// pushdown moves predicates to where their columns are made: into joins as
// conditions, through projections and groupings, down to the scans.
func pushdown(n logical.Node, c Config) logical.Node { return pusher{c}.push(n, nil) }

type pusher struct{ config Config }

// push gives a plan equal to Filter(preds) over n.
func (p pusher) push(n logical.Node, preds []*expr.Expr) logical.Node {
	if slices.ContainsFunc(preds, neverTrue) {
		return &logical.Values{Cols: n.Columns()}
	}
	switch n := n.(type) {
	case *logical.Filter:
		return p.push(n.Input, append(p.split(n.Cond), preds...))
	case *logical.Project:
		return p.project(n, preds)
	case *logical.Join:
		return p.join(n, preds)
	case *logical.Aggregate:
		return p.aggregate(n, preds)
	case *logical.SetOp:
		return p.setOp(n, preds)
	case *logical.Over:
		return p.below(n, preds, idsOf(n.PartitionBy))
	case *logical.WindowTable:
		if n.Spec.Kind == logical.Session { // rows that are filtered out would part sessions
			return p.below(n, preds, idsOf(n.PartitionBy))
		}
		return p.below(n, preds, idsOf(n.Input.Columns()))
	case *logical.Correlate:
		return p.below(n, preds, idsOf(n.Pass))
	case *logical.Sort:
		if n.Limit < 0 && n.Offset == 0 {
			return n.WithInputs([]logical.Node{p.push(n.Input, preds)})
		}
	case *logical.Watermark:
		if !p.config.Streaming { // in streaming mode the rows that are filtered out tell time too
			return n.WithInputs([]logical.Node{p.push(n.Input, preds)})
		}
	}
	in := n.Inputs()
	if len(in) > 0 {
		out := make([]logical.Node, len(in))
		for i := range in {
			out[i] = p.push(in[i], nil)
		}
		n = n.WithInputs(out)
	}
	return withFilter(n, preds)
}

func neverTrue(e *expr.Expr) bool { return e.Op == expr.Literal && (e.Lit.Null || !e.Lit.Bool()) }

// split lists the conjuncts of a condition, with what all branches of an OR
// have in common taken out of it.
func (p pusher) split(cond *expr.Expr) []*expr.Expr {
	var out []*expr.Expr
	for _, c := range expr.Conjuncts(cond) {
		out = append(out, factorOr(c)...)
	}
	return out
}

// below pushes the predicates that use only some columns below n.
func (p pusher) below(n logical.Node, preds []*expr.Expr, cols idSet) logical.Node {
	var down, stay []*expr.Expr
	for _, e := range preds {
		if within(e, cols) && len(cols) > 0 && !expr.HasVolatile(e) {
			down = append(down, e)
		} else {
			stay = append(stay, e)
		}
	}
	down = append(down, impliedBySide(stay, cols)...)
	return withFilter(n.WithInputs([]logical.Node{p.push(n.Inputs()[0], down)}), stay)
}

func (p pusher) project(n *logical.Project, preds []*expr.Expr) logical.Node {
	by := map[int]*expr.Expr{}
	for _, a := range n.Assigns {
		by[a.Col.ID] = a.Expr
	}
	var down, stay []*expr.Expr
	for _, e := range preds {
		if s := substitute(e, by); !expr.HasVolatile(s) {
			down = append(down, expr.Fold(s, p.config.env())) // a column may have been a constant
		} else {
			stay = append(stay, e)
		}
	}
	return withFilter(n.WithInputs([]logical.Node{p.push(n.Input, down)}), stay)
}

func (p pusher) aggregate(n *logical.Aggregate, preds []*expr.Expr) logical.Node {
	keys := idsOf(n.Keys)
	if n.Sets != nil {
		keys = nil
	}
	return p.below(n, preds, keys)
}

func (p pusher) setOp(n *logical.SetOp, preds []*expr.Expr) logical.Node {
	ins := make([]logical.Node, len(n.Ins))
	for i, in := range n.Ins {
		by := map[int]*expr.Expr{}
		for k, c := range in.Columns() {
			by[n.Cols[k].ID] = c.Ref()
		}
		var down []*expr.Expr
		for _, e := range preds {
			down = append(down, substitute(e, by))
		}
		ins[i] = p.push(in, down)
	}
	return n.WithInputs(ins)
}

func (p pusher) join(n *logical.Join, preds []*expr.Expr) logical.Node {
	l, r := idsOf(n.Left.Columns()), idsOf(n.Right.Columns())
	kind := strengthen(n.Kind, preds, l, r)
	on := []*expr.Expr{}
	for _, c := range conjunctsOf(n.On) {
		on = append(on, factorOr(c)...)
	}
	if kind == logical.Inner {
		on, preds = append(on, preds...), nil
		on = append(on, impliedBySide(on, l)...)
		on = append(on, impliedBySide(on, r)...)
		on = transitive(on)
	}
	var left, right, stay, above []*expr.Expr
	for _, e := range on {
		switch {
		case within(e, r) && kind != logical.Right && kind != logical.Full && !n.NullAware && !expr.HasVolatile(e):
			right = append(right, e)
		case within(e, l) && (kind == logical.Inner || kind == logical.Semi || kind == logical.Right) && !expr.HasVolatile(e):
			left = append(left, e)
		default:
			stay = append(stay, e)
		}
	}
	for _, e := range preds {
		switch {
		case within(e, l) && kind != logical.Right && kind != logical.Full && !expr.HasVolatile(e):
			left = append(left, e)
		case within(e, r) && kind == logical.Right && !expr.HasVolatile(e):
			right = append(right, e)
		default:
			above = append(above, e)
		}
	}
	out := *n
	out.Kind, out.On = kind, nil
	out.Left, out.Right = p.push(n.Left, left), p.push(n.Right, right)
	if stay = distinct(stay); len(stay) > 0 {
		out.On = expr.AndAll(stay)
	}
	return withFilter(&out, above)
}

// distinct drops repeated conjuncts.
func distinct(es []*expr.Expr) []*expr.Expr {
	seen := map[string]bool{}
	var out []*expr.Expr
	for _, e := range es {
		if k := signature(e); !seen[k] {
			seen[k] = true
			out = append(out, e)
		}
	}
	return out
}

// strengthen turns an outer join whose padding the predicates above refuse into a narrower one.
func strengthen(kind logical.JoinKind, preds []*expr.Expr, l, r idSet) logical.JoinKind {
	leftPad, rightPad := kind == logical.Right || kind == logical.Full, kind == logical.Left || kind == logical.Full
	for _, e := range preds {
		leftPad = leftPad && !rejectsNull(e, l)
		rightPad = rightPad && !rejectsNull(e, r)
	}
	switch {
	case kind != logical.Left && kind != logical.Right && kind != logical.Full:
		return kind
	case leftPad && rightPad:
		return logical.Full
	case leftPad:
		return logical.Right
	case rightPad:
		return logical.Left
	}
	return logical.Inner
}

// rejectsNull reports a predicate that is not TRUE when all columns of a side are NULL.
func rejectsNull(e *expr.Expr, side idSet) bool {
	if e.Op != expr.Call {
		return false
	}
	switch e.Func {
	case expr.Eq, expr.Ne, expr.Lt, expr.Le, expr.Gt, expr.Ge, expr.Like:
		return nullFrom(e.Args[0], side) || nullFrom(e.Args[1], side)
	case expr.In, expr.IsNotNull:
		return nullFrom(e.Args[0], side)
	case expr.And:
		for _, a := range e.Args {
			if rejectsNull(a, side) {
				return true
			}
		}
	}
	return false
}

// nullFrom reports an expression that is NULL when all columns of a side are.
func nullFrom(e *expr.Expr, side idSet) bool {
	if e.Op == expr.Column {
		return side[e.Col]
	}
	if e.Op != expr.Call {
		return false
	}
	switch e.Func {
	case expr.Add, expr.Sub, expr.Mul, expr.Div, expr.Mod, expr.Negate, expr.Cast:
		for _, a := range e.Args {
			if nullFrom(a, side) {
				return true
			}
		}
	}
	return false
}
