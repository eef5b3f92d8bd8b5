package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func (p *planner) aggregate(n *logical.Aggregate) (rel, error) {
	for _, a := range n.Aggs {
		if len(a.OrderBy) > 0 {
			return rel{}, sqlerr.Unsupported(a.OrderBy[0].Expr.Pos, "ORDER BY inside "+a.Func)
		}
	}
	if f, ok := foldWindow(n); ok && p.cfg.Streaming {
		return p.foldedWindow(n, f)
	}
	in, err := p.visit(n.Input)
	if err != nil {
		return rel{}, err
	}
	if p.cfg.Streaming && n.Sets == nil && in.win != nil {
		if keys, props, ok := splitKeys(n.Keys, in.win); ok {
			return p.attachedWindow(n, in, keys, props)
		}
	}
	g, err := p.grouped(in, n.Keys, n.Aggs)
	if err != nil {
		return rel{}, err
	}
	if n.Sets != nil && p.groupsFirst(g, n) {
		return p.expandGroups(g, n), nil
	}
	if n.Sets != nil {
		p.expand(&g, n)
	}
	if p.cfg.Streaming {
		return p.groupAggregate(g, n)
	}
	return p.boundedAggregate(g, n)
}

// grouping is the input of an aggregation: keys first, then what the aggregates take.
type grouping struct {
	in   rel
	keys []logical.Column
	aggs []physical.Agg
}

// grouped projects the input to keys, arguments and filters, each once.
func (p *planner) grouped(in rel, keys []logical.Column, calls []logical.AggCall) (grouping, error) {
	g := grouping{keys: keys}
	var list []*expr.Expr
	var cols []logical.Column
	seen := map[string]int{}
	place := func(e *expr.Expr, col logical.Column) (int, error) {
		b, err := in.bind(e)
		if err != nil {
			return 0, err
		}
		k := logical.FormatExpr(b) + " " + b.Type.String()
		if at, ok := seen[k]; ok {
			return at, nil
		}
		seen[k] = len(list)
		list, cols = append(list, b), append(cols, col)
		return len(list) - 1, nil
	}
	for _, k := range keys {
		if _, err := place(k.Ref(), k); err != nil {
			return g, err
		}
	}
	argument := func(e *expr.Expr) (int, error) {
		if at := in.at(e.Col); e.Op == expr.Column && at >= 0 {
			return place(e, in.cols[at])
		}
		return place(e, p.newHidden(e.Type))
	}
	for _, c := range calls {
		a := physical.Agg{Func: c.Func, Distinct: c.Distinct, Filter: -1, Type: c.Col.Type}
		for _, e := range c.Args {
			at, err := argument(e)
			if err != nil {
				return g, err
			}
			a.Args, a.ArgTypes = append(a.Args, at), append(a.ArgTypes, e.Type)
		}
		if c.Filter != nil {
			at, err := argument(c.Filter)
			if err != nil {
				return g, err
			}
			a.Filter = at
		}
		g.aggs = append(g.aggs, a)
	}
	g.in = in
	if len(list) > 0 { // else rows are counted only, whatever they are
		g.in = p.calc(in, nil, list, cols)
	}
	return g, nil
}

// expand repeats each row once a grouping set: the keys that are not in the set
// are NULL, and the set's number is a key more. Aggregates read copies of the keys.
func (p *planner) expand(g *grouping, n *logical.Aggregate) {
	old := g.in
	k := len(n.Keys)
	cols := make([]logical.Column, 0, len(old.cols)+k+1)
	for _, c := range n.Keys {
		c.Type.Nullable = true
		cols = append(cols, c)
	}
	cols = append(cols, n.SetID)
	for _, c := range old.cols {
		cols = append(cols, p.newHidden(c.Type))
	}
	var projects [][]*expr.Expr
	for id, set := range n.Sets {
		row := make([]*expr.Expr, 0, len(cols))
		for i := range n.Keys {
			row = append(row, expr.Lit(cols[i].Type, types.NullValue()))
		}
		for _, i := range set {
			row[i] = expr.Col(i, n.Keys[i].Name, n.Keys[i].Type)
		}
		row = append(row, expr.Lit(n.SetID.Type, types.IntValue(int64(id))))
		for i, c := range old.cols {
			row = append(row, expr.Col(i, c.Name, c.Type))
		}
		projects = append(projects, row)
	}
	node := p.make(&physical.Expand{Projects: projects}, cols, old.node.Traits.Rows*float64(len(n.Sets)), old.node)
	node.Traits.Changelog, node.Traits.Dist = old.node.Traits.Changelog, physical.Distribution{}
	g.in = rel{node: node, cols: cols}
	g.keys = cols[:k+1]
	for i := range g.aggs {
		a := &g.aggs[i]
		for j := range a.Args {
			a.Args[j] += k + 1
		}
		if a.Filter >= 0 {
			a.Filter += k + 1
		}
	}
}

func (g grouping) keyOrdinals() []int { return upTo(len(g.keys)) }

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (g grouping) columns(n *logical.Aggregate) []logical.Column {
	cols := append([]logical.Column(nil), g.keys...)
	for _, a := range n.Aggs {
		cols = append(cols, a.Col)
	}
	return cols
}

func (g grouping) distinct() bool {
	for _, a := range g.aggs {
		if a.Distinct {
			return true
		}
	}
	return false
}

// hashAggregate chooses the phases of a bounded aggregation.
func (p *planner) hashAggregate(g grouping, n *logical.Aggregate) rel {
	keys, cols, groups := g.keyOrdinals(), g.columns(n), p.est.Rows(n)
	op := &physical.HashAggregate{Keys: keys, Aggs: g.aggs, Groups: groups}
	g.in = p.spread(g.in)
	in := g.in
	op.Rows = in.node.Traits.Rows
	switch {
	case in.node.Traits.Parallelism == 1:
	case !p.cfg.Network:
		op.Phase = physical.Shared
	case g.distinct():
		in = p.hashed(in, keys)
	default:
		in = p.partial(g, groups)
		in = p.hashed(in, keys)
		op.Phase = physical.Final
	}
	out := rel{node: p.make(op, cols, groups, in.node), cols: cols}
	t := &out.node.Traits
	t.Dist = physical.Distribution{}
	if in.node.Traits.Parallelism == 1 {
		t.Dist.Kind = physical.Single
	}
	t.UniqueKeys = [][]int{keys}
	return out
}

// partial aggregates where the rows are: keys, then one column of states.
func (p *planner) partial(g grouping, groups float64) rel {
	cols := append(append([]logical.Column(nil), g.keys...), p.newHidden(types.BytesType.NotNull()))
	op := &physical.HashAggregate{Keys: g.keyOrdinals(), Aggs: g.aggs, Phase: physical.Partial, Groups: groups, Rows: g.in.node.Traits.Rows}
	return rel{node: p.make(op, cols, groups*float64(p.cfg.Parallelism), g.in.node), cols: cols}
}

// groupAggregate keeps groups in state and emits a changelog.
func (p *planner) groupAggregate(g grouping, n *logical.Aggregate) (rel, error) {
	keys, cols := g.keyOrdinals(), g.columns(n)
	in := p.hashed(g.in, keys)
	op := &physical.GroupAggregate{Keys: keys, Aggs: g.aggs, Retracts: in.node.Traits.Changelog != physical.InsertOnly, StateTTL: p.ttl(n.TTL)}
	out := rel{node: p.make(op, cols, p.est.Rows(n), in.node), cols: cols}
	t := &out.node.Traits
	t.UniqueKeys = [][]int{keys}
	if len(g.aggs) > 0 || op.Retracts || len(keys) == 0 {
		t.Changelog, t.UpsertKey = physical.Retract, keys
	}
	return out, nil
}
