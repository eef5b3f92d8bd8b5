package engine

import (
	"encoding/json"
	"fmt"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/source"
	"github.com/weir-engine/weir/io/connector"
)

// hashJoin makes a hash join that narrows the scans of its own chain when its
// build side is finished.
func hashJoin(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	op := &physical.HashJoin{}
	if err := json.Unmarshal(spec.Params, op); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", spec.Name, spec.ID, err)
	}
	j := join.NewHash(op)
	j.OfferFilters(func(f physical.RuntimeFilter, b *join.Bounds) {
		if scan, ok := env.Chain[f.Scan].(*source.Source); ok {
			if b.Set != nil {
				scan.NarrowTo(&connector.Members{Column: f.Column, Low: b.Min.I, Bits: b.Set})
				return
			}
			if cond := condition(f.Column, b); cond != nil {
				scan.Narrow(cond)
			}
		}
	})
	return j, nil
}

// condition is what a build side's bounds say of a probe column.
func condition(column int, b *join.Bounds) *expr.Expr {
	col := expr.Col(column, "", b.Type)
	boolean := types.BooleanType
	switch {
	case b.Empty:
		return expr.Lit(boolean, types.BoolValue(false))
	case len(b.In) > 0:
		args := []*expr.Expr{col}
		for _, v := range b.In {
			args = append(args, expr.Lit(b.Type, v))
		}
		return expr.NewCall(expr.In, boolean, args...)
	}
	return expr.NewCall(expr.And, boolean,
		expr.NewCall(expr.Ge, boolean, col, expr.Lit(b.Type, b.Min)),
		expr.NewCall(expr.Le, boolean, col, expr.Lit(b.Type, b.Max)))
}
