package implement

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

// boundedAggregate groups what comes in the order of its keys as it comes, and
// the rest by hash where that is enabled.
func (p *planner) boundedAggregate(g grouping, n *logical.Aggregate) (rel, error) {
	if p.enabled(SortAgg) {
		if in, order, sorted := p.together(g); sorted {
			return p.sortAggregate(g, n, in, order), nil
		}
	}
	switch {
	case p.enabled(HashAgg):
		return p.hashAggregate(g, n), nil
	case p.enabled(SortAgg):
		in, order, _ := p.together(g)
		return p.sortAggregate(g, n, p.sortedBy(in, order), order), nil
	}
	return rel{}, noneLeft("an aggregation", "HashAgg, SortAgg")
}

// together brings the rows of a group together, and says by what order they are
// grouped; sorted: they come in it.
func (p *planner) together(g grouping) (in rel, order []physical.SortKey, sorted bool) {
	keys := g.keyOrdinals()
	in = p.spread(g.in)
	if in.node.Traits.Parallelism == 1 {
		in = p.single(in)
	} else {
		in = p.hashed(in, keys)
	}
	if have, ok := in.keyOrder(keys); ok {
		return in, have, true
	}
	for _, k := range keys {
		order = append(order, physical.SortKey{Col: k, NullsFirst: true})
	}
	return in, order, false
}

// sortAggregate groups rows that come in an order of the keys.
func (p *planner) sortAggregate(g grouping, n *logical.Aggregate, in rel, order []physical.SortKey) rel {
	keys, cols := g.keyOrdinals(), g.columns(n)
	out := rel{node: p.make(&physical.SortAggregate{Keys: keys, Aggs: g.aggs}, cols, p.est.Rows(n), in.node), cols: cols}
	out.node.Traits.Order = order // the keys stand first on both sides
	out.node.Traits.UniqueKeys = [][]int{keys}
	return out
}
