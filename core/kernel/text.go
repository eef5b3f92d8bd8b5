package kernel

import (
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// AppendText appends row r of v as result files and terminals show it: booleans
// in small letters, bytes as \x and hex, nested values as JSON. NULL appends nothing.
func AppendText(dst []byte, t types.Type, v *vector.Vector, r int, env *Env) []byte {
	if !v.IsValid(r) {
		return dst
	}
	switch {
	case t.Kind == types.Boolean:
		return strconv.AppendBool(dst, v.Base().Bits().Get(v.Index(r)))
	case t.IsBinary():
		dst = append(dst, '\\', 'x')
		return appendHex(dst, v.Bytes(r))
	case t.IsNested():
		return AppendJSON(dst, t, v, r, env)
	}
	return appendCast(dst, t, v, r, env)
}

// appendCast appends a value that is not NULL as CAST to a string gives it.
func appendCast(dst []byte, t types.Type, v *vector.Vector, r int, env *Env) []byte {
	base, at := v.Base(), v.Index(r)
	switch t.Kind {
	case types.Boolean:
		if base.Bits().Get(at) {
			return append(dst, "TRUE"...)
		}
		return append(dst, "FALSE"...)
	case types.TinyInt, types.SmallInt, types.Integer, types.BigInt:
		return strconv.AppendInt(dst, intAt(base, at), 10)
	case types.Float:
		return AppendDouble(dst, float64(vector.Values[float32](base)[at]), 32)
	case types.Double:
		return AppendDouble(dst, vector.Values[float64](base)[at], 64)
	case types.Decimal:
		return appendDecimalAt(dst, t, base, at)
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Variant:
		return append(dst, base.Views()[at].Bytes(base.Bufs)...)
	case types.Bitmap:
		return appendBitmap(dst, base.Views()[at].Bytes(base.Bufs))
	case types.Date:
		return AppendDate(dst, intAt(base, at))
	case types.Time:
		return appendTime(dst, intAt(base, at), t.Precision)
	case types.Timestamp:
		return AppendTimestamp(dst, intAt(base, at), t)
	case types.TimestampLTZ:
		return AppendTimestamp(dst, env.Local(intAt(base, at), t.TimeUnit()), t)
	case types.IntervalYearMonth:
		return appendMonths(dst, intAt(base, at))
	case types.IntervalDaySecond:
		return appendMillis(dst, intAt(base, at))
	case types.Array, types.Multiset, types.Map, types.Row:
		return appendNestedCast(dst, t, base, at, env)
	}
	return dst
}

func intAt(v *vector.Vector, at int) int64 {
	switch v.Phys {
	case types.PhysInt8:
		return int64(vector.Values[int8](v)[at])
	case types.PhysInt16:
		return int64(vector.Values[int16](v)[at])
	case types.PhysInt32:
		return int64(vector.Values[int32](v)[at])
	}
	return vector.Values[int64](v)[at]
}

func appendDecimalAt(dst []byte, t types.Type, v *vector.Vector, at int) []byte {
	if v.Phys == types.PhysInt64 {
		return appendShortDecimal(dst, vector.Values[int64](v)[at], t.Scale)
	}
	x := vector.Values[types.Int128](v)[at]
	if x.FitsInt64() && x.Int64() != math.MinInt64 {
		return appendShortDecimal(dst, x.Int64(), t.Scale)
	}
	return types.AppendDecimal(dst, x, t.Scale)
}

func appendShortDecimal(dst []byte, x int64, scale int) []byte {
	if scale == 0 {
		return strconv.AppendInt(dst, x, 10)
	}
	if scale > types.MaxShortDecimal {
		return types.AppendDecimal(dst, types.MakeInt128(x), scale)
	}
	if x < 0 {
		dst = append(dst, '-')
		x = -x
	}
	unit := types.Pow10(scale)
	dst = strconv.AppendInt(dst, x/unit, 10)
	dst = append(dst, '.')
	return appendPadded(dst, x%unit, scale)
}

func appendPadded(dst []byte, x int64, digits int) []byte {
	at := len(dst)
	for range digits {
		dst = append(dst, '0')
	}
	for i := at + digits - 1; x > 0 && i >= at; i-- {
		dst[i] = '0' + byte(x%10)
		x /= 10
	}
	return dst
}

// AppendDouble appends the shortest form that reads back equal, written as Java
// does: 1.0, 1.0E10, NaN, Infinity.
func AppendDouble(dst []byte, f float64, size int) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		at := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, size)
		return withPoint(dst, at)
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], f, 'e', -1, size)
	e := 0
	for text[e] != 'e' {
		e++
	}
	at := len(dst)
	dst = withPoint(append(dst, text[:e]...), at)
	exp, _ := strconv.Atoi(string(text[e+1:]))
	return strconv.AppendInt(append(dst, 'E'), int64(exp), 10)
}

func withPoint(dst []byte, from int) []byte {
	for _, c := range dst[from:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, '.', '0')
}

// AppendDate appends a day as 2026-01-31.
func AppendDate(dst []byte, day int64) []byte {
	y, m, d := Civil(day)
	if y < 0 {
		dst = append(dst, '-')
		y = -y
	}
	if y > 9999 {
		dst = strconv.AppendInt(dst, y, 10)
	} else {
		dst = appendPadded(dst, y, 4)
	}
	return appendPadded(append(appendPadded(append(dst, '-'), m, 2), '-'), d, 2)
}

// appendClock appends ticks of the day as 10:00:00 with digits of a second.
// appendTime appends a time of day: with a precision, milliseconds without the
// zeros at their end.
func appendTime(dst []byte, millis int64, precision int) []byte {
	dst = appendClock(dst, millis, 1000, min(precision, 3))
	for range min(precision, 3) - 1 {
		if dst[len(dst)-1] != '0' {
			break
		}
		dst = dst[:len(dst)-1]
	}
	return dst
}

func appendClock(dst []byte, ticks, unit int64, digits int) []byte {
	seconds, fraction := ticks/unit, ticks%unit
	dst = append(appendPadded(dst, seconds/3600, 2), ':')
	dst = append(appendPadded(dst, seconds/60%60, 2), ':')
	dst = appendPadded(dst, seconds%60, 2)
	if digits == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range digits {
		fraction *= 10
		dst = append(dst, '0'+byte(fraction/unit))
		fraction %= unit
	}
	return dst
}

// AppendTimestamp appends ticks of a timestamp type as 2026-01-31 10:00:00.123
// with the type's digits.
func AppendTimestamp(dst []byte, ticks int64, t types.Type) []byte {
	unit := t.TimeUnit()
	day := floorDiv(ticks, unit*86_400)
	dst = append(AppendDate(dst, day), ' ')
	return appendClock(dst, ticks-day*unit*86_400, unit, t.Precision)
}

// appendMonths appends +1-02: years and months.
func appendMonths(dst []byte, months int64) []byte {
	dst, months = appendSign(dst, months)
	dst = strconv.AppendInt(dst, months/12, 10)
	return appendPadded(append(dst, '-'), months%12, 2)
}

// appendMillis appends +1 02:03:04.567: days and time.
func appendMillis(dst []byte, millis int64) []byte {
	dst, millis = appendSign(dst, millis)
	dst = strconv.AppendInt(dst, millis/millisPerDay, 10)
	return appendClock(append(dst, ' '), millis%millisPerDay, 1000, 3)
}

func appendSign(dst []byte, x int64) ([]byte, int64) {
	if x < 0 {
		return append(dst, '-'), -x
	}
	return append(dst, '+'), x
}

// appendNestedCast appends [1, 2], {a=1} and (1, x).
func appendNestedCast(dst []byte, t types.Type, v *vector.Vector, at int, env *Env) []byte {
	elem := func(t types.Type, v *vector.Vector, i int) {
		if !v.IsValid(i) {
			dst = append(dst, "NULL"...)
			return
		}
		dst = appendCast(dst, t, v, i, env)
	}
	if t.Kind == types.Row {
		dst = append(dst, '(')
		for k, f := range t.Fields {
			dst = appendComma(dst, k)
			elem(f.Type, &v.Kids[k], at)
		}
		return append(dst, ')')
	}
	if t.Kind == types.Multiset {
		return appendMultiset(dst, *t.Elem, v, at, env)
	}
	open, shut := byte('['), byte(']')
	if t.Kind != types.Array {
		open, shut = '{', '}'
	}
	dst = append(dst, open)
	from, to := int(v.Offsets()[at]), int(v.Offsets()[at+1])
	for i := from; i < to; i++ {
		dst = appendComma(dst, i-from)
		if t.Kind == types.Map {
			elem(*t.Key, &v.Kids[0], i)
			dst = append(dst, '=')
		}
		elem(*t.Elem, &v.Kids[len(v.Kids)-1], i)
	}
	return append(dst, shut)
}

func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',', ' ')
	}
	return dst
}

const hexDigits = "0123456789abcdef"

func appendHex(dst, s []byte) []byte {
	for _, c := range s {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// AppendJSON appends row r of v as a JSON value: decimals and times as strings,
// bytes as \x and hex, NULL as null.
func AppendJSON(dst []byte, t types.Type, v *vector.Vector, r int, env *Env) []byte {
	if !v.IsValid(r) {
		return append(dst, "null"...)
	}
	base, at := v.Base(), v.Index(r)
	switch {
	case t.Kind == types.Boolean || t.IsInteger():
		return AppendText(dst, t, v, r, env)
	case t.IsApproximate():
		start := len(dst)
		dst = appendCast(dst, t, v, r, env)
		if c := dst[len(dst)-1]; c == 'N' || c == 'y' { // NaN and Infinity are no JSON numbers
			return AppendJSONString(dst[:start], append([]byte(nil), dst[start:]...))
		}
		return dst
	case t.IsString():
		return AppendJSONString(dst, v.Bytes(r))
	case t.Kind == types.Variant:
		return append(dst, v.Bytes(r)...)
	case t.Kind == types.Row:
		dst = append(dst, '{')
		for k, f := range t.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendJSONString(dst, []byte(f.Name)), ':')
			dst = AppendJSON(dst, f.Type, &base.Kids[k], at, env)
		}
		return append(dst, '}')
	case t.Kind == types.Array:
		return appendJSONArray(dst, t, base, at, env)
	case t.Kind == types.Map:
		return appendJSONMap(dst, t, base, at, env)
	case t.Kind == types.Multiset:
		return appendJSONMultiset(dst, *t.Elem, base, at, env)
	}
	dst = append(dst, '"')
	if t.IsBinary() {
		dst = append(dst, '\\')
	}
	dst = AppendText(dst, t, v, r, env)
	return append(dst, '"')
}

func appendJSONArray(dst []byte, t types.Type, v *vector.Vector, at int, env *Env) []byte {
	dst = append(dst, '[')
	from, to := int(v.Offsets()[at]), int(v.Offsets()[at+1])
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, *t.Elem, &v.Kids[0], i, env)
	}
	return append(dst, ']')
}

func appendJSONMap(dst []byte, t types.Type, v *vector.Vector, at int, env *Env) []byte {
	dst = append(dst, '{')
	from, to := int(v.Offsets()[at]), int(v.Offsets()[at+1])
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		key := AppendText(nil, *t.Key, &v.Kids[0], i, env)
		dst = append(AppendJSONString(dst, key), ':')
		dst = AppendJSON(dst, *t.Elem, &v.Kids[1], i, env)
	}
	return append(dst, '}')
}

// AppendJSONString appends s as a JSON string; bytes that are no UTF-8 become U+FFFD.
func AppendJSONString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}

// AppendBase64 appends s in standard base64.
func AppendBase64(dst, s []byte) []byte { return base64.StdEncoding.AppendEncode(dst, s) }
