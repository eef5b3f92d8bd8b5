package implement

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
)

// root implements a statement: its sink, or the client.
func (p *planner) root(n logical.Node) (*physical.Node, error) {
	if s, ok := n.(*logical.Sink); ok {
		return p.sink(s)
	}
	r, err := p.outermost(n)
	if err != nil {
		return nil, err
	}
	r = p.ordered(r, n.Columns())
	ordered := hasOrder(n) && r.node.Traits.Parallelism == 1
	out := p.on(r, &physical.Collect{Ordered: ordered}, r.node.Traits.Rows)
	return out.node, nil
}

// hasOrder reports a query that ends in ORDER BY.
func hasOrder(n logical.Node) bool {
	if pr, ok := n.(*logical.Project); ok {
		n = pr.Input
	}
	s, ok := n.(*logical.Sort)
	return ok && len(s.Keys) > 0
}

// outermost implements a query whose order is seen.
func (p *planner) outermost(n logical.Node) (rel, error) {
	switch n := n.(type) {
	case *logical.Sort:
		return p.ordering(n)
	case *logical.Project:
		if s, ok := n.Input.(*logical.Sort); ok {
			in, err := p.ordering(s)
			if err != nil {
				return rel{}, err
			}
			return p.projectOver(n, in)
		}
	}
	return p.visit(n)
}

func (p *planner) sink(n *logical.Sink) (*physical.Node, error) {
	r, err := p.outermost(n.Input)
	if err != nil {
		return nil, err
	}
	r = p.ordered(r, n.Input.Columns())
	op := &physical.Sink{Table: n.Table, Overwrite: n.Overwrite, Partition: n.Partition}
	op.Upsert = sinkKey(n)
	if n.Overwrite && p.cfg.Streaming {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "INSERT OVERWRITE is not supported in streaming mode")
	}
	info := n.Info
	if info != nil && info.MustBound && !r.node.Traits.Bounded {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "table %s takes only queries that end", n.Table.Name)
	}
	if t := r.node.Traits; t.Changelog != physical.InsertOnly {
		if info == nil || !info.TakesUpdates {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "table %s takes only new rows, but the query also changes rows it has emitted", n.Table.Name).
				WithHint("aggregate by windows, or write to a table of a connector that takes updates, such as print")
		}
		if len(op.Upsert) > 0 && !info.NeedsBefore && !keyed(t, op.Upsert) {
			r = p.hashed(r, op.Upsert)
			r = p.on(r, &physical.SinkMaterializer{Keys: op.Upsert, StateTTL: p.cfg.StateTTL}, t.Rows)
			r.node.Traits.UpsertKey = op.Upsert
		}
	}
	return p.on(p.dealt(r, info), op, r.node.Traits.Rows).node, nil
}

// dealt brings rows to the subtasks that a sink wants them in.
func (p *planner) dealt(r rel, info *catalog.SinkInfo) rel {
	if info == nil || r.node.Traits.Changelog != physical.InsertOnly {
		return r
	}
	n := p.cfg.Parallelism
	if info.Parallelism > 0 {
		n = info.Parallelism
	}
	switch {
	case len(info.HashBy) > 0:
		return p.exchange(r, physical.Distribution{Kind: physical.Hash, Keys: info.HashBy}, n)
	case info.Parallelism > 0 && info.Parallelism != r.node.Traits.Parallelism:
		return p.exchange(r, physical.Distribution{Kind: physical.Rebalance}, n)
	}
	return r
}

// keyed reports that all changes of one sink key come from one row of the query.
func keyed(t physical.Traits, key []int) bool {
	if t.UpsertKey != nil && subset(t.UpsertKey, key) {
		return true
	}
	return within(t.UniqueKeys, key) != nil
}

// sinkKey is the table's primary key as ordinals of its persisted columns.
func sinkKey(n *logical.Sink) []int {
	var key []int
	for _, k := range n.Table.PrimaryKey {
		for i, c := range n.Table.Persisted() {
			if c == k {
				key = append(key, i)
			}
		}
	}
	return key
}
