package binder

import (
	"math"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

// coerce gives e a type that it converts to, with a cast where its values change.
func coerce(e *expr.Expr, to types.Type) *expr.Expr {
	to = to.WithNull(e.Type.Nullable)
	if e.Type.Equal(to) {
		return e
	}
	if e.Op == expr.Literal {
		if lit := castLiteral(e, to); lit != nil {
			return lit
		}
	}
	return cast(expr.Cast, e, to)
}

// cast is CAST or TRY_CAST.
func cast(name string, e *expr.Expr, to types.Type) *expr.Expr {
	c := expr.NewCall(name, to.WithNull(e.Type.Nullable || name == expr.TryCast), e)
	c.Pos = e.Pos
	return c
}

// castLiteral converts a constant where this cannot fail or lose anything, so
// that operators see constants of their own type. Nil: the cast is left to be
// evaluated like any other.
func castLiteral(e *expr.Expr, to types.Type) *expr.Expr {
	v, ok := castValue(e.Type, to, *e.Lit)
	if !ok {
		return nil
	}
	lit := expr.Lit(to, v)
	lit.Pos = e.Pos
	return lit
}

func castValue(from, to types.Type, v types.Value) (types.Value, bool) {
	switch {
	case v.Null:
		return types.NullValue(), true
	case from.IsInteger() && to.IsInteger():
		return v, to.Kind >= from.Kind || v.I == int64(int8(v.I))
	case from.IsInteger() && to.Kind == types.Double:
		return types.FloatValue(float64(v.I)), v.I == int64(float64(v.I))
	case (from.IsInteger() || from.Kind == types.Decimal) && to.Kind == types.Decimal:
		return castDecimal(from, to, v)
	case from.IsString() && to.Kind == types.Varchar:
		return v, len([]rune(v.Str())) <= to.Length
	case from.IsString() && (to.Kind == types.Date || to.Kind == types.Timestamp):
		return kernel.TryParse(v.B, to, nil)
	case from.Kind == types.Date && to.Kind == types.Timestamp && to.Precision <= 6:
		return types.IntValue(v.I * 86400 * to.TimeUnit()), true
	case from.Kind == to.Kind && from.IsTimestamp() && to.Precision >= from.Precision:
		factor := to.TimeUnit() / from.TimeUnit()
		return types.IntValue(v.I * factor), v.I <= math.MaxInt64/factor && v.I >= -math.MaxInt64/factor
	}
	return v, false
}

// castDecimal gives an exact number more digits.
func castDecimal(from, to types.Type, v types.Value) (types.Value, bool) {
	n := types.MakeInt128(v.I)
	if from.Kind == types.Decimal {
		n = v.Unscaled(from)
	}
	if to.Scale < from.Scale {
		return v, false
	}
	n, ok := n.Rescale(from.Scale, to.Scale)
	if !ok || !n.FitsPrecision(to.Precision) {
		return v, false
	}
	return types.DecimalValue(to, n), true
}
