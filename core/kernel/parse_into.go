package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// ParseInto appends to c, a column of type t, what ParseText reads in text. The
// usual forms of numbers and dates are read without a detour. Where it fails c is
// as before.
func ParseInto(c *vector.Builder, t *types.Type, text []byte, env *Env) error {
	switch t.Kind {
	case types.Varchar:
		if t.Length == types.MaxLength {
			c.AppendBytes(text)
			return nil
		}
	case types.BigInt:
		if x, ok := usualInteger(text); ok {
			vector.Append(c, x)
			return nil
		}
	case types.Integer:
		if x, ok := usualInteger(text); ok && x == int64(int32(x)) {
			vector.Append(c, int32(x))
			return nil
		}
	case types.Double:
		if x, ok := usualFloat(text); ok {
			vector.Append(c, x)
			return nil
		}
	case types.Decimal:
		if x, ok := usualDecimal(text, t.Precision, t.Scale); ok {
			if t.Precision <= types.MaxShortDecimal {
				vector.Append(c, x)
			} else {
				vector.Append(c, types.MakeInt128(x))
			}
			return nil
		}
	case types.Date:
		if day, ok := usualDate(text); ok && len(text) == 10 {
			vector.Append(c, int32(day))
			return nil
		}
	case types.Timestamp:
		if ticks, n := UsualTimestamp(text, t, ' '); n > 0 && n == len(text) {
			vector.Append(c, ticks)
			return nil
		}
	}
	v, ok := parse(text, *t, env)
	if !ok {
		return textError(text, *t)
	}
	c.AppendValue(v)
	return nil
}
