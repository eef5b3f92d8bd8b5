package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
)

// splitDistinct makes two groupings of one whose aggregates all are DISTINCT of
// the same column: first by keys and column, then by keys. Both spread over
// subtasks and neither keeps sets.
//
//	COUNT(DISTINCT v) GROUP BY k  →  COUNT(v) GROUP BY k over GROUP BY k, v
func splitDistinct(root logical.Node, ids *logical.Ids) logical.Node {
	return rewrite(root, func(n logical.Node) logical.Node {
		a, ok := n.(*logical.Aggregate)
		if !ok || !oneDistinct(a) {
			return n
		}
		arg := a.Aggs[0].Args[0]
		col := logical.Column{ID: ids.Next(), Name: "$distinct", Type: arg.Type}
		below := &logical.Project{Input: a.Input, Assigns: append(passing(a.Keys), logical.Assign{Col: col, Expr: arg})}
		inner := &logical.Aggregate{Input: below, Keys: append(append([]logical.Column(nil), a.Keys...), col)}
		outer := *a
		outer.Input, outer.Aggs = inner, nil
		for _, c := range a.Aggs {
			c.Distinct = false
			c.Args = append(c.Args[:0:0], c.Args...)
			c.Args[0] = col.Ref()
			outer.Aggs = append(outer.Aggs, c)
		}
		return &outer
	})
}

// oneDistinct reports aggregates that all are DISTINCT of one expression, without FILTER.
func oneDistinct(a *logical.Aggregate) bool {
	if len(a.Aggs) == 0 || a.Sets != nil {
		return false
	}
	first := a.Aggs[0]
	for _, c := range a.Aggs {
		if !c.Distinct || c.Filter != nil || len(c.Args) != 1 || len(c.OrderBy) > 0 ||
			expr.HasVolatile(c.Args[0]) || signature(c.Args[0]) != signature(first.Args[0]) {
			return false
		}
	}
	return true
}
