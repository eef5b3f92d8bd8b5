package engine

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join"
	"github.com/weir-engine/weir/exec/operator/order"
	"github.com/weir-engine/weir/exec/operator/source"
	"github.com/weir-engine/weir/io/connector"
)

// hashJoin makes a hash join that narrows the scans of its own chain when its
// build side is finished.
func hashJoin(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	op, err := params[physical.HashJoin](spec)
	if err != nil {
		return nil, err
	}
	j := join.NewHash(op)
	j.OfferFilters(func(f physical.RuntimeFilter, b *join.Bounds) {
		if scan, ok := env.Chain[f.Scan].(*source.Source); ok {
			if b.Set != nil {
				scan.NarrowTo(&connector.Members{Column: f.Column, Low: b.Min.I, Bits: b.Set})
				return
			}
			if cond := condition(f.Column, b); cond != nil {
				scan.Narrow(cond, nil)
			}
		}
	})
	return j, nil
}

// sortLimit makes a Top-N that narrows the scan of its own chain each time that
// it has its rows and knows the last of them better.
func sortLimit(spec *graph.OperatorSpec, env *graph.Env) (operator.Operator, error) {
	op, err := params[physical.SortLimit](spec)
	if err != nil {
		return nil, err
	}
	s := order.NewSortLimit(op)
	for _, f := range op.RuntimeFilters {
		scan, ok := env.Chain[f.Scan].(*source.Source)
		if !ok {
			continue
		}
		key := op.Keys[f.Key]
		only := len(op.Keys) == 1
		var before *expr.Expr
		s.OfferLast(func(t types.Type, last types.Value) {
			if cond := beforeLast(f.Column, key, only, t, last); cond != nil {
				scan.Narrow(cond, before)
				before = cond
			}
		})
	}
	return s, nil
}

// beforeLast is what rows that may still come among the first must fulfil, when
// the first key of the last of them is known. Rows with the same key are too late
// where there is no other key to tell them apart. nil: there is nothing to say.
func beforeLast(column int, key physical.SortKey, only bool, t types.Type, last types.Value) *expr.Expr {
	col, boolean := expr.Col(column, "", t), types.BooleanType
	null := expr.NewCall(expr.IsNull, boolean, col)
	if last.Null {
		if key.NullsFirst && !only {
			return null
		}
		return nil
	}
	op := expr.Le
	switch {
	case key.Desc && only:
		op = expr.Gt
	case key.Desc:
		op = expr.Ge
	case only:
		op = expr.Lt
	}
	cond := expr.NewCall(op, boolean, col, expr.Lit(t, last))
	if t.Nullable && key.NullsFirst {
		return expr.NewCall(expr.Or, boolean, null, cond)
	}
	return cond
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
