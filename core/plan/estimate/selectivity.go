package estimate

import (
	"math"
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// Shares of rows that pass a predicate of which nothing is known.
const (
	equalShare   = 0.05
	rangeShare   = 0.33
	likeShare    = 0.05
	unknownShare = 0.25
)

// Selectivity is the share of rows for which a condition is TRUE.
func (e *Estimator) Selectivity(c *expr.Expr) float64 {
	if c == nil {
		return 1
	}
	if c.Op != expr.Call {
		return unknownShare
	}
	switch c.Func {
	case expr.And:
		return e.conjunction(c.Args)
	case expr.Or:
		miss := 1.0
		for _, a := range c.Args {
			miss *= 1 - e.Selectivity(a)
		}
		return 1 - miss
	case expr.Not:
		return 1 - e.Selectivity(c.Args[0])
	case expr.Eq:
		return e.equal(c.Args[0], c.Args[1])
	case expr.Ne:
		return 1 - e.equal(c.Args[0], c.Args[1])
	case expr.Lt, expr.Le:
		return e.below(c.Args[0], c.Args[1])
	case expr.Gt, expr.Ge:
		return e.below(c.Args[1], c.Args[0])
	case expr.In:
		return math.Min(1, float64(len(c.Args)-1)*e.equal(c.Args[0], c.Args[1]))
	case expr.Like:
		return like(c)
	case expr.IsNull:
		return 0.05
	case expr.IsNotNull:
		return 0.95
	}
	return unknownShare
}

// conjunction multiplies, but takes the two ends of a range of one column
// together: where both are places between its least and greatest value, what lies between them.
func (e *Estimator) conjunction(args []*expr.Expr) float64 {
	share := 1.0
	lower, upper := map[int]float64{}, map[int]float64{}
	for _, a := range args {
		ends := lower
		id, isUpper, ok := end(a)
		if isUpper {
			ends = upper
		}
		s := e.Selectivity(a)
		switch old, seen := ends[id]; {
		case !ok:
			share *= s
		case !seen || s < old:
			ends[id] = s
		}
	}
	for id, l := range lower {
		if u, ok := upper[id]; ok {
			l = math.Max(l+u-1, e.leastRange(id, l*u))
			delete(upper, id)
		}
		share *= l
	}
	for _, u := range upper {
		share *= u
	}
	return share
}

// leastRange is the share of rows that a range of a column has at least: that
// of one value, where something is known of them.
func (e *Estimator) leastRange(id int, product float64) float64 {
	c := e.columns[id]
	if c.Stats.Min == nil || c.Stats.Max == nil || c.Distinct == 0 {
		return product * 0.1
	}
	return 1 / c.Distinct
}

// end recognises column < constant and its like: an upper end, or a lower one.
func end(c *expr.Expr) (id int, upper, ok bool) {
	if c.Op != expr.Call || len(c.Args) != 2 {
		return 0, false, false
	}
	a, b := c.Args[0], c.Args[1]
	less := c.Func == expr.Lt || c.Func == expr.Le
	if !less && c.Func != expr.Gt && c.Func != expr.Ge {
		return 0, false, false
	}
	if a.Op == expr.Literal {
		a, b, less = b, a, !less
	}
	return a.Col, less, a.Op == expr.Column && b.Op == expr.Literal
}

func like(c *expr.Expr) float64 {
	if p := c.Args[1]; p.Op == expr.Literal && !strings.HasPrefix(p.Lit.Str(), "%") {
		return likeShare / 2
	}
	return likeShare
}

func (e *Estimator) equal(a, b *expr.Expr) float64 {
	for _, x := range []*expr.Expr{a, b} {
		if x.Op == expr.Column {
			if d := e.columns[x.Col].Distinct; d > 0 {
				return 1 / d
			}
		}
	}
	return equalShare
}

// below is the share of rows with a < b, by where a constant lies between the ends of a column.
func (e *Estimator) below(a, b *expr.Expr) float64 {
	if a.Op == expr.Column && b.Op == expr.Literal {
		if f, ok := e.position(a, b); ok {
			return f
		}
	}
	if b.Op == expr.Column && a.Op == expr.Literal {
		if f, ok := e.position(b, a); ok {
			return 1 - f
		}
	}
	return rangeShare
}

// position is where a constant lies between a column's least and greatest value, from 0 to 1.
func (e *Estimator) position(col, lit *expr.Expr) (float64, bool) {
	s := e.columns[col.Col].Stats
	if s.Min == nil || s.Max == nil || lit.Lit.Null || !comparable(col.Type, lit.Type) {
		return 0, false
	}
	lo, hi, x := number(col.Type, *s.Min), number(col.Type, *s.Max), number(lit.Type, *lit.Lit)
	if hi <= lo {
		return 0, false
	}
	return math.Min(1, math.Max(0.001, (x-lo)/(hi-lo))), true
}

func comparable(a, b types.Type) bool {
	return a.Kind == b.Kind && a.Scale == b.Scale && a.Precision == b.Precision && !a.IsString() && !a.IsBinary()
}

func number(t types.Type, v types.Value) float64 {
	switch t.Phys() {
	case types.PhysFloat32, types.PhysFloat64:
		return v.Float()
	case types.PhysInt128:
		return float64(v.Hi)*math.Exp2(64) + float64(uint64(v.I))
	}
	return float64(v.I)
}
