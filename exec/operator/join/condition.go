package join

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// condition is what must hold of a pair of rows besides equal keys. It is
// evaluated on many candidate pairs at once, and only the columns it names are gathered.
type condition struct {
	filter *expr.Filter
	uses   []bool // by column of left then right
	batch  stream.Batch
	sel    []uint32
}

// newCondition compiles e over columns of types ts; nil where there is nothing to ask.
func newCondition(e *expr.Expr, ts []types.Type, env *kernel.Env) (*condition, error) {
	if e == nil {
		return nil, nil
	}
	f, err := expr.CompileFilter(e, ts, env)
	if err != nil {
		return nil, err
	}
	c := &condition{filter: f, uses: make([]bool, len(ts))}
	c.batch.Cols = make([]vector.Vector, len(ts))
	for i, t := range ts {
		c.batch.Cols[i] = kernel.NullVector(t.Phys(), 1, nil)
	}
	expr.Walk(e, func(x *expr.Expr) bool {
		if x.Op == expr.Column {
			c.uses[x.Col] = true
		}
		return true
	})
	return c, nil
}

// keep lists which of the n pairs gathered into c.batch pass; ascending.
func (c *condition) keep(n int) ([]uint32, error) {
	c.batch.Rows = n
	for i := range c.batch.Cols {
		if !c.uses[i] {
			c.batch.Cols[i].Len = n
		}
	}
	var err error
	c.sel, err = c.filter.Select(&c.batch, c.sel[:0])
	return c.sel, err
}
