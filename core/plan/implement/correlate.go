package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
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
	op := &physical.Correlate{Func: n.Func, Args: args, Result: n.Result, Outer: n.Outer, Pass: in.ordinals(n.Pass), Columns: n.Ordinals}
	node := p.make(op, cols, p.est.Rows(n), in.node)
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
