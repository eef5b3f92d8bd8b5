package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
)

// correlate computes the arguments below the operator, which then names columns only.
func (p *planner) correlate(n *logical.Correlate) (rel, error) {
	in, err := p.visit(n.Input)
	if err != nil {
		return rel{}, err
	}
	in, args, err := p.extend(in, n.Args)
	if err != nil {
		return rel{}, err
	}
	cols := n.Columns()
	if n.Asked != nil {
		if c := in.node.Traits.Changelog; c != physical.InsertOnly {
			return rel{}, sqlerr.New(sqlerr.FeatureNotSupported, n.Pos, "a lookup join takes new rows only: a changed row might find another row of %s than the one that it was joined with", n.Asked.Table.Name)
		}
	}
	op := &physical.Correlate{Func: n.Func, Args: args, Result: n.Result, Outer: n.Outer, Pass: in.ordinals(n.Pass), Columns: n.Ordinals}
	node := p.make(correlated(n, op), cols, p.est.Rows(n), in.node)
	project := make([]*expr.Expr, len(cols))
	for i, c := range cols {
		project[i] = expr.NewCall(n.Func, c.Type)
		if i < len(op.Pass) {
			project[i] = expr.Col(op.Pass[i], c.Name, c.Type)
		}
	}
	p.calcTraits(node, in.node.Traits, project)
	// A key of the input names several rows now, and a change of one row may leave fewer of them.
	node.Traits.UniqueKeys, node.Traits.UpsertKey = nil, nil
	return rel{node: node, cols: cols, win: in.win.through(in, project, cols)}, nil
}

// correlated is the operator: of a lookup it asks the table's system.
func correlated(n *logical.Correlate, op *physical.Correlate) physical.Op {
	if n.Asked == nil {
		return op
	}
	l := &physical.LookupJoin{Table: n.Asked.Table, Args: op.Args, Keys: n.Asked.Keys, Outer: op.Outer, Pass: op.Pass, Columns: op.Columns}
	if n.Asked.Info != nil {
		l.Cache = n.Asked.Info.Cache
	}
	return l
}
