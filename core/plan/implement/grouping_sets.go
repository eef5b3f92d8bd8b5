package implement

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

// fewGroups is how many times fewer groups than rows there must be for grouping
// by all keys before the rows are repeated for each grouping set.
const fewGroups = 2

// groupsFirst reports that rows are to be grouped by all keys first: what is then
// repeated for each set is a group's states, and the sets are grouped of those.
func (p *planner) groupsFirst(g grouping, n *logical.Aggregate) bool {
	return !p.cfg.Streaming && p.enabled(HashAgg) && !g.distinct() && len(n.Sets) > 1 &&
		p.est.Rows(n)*fewGroups < g.in.node.Traits.Rows
}

// expandGroups is partial groups by all keys → one copy a grouping set → groups of each set.
func (p *planner) expandGroups(g grouping, n *logical.Aggregate) rel {
	groups := p.est.Rows(n)
	g.in = p.spread(g.in)
	aggs := g.aggs
	g.in = p.partial(g, groups)
	g.aggs = nil // they are in the states
	p.expand(&g, n)
	keys := g.keyOrdinals()
	in := g.in
	if in.node.Traits.Parallelism > 1 {
		in = p.hashed(in, keys)
	}
	sets := groups * float64(len(n.Sets))
	g.aggs = aggs
	cols := g.columns(n)
	op := &physical.HashAggregate{Keys: keys, Aggs: g.aggs, Phase: physical.Final, Groups: sets, Rows: in.node.Traits.Rows}
	out := rel{node: p.make(op, cols, sets, in.node), cols: cols}
	t := &out.node.Traits
	t.Dist = physical.Distribution{}
	if in.node.Traits.Parallelism == 1 {
		t.Dist.Kind = physical.Single
	}
	t.UniqueKeys = [][]int{keys}
	return out
}
