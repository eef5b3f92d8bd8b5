package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

// nullSafe is an expression as two join keys that are never NULL: whether it is
// NULL, and its value with some value of the type in place of NULL.
func nullSafe(e *expr.Expr) ([]*expr.Expr, bool) {
	v, ok := someValue(e.Type)
	if !ok {
		return nil, false
	}
	t := e.Type.NotNull()
	isNull := expr.NewCall(expr.IsNull, types.BooleanType.NotNull(), e)
	return []*expr.Expr{isNull, expr.NewCall(expr.Coalesce, t, e, expr.Lit(t, v))}, true
}

func someValue(t types.Type) (types.Value, bool) {
	switch t.Phys() {
	case types.PhysBytes:
		return types.BytesValue([]byte{}), true
	case types.PhysNull, types.PhysList, types.PhysStruct:
		return types.Value{}, false
	}
	return types.Value{}, true
}
