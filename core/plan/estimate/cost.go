package estimate

import (
	"math"

	"github.com/weir-engine/weir/core/plan/logical"
)

// Cost is what a plan costs to run, in rows handled, a row of a scan being 1. It
// weighs whole plans against each other; what a Shared reads is not counted with it.
func (e *Estimator) Cost(n logical.Node) float64 {
	cost, in := 0.0, 0.0
	for _, i := range n.Inputs() {
		cost += e.Cost(i)
		in += e.Rows(i)
	}
	switch n := n.(type) {
	case *logical.Filter, *logical.Project, *logical.Correlate, *logical.WindowTable:
		return cost + 0.2*in
	case *logical.Join:
		l, r := e.Rows(n.Left), e.Rows(n.Right)
		return cost + math.Max(l, r) + 2*math.Min(l, r) + 0.5*e.Rows(n)
	case *logical.Aggregate:
		return cost + 1.5*in + e.Rows(n)
	case *logical.Sort, *logical.Over:
		return cost + 3*in
	case *logical.SetOp:
		if n.All && n.Kind == logical.Union {
			return cost
		}
		return cost + 1.5*in
	case *logical.Scan:
		return cost + e.Rows(n)
	case *logical.Shared:
		return cost + 0.5*e.Rows(n)
	}
	return cost
}
