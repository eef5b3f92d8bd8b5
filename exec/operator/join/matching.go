package join

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
)

// matching says which rows of two bounded inputs match: those of equal keys for
// which the residual holds.
type matching struct {
	kind                logical.JoinKind
	leftKeys, rightKeys []int
	residual            *expr.Expr // over types
	buildRight          bool
	nullAware           bool // NOT IN, or an IN whose NULL counts

	types    []types.Type // of left, then right columns
	unknowns *unknowns    // of a correlated IN; nil: of none
}

// unknowns are the columns of the equality of a correlated IN, of left then right columns.
type unknowns struct{ left, right int }

// newMatching takes the first equality out of the keys of a correlated NOT IN
// (or IN). Rows meet by the other equalities; the first is asked of each pair,
// where NULL on either side makes it unknown.
func newMatching(m matching, ctx *operator.Context) matching {
	left := ctx.Inputs[0].Types()
	m.types = append(append([]types.Type(nil), left...), ctx.Inputs[1].Types()...)
	if !m.correlated() {
		return m
	}
	a, b := m.leftKeys[0], m.rightKeys[0]+len(left)
	m.unknowns = &unknowns{left: a, right: b}
	eq := expr.NewCall(expr.Eq, types.BooleanType, expr.Col(a, "", m.types[a]), expr.Col(b, "", m.types[b]))
	m.residual = and(m.residual, expr.NewCall(expr.IsNotFalse, types.BooleanType.NotNull(), eq))
	m.leftKeys, m.rightKeys = m.leftKeys[1:], m.rightKeys[1:]
	return m
}

// countsKeyless reports that rows with a NULL key make answers unknown.
func (m *matching) countsKeyless() bool {
	return m.nullAware && (m.kind == logical.Anti || m.kind == logical.Mark)
}

// correlated reports a NOT IN (or IN) with more to it than one equality.
func (m *matching) correlated() bool {
	return m.countsKeyless() && (len(m.leftKeys) > 1 || m.residual != nil || !m.buildRight)
}

func and(a, b *expr.Expr) *expr.Expr {
	if a == nil {
		return b
	}
	return expr.NewCall(expr.And, types.BooleanType, a, b)
}
