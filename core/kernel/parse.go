package kernel

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// ParseText reads text as a value of a type that is not nested, as CAST does.
// Its errors are *sqlerr.Error.
func ParseText(s []byte, t types.Type, env *Env) (types.Value, error) {
	v, ok := parse(s, t, env)
	if !ok {
		return v, textError(s, t)
	}
	return v, nil
}

func textError(s []byte, t types.Type) error {
	shown := string(s)
	if len(shown) > 60 {
		shown = shown[:60] + "…"
	}
	code := sqlerr.InvalidText
	if t.IsTemporal() {
		code = sqlerr.InvalidDatetime
	}
	return sqlerr.Newf(code, "'%s' cannot be read as %s", shown, t.WithNull(true)).
		WithHint("TRY_CAST gives NULL instead")
}

func parse(s []byte, t types.Type, env *Env) (types.Value, bool) {
	switch t.Kind {
	case types.Boolean:
		b, ok := parseBool(s)
		return types.BoolValue(b), ok
	case types.TinyInt, types.SmallInt, types.Integer, types.BigInt:
		x, ok := ParseInteger(s, t.Phys())
		return types.IntValue(x), ok
	case types.Float:
		f, ok := parseFloat(s, 32)
		return types.FloatValue(f), ok
	case types.Double:
		f, ok := parseFloat(s, 64)
		return types.FloatValue(f), ok
	case types.Decimal:
		u, ok := types.ParseDecimal(string(bytes.TrimSpace(s)), t.Precision, t.Scale)
		return types.DecimalValue(t, u), ok
	case types.Char, types.Varchar:
		return types.BytesValue(fitString(nil, s, t)), true
	case types.Binary, types.Varbinary:
		return types.BytesValue(fitBytes(nil, s, t)), true
	case types.Date:
		day, ok := ParseDate(s)
		return types.IntValue(day), ok
	case types.Time:
		ms, ok := ParseTime(s)
		return types.IntValue(ms), ok
	case types.Timestamp, types.TimestampLTZ:
		ticks, ok := castTimestamp(s, t)
		if ok && t.Kind == types.TimestampLTZ {
			ticks = env.Instant(ticks, t.TimeUnit())
		}
		return types.IntValue(ticks), ok
	}
	return types.Value{}, false
}

func parseBool(s []byte) (value, ok bool) {
	switch strings.ToLower(string(s)) {
	case "true", "t", "yes", "y", "1":
		return true, true
	case "false", "f", "no", "n", "0":
		return false, true
	}
	return false, false
}

// ParseInteger reads [+-]digits[.digits] of an integer layout; the fraction is
// cut off, and what does not fit is refused.
func ParseInteger(s []byte, p types.Phys) (int64, bool) {
	s = bytes.TrimSpace(s)
	neg := false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	var x uint64
	for i, c := range s {
		if c == '.' {
			for _, d := range s[i+1:] {
				if d < '0' || d > '9' {
					return 0, false
				}
			}
			break
		}
		if c < '0' || c > '9' || x > math.MaxUint64/10-1 {
			return 0, false
		}
		x = x*10 + uint64(c-'0')
	}
	limit := uint64(1) << (p.Width()*8 - 1)
	if neg {
		return -int64(x), x <= limit
	}
	return int64(x), x < limit
}

func parseFloat(s []byte, size int) (float64, bool) {
	text := string(bytes.TrimSpace(s))
	if n := len(text) - 1; n > 0 && strings.IndexByte("dDfF", text[n]) >= 0 {
		text = text[:n] // Java's suffixes
	}
	switch strings.TrimLeft(text, "+-") {
	case "NaN", "Infinity": // and no other spelling
	default:
		for _, c := range text { // no hexadecimal, no underscores
			if (c < '0' || c > '9') && !strings.ContainsRune("+-.eE", c) {
				return 0, false
			}
		}
	}
	f, err := strconv.ParseFloat(text, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// TryParse is ParseText that says false instead of an error.
func TryParse(s []byte, t types.Type, env *Env) (types.Value, bool) { return parse(s, t, env) }
