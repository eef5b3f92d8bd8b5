package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// replicatedSetOp is INTERSECT ALL or EXCEPT ALL of changing tables: each row as
// often as its numbers in the inputs say, the least of them or what is left of the first.
func (p *planner) replicatedSetOp(n *logical.SetOp) (rel, error) {
	agg := p.counted(n)
	bigint := types.BigIntType.NotNull()
	var number *expr.Expr
	for i, c := range agg.Aggs {
		switch ref := c.Col.Ref(); {
		case i == 0:
			number = ref
		case n.Kind == logical.Except:
			number = expr.NewCall(expr.Sub, bigint, number, ref)
		default:
			less := expr.NewCall(expr.Lt, types.BooleanType.NotNull(), number, ref)
			number = expr.NewCall(expr.Case, bigint, less, number, ref)
		}
	}
	copies := p.newHidden(bigint)
	project := &logical.Project{Input: agg, Assigns: append(passing(n.Cols), logical.Assign{Col: copies, Expr: number})}
	some := expr.NewCall(expr.Gt, types.BooleanType.NotNull(), copies.Ref(), expr.Lit(bigint, types.IntValue(0)))
	in, err := p.visit(&logical.Filter{Input: project, Cond: some})
	if err != nil {
		return rel{}, err
	}
	in = p.ordered(in, append(n.Cols[:len(n.Cols):len(n.Cols)], copies))
	node := p.make(&physical.Replicate{}, n.Cols, p.est.Rows(n), in.node)
	node.Traits.Changelog = in.node.Traits.Changelog
	return rel{node: node, cols: n.Cols}, nil
}
