package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
)

// fold evaluates constant expressions once. In streaming mode what depends on
// the clock is left to each row.
func fold(root logical.Node, c Config) logical.Node {
	env := c.env()
	one := func(e *expr.Expr) *expr.Expr {
		if e == nil {
			return nil
		}
		return expr.Fold(e, env)
	}
	return rewrite(root, func(n logical.Node) logical.Node { return mapExprs(n, one) })
}

func (c Config) env() *kernel.Env {
	if c.Env == nil {
		return &kernel.Env{}
	}
	return c.Env
}

// mapExprs rebuilds a node with each of its own expressions mapped.
func mapExprs(n logical.Node, f func(*expr.Expr) *expr.Expr) logical.Node {
	switch n := n.(type) {
	case *logical.Filter:
		return &logical.Filter{Input: n.Input, Cond: f(n.Cond)}
	case *logical.Project:
		out := &logical.Project{Input: n.Input}
		for _, a := range n.Assigns {
			out.Assigns = append(out.Assigns, logical.Assign{Col: a.Col, Expr: f(a.Expr)})
		}
		return out
	case *logical.Join:
		c := *n
		c.On = f(n.On)
		return &c
	case *logical.Correlate:
		c := *n
		c.Args = nil
		for _, x := range n.Args {
			c.Args = append(c.Args, f(x))
		}
		return &c
	case *logical.Aggregate:
		c := *n
		c.Aggs = append([]logical.AggCall(nil), n.Aggs...)
		for i := range c.Aggs {
			a := &c.Aggs[i]
			args := a.Args
			a.Args = nil
			for _, x := range args {
				a.Args = append(a.Args, f(x))
			}
			a.Filter = f(a.Filter)
		}
		return &c
	}
	return n
}
