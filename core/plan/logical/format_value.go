package logical

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/types"
)

// FormatValue prints a constant as a SQL literal.
func FormatValue(t types.Type, v types.Value) string {
	if v.Null {
		return "NULL"
	}
	switch t.Kind {
	case types.Boolean:
		return strings.ToUpper(strconv.FormatBool(v.Bool()))
	case types.Float, types.Double:
		return strconv.FormatFloat(v.Float(), 'e', -1, 64)
	case types.Decimal:
		return types.FormatDecimal(v.Unscaled(t), t.Scale)
	case types.Char, types.Varchar:
		return "'" + strings.ReplaceAll(v.Str(), "'", "''") + "'"
	case types.Binary, types.Varbinary:
		return "x'" + hex.EncodeToString(v.B) + "'"
	case types.Date:
		return "DATE '" + time.Unix(v.I*86400, 0).UTC().Format("2006-01-02") + "'"
	case types.Time:
		return "TIME '" + time.UnixMilli(v.I).UTC().Format("15:04:05.999") + "'"
	case types.Timestamp:
		return "TIMESTAMP '" + formatInstant(t, v) + "'"
	case types.TimestampLTZ:
		return "TIMESTAMP_LTZ '" + formatInstant(t, v) + "Z'"
	case types.IntervalYearMonth:
		return "INTERVAL '" + strconv.FormatInt(v.I, 10) + "' MONTH"
	case types.IntervalDaySecond:
		return "INTERVAL '" + strconv.FormatFloat(float64(v.I)/1000, 'f', -1, 64) + "' SECOND"
	case types.Array, types.Map, types.Multiset, types.Row:
		return formatNested(t, v)
	}
	return strconv.FormatInt(v.I, 10)
}

func formatInstant(t types.Type, v types.Value) string {
	unit := t.TimeUnit()
	seconds := v.I / unit
	rest := v.I % unit
	if rest < 0 {
		seconds, rest = seconds-1, rest+unit
	}
	return time.Unix(seconds, rest*(1_000_000_000/unit)).UTC().Format("2006-01-02 15:04:05.999999999")
}

func formatNested(t types.Type, v types.Value) string {
	parts := make([]string, len(v.Items))
	for i, item := range v.Items {
		parts[i] = FormatValue(itemType(t, i), item)
	}
	return t.Kind.String() + "[" + strings.Join(parts, ", ") + "]"
}

func itemType(t types.Type, i int) types.Type {
	switch {
	case t.Kind == types.Row:
		return t.Fields[i].Type
	case t.Kind == types.Map && i%2 == 0:
		return *t.Key
	}
	return *t.Elem
}
