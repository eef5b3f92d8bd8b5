package estimate

import (
	"math"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
)

// Join is the rows of a join of l and r rows.
func (e *Estimator) Join(kind logical.JoinKind, l, r float64, n *logical.Join) float64 {
	both := l * r * e.Selectivities(expr.Conjuncts(n.On), l, r)
	switch kind {
	case logical.Left:
		return math.Max(both, l)
	case logical.Right:
		return math.Max(both, r)
	case logical.Full:
		return math.Max(both, l+r)
	case logical.Semi:
		return math.Min(l, both)
	case logical.Anti:
		return math.Max(l*0.1, l-both)
	case logical.Mark, logical.Single:
		return l
	}
	return both
}

// Selectivities is the share of pairs that pass all conjuncts of a join of l and
// r rows. Keys of several columns are seldom independent: together they are
// taken to find at least one match in the greater side.
func (e *Estimator) Selectivities(on []*expr.Expr, l, r float64) float64 {
	sel, keys, equalities := 1.0, 1.0, 0
	for _, c := range on {
		s := e.JoinSelectivity(c, l, r)
		if c.Op == expr.Call && c.Func == expr.Eq {
			keys *= s
			equalities++
		} else {
			sel *= s
		}
	}
	if equalities > 1 {
		keys = math.Max(keys, 1/math.Max(1, math.Max(l, r)))
	}
	return sel * keys
}

// JoinSelectivity is the share of pairs that pass one conjunct of a join of l and r rows.
func (e *Estimator) JoinSelectivity(c *expr.Expr, l, r float64) float64 {
	if c.Op == expr.Call && (c.Func == expr.Eq || c.Func == expr.IsNotDistinct) && c.Args[0].Op == expr.Column && c.Args[1].Op == expr.Column {
		// Keys of the smaller side are contained in the greater.
		a, b := e.columns[c.Args[0].Col].Distinct, e.columns[c.Args[1].Col].Distinct
		if d := math.Max(a, b); d > 0 {
			return 1 / d
		}
		return 1 / math.Max(1, math.Max(l, r))
	}
	if c.Op == expr.Call && c.Func == expr.Ne {
		return 0.9
	}
	return e.Selectivity(c)
}
