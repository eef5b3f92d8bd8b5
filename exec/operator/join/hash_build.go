package join

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// keep copies a build batch into the store, or to disk.
func (j *Hash) keep(b *stream.Batch) error {
	valid := j.buildCols.set(b.Cols, j.buildKeys, b.Rows, b.Sel)
	sel := b.Sel
	if sel == nil {
		sel = kernel.Iota(b.Rows)
	}
	if !j.kind.buildLone && !j.countsKeyless() {
		sel = valid // rows that match nothing and are asked for by nobody
	}
	if len(sel) == 0 {
		return nil
	}
	if j.disk == nil {
		if !j.wantsSpill() && j.store.append(b, j.buildCols, sel, valid) {
			return nil
		}
		if err := j.spill(); err != nil {
			return err
		}
	}
	return j.disk.keep(b, sel, j.buildCols.hashes, len(sel)-len(valid))
}

// countsKeyless reports that build rows with a NULL key make answers unknown.
func (j *Hash) countsKeyless() bool {
	return j.spec.NullAware && (j.spec.Kind == logical.Anti || j.spec.Kind == logical.Mark)
}

// correlated reports a NOT IN (or IN) with more to it than one equality. Rows
// meet by the other equalities; the first is asked of each pair, where NULL on
// either side makes it unknown.
func (j *Hash) correlated() bool {
	return j.countsKeyless() && (len(j.spec.LeftKeys) > 1 || j.spec.Residual != nil || !j.spec.BuildRight)
}

// condition compiles what is asked of pairs, and for correlated NOT IN takes the
// first equality out of the keys.
func (j *Hash) condition() (*condition, error) {
	ts := j.typesOf()
	residual := j.spec.Residual
	if j.correlated() {
		left := len(j.ctx.Inputs[0].Types())
		a, b := j.spec.LeftKeys[0], j.spec.RightKeys[0]+left
		eq := expr.NewCall(expr.Eq, types.BooleanType, expr.Col(a, "", ts[a]), expr.Col(b, "", ts[b]))
		residual = and(residual, expr.NewCall(expr.IsNotFalse, types.BooleanType.NotNull(), eq))
		j.buildKeys, j.probeKeys = j.buildKeys[1:], j.probeKeys[1:]
	}
	return newCondition(residual, ts, j.ctx.Env)
}

// unknowns finds among the pairs of a correlated IN those whose answer is unknown.
func (j *Hash) unknowns() *unknowns {
	if !j.correlated() {
		return nil
	}
	left := len(j.ctx.Inputs[0].Types())
	return &unknowns{probe: j.spec.LeftKeys[0], build: j.spec.RightKeys[0] + left}
}

func and(a, b *expr.Expr) *expr.Expr {
	if a == nil {
		return b
	}
	return expr.NewCall(expr.And, types.BooleanType, a, b)
}
