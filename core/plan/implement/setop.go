package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

func (p *planner) setOp(n *logical.SetOp) (rel, error) {
	switch {
	case n.Kind == logical.Union && n.All:
		return p.unionAll(n)
	case n.Kind == logical.Union:
		all := *n
		all.All = true
		return p.visit(&logical.Aggregate{Input: &all, Keys: n.Cols})
	case n.All && p.cfg.Streaming:
		return p.replicatedSetOp(n)
	case n.All:
		return p.visit(p.numberedSetOp(n))
	}
	return p.visit(p.countedSetOp(n))
}

func (p *planner) unionAll(n *logical.SetOp) (rel, error) {
	var ins []rel
	for _, in := range n.Ins {
		r, err := p.visit(in)
		if err != nil {
			return rel{}, err
		}
		r = p.ordered(r, in.Columns())
		r.cols = n.Cols
		ins = append(ins, r)
	}
	return p.union(ins, n.Cols), nil
}

// union merges inputs whose columns stand alike.
func (p *planner) union(ins []rel, cols []logical.Column) rel {
	if len(ins) == 1 {
		return ins[0]
	}
	nodes := make([]*physical.Node, len(ins))
	rows, parallelism := 0.0, 1
	changelog, times := physical.InsertOnly, ins[0].node.Traits.Times
	for i, in := range ins {
		t := in.node.Traits
		nodes[i] = in.node
		rows += t.Rows
		parallelism = max(parallelism, t.Parallelism)
		changelog = max(changelog, t.Changelog)
		times = slices.DeleteFunc(slices.Clone(times), func(c int) bool { return !t.IsTime(c) })
	}
	node := p.make(&physical.Union{}, cols, rows, nodes...)
	node.Traits.Parallelism, node.Traits.Changelog, node.Traits.Times = parallelism, changelog, times
	node.Traits.Dist = physical.Distribution{}
	return rel{node: node, cols: cols}
}

// countedSetOp is INTERSECT or EXCEPT as a grouping: rows of all inputs, with
// the number of the input, grouped by all columns; a group stays for what it
// has of each input. Grouping takes NULLs as equal, as set operations do.
func (p *planner) countedSetOp(n *logical.SetOp) logical.Node {
	agg := p.counted(n)
	var conds []*expr.Expr
	for i, c := range agg.Aggs {
		op := expr.Gt
		if i > 0 && n.Kind == logical.Except {
			op = expr.Eq
		}
		conds = append(conds, expr.NewCall(op, types.BooleanType.NotNull(), c.Col.Ref(), expr.Lit(c.Col.Type, types.IntValue(0))))
	}
	filter := &logical.Filter{Input: agg, Cond: expr.AndAll(conds)}
	return &logical.Project{Input: filter, Assigns: passing(n.Cols)}
}

// counted groups the rows of all inputs and counts those of each.
func (p *planner) counted(n *logical.SetOp) *logical.Aggregate {
	tag := p.newHidden(types.IntType.NotNull())
	all := &logical.SetOp{Kind: logical.Union, All: true, Cols: append(append([]logical.Column(nil), n.Cols...), tag)}
	agg := &logical.Aggregate{Input: all, Keys: n.Cols}
	count := types.BigIntType.NotNull()
	for i, in := range n.Ins {
		assigns := passing(in.Columns())
		number := expr.Lit(tag.Type, types.IntValue(int64(i)))
		assigns = append(assigns, logical.Assign{Col: p.newHidden(tag.Type), Expr: number})
		all.Ins = append(all.Ins, &logical.Project{Input: in, Assigns: assigns})
		col := p.newHidden(count)
		agg.Aggs = append(agg.Aggs, logical.AggCall{
			Col: col, Func: "COUNT",
			Filter: expr.NewCall(expr.Eq, types.BooleanType.NotNull(), tag.Ref(), number),
		})
	}
	return agg
}

// numberedSetOp is INTERSECT ALL or EXCEPT ALL as the operation without ALL over
// rows that are numbered among their equals.
func (p *planner) numberedSetOp(n *logical.SetOp) logical.Node {
	number := types.BigIntType.NotNull()
	out := &logical.SetOp{Kind: n.Kind, Cols: append(append([]logical.Column(nil), n.Cols...), p.newHidden(number))}
	for _, in := range n.Ins {
		out.Ins = append(out.Ins, &logical.Over{
			Input: in, PartitionBy: in.Columns(),
			From: logical.Bound{Unbounded: true}, Calls: []logical.OverCall{{Col: p.newHidden(number), Func: "ROW_NUMBER"}},
		})
	}
	return &logical.Project{Input: out, Assigns: passing(n.Cols)}
}

func passing(cols []logical.Column) []logical.Assign {
	out := make([]logical.Assign, len(cols))
	for i, c := range cols {
		out[i] = logical.Assign{Col: c, Expr: c.Ref()}
	}
	return out
}
