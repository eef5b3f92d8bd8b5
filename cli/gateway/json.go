package gateway

import (
	"bytes"
	"strconv"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// jsonWriter writes values as the row format JSON has them: Flink's JSON format
// with times in ISO 8601.
type jsonWriter struct {
	env     *kernel.Env
	utc     bool // inside a ROW: Flink turns a TIMESTAMP_LTZ to the session's zone in columns, arrays and maps, never in rows
	scratch []byte
}

// value appends a value, or null.
func (j *jsonWriter) value(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, "null"...)
	}
	base, at := v.Base(), v.Index(r)
	switch t.Kind {
	case types.Boolean, types.TinyInt, types.SmallInt, types.Integer, types.BigInt:
		return kernel.AppendText(dst, t, v, r, j.env)
	case types.Float, types.Double:
		return j.double(dst, t, v, r)
	case types.Decimal:
		j.scratch = kernel.AppendText(j.scratch[:0], t, v, r, j.env)
		return appendBigDecimal(dst, j.scratch)
	case types.Char, types.Varchar:
		return kernel.AppendJSONString(dst, v.Bytes(r))
	case types.Binary, types.Varbinary:
		return append(kernel.AppendBase64(append(dst, '"'), v.Bytes(r)), '"')
	case types.IntervalYearMonth:
		return strconv.AppendInt(dst, int64(vector.Values[int32](base)[at]), 10)
	case types.IntervalDaySecond:
		return strconv.AppendInt(dst, vector.Values[int64](base)[at], 10)
	case types.Date:
		return append(kernel.AppendText(append(dst, '"'), t, v, r, j.env), '"')
	case types.Time, types.Timestamp, types.TimestampLTZ:
		return j.time(dst, t, v, r)
	case types.Variant, types.Bitmap:
		return kernel.AppendJSONString(dst, kernel.AppendText(nil, t, v, r, j.env))
	case types.Row:
		return j.row(dst, t, base, at)
	}
	return j.list(dst, t, base, at)
}

// double appends a number; NaN and the infinities are none in JSON and stand in quotes.
func (j *jsonWriter) double(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	j.scratch = kernel.AppendText(j.scratch[:0], t, v, r, j.env)
	if c := j.scratch[len(j.scratch)-1]; c == 'N' || c == 'y' {
		return append(append(append(dst, '"'), j.scratch...), '"')
	}
	return append(dst, j.scratch...)
}

// time appends a time or timestamp, without the zeros at the end of its fraction.
func (j *jsonWriter) time(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	env := j.env
	if j.utc {
		env = &kernel.Env{}
	}
	j.scratch = kernel.AppendText(j.scratch[:0], t, v, r, env)
	text := j.scratch
	if bytes.IndexByte(text, '.') >= 0 {
		text = bytes.TrimRight(bytes.TrimRight(text, "0"), ".")
	}
	dst = append(dst, '"')
	if t.Kind == types.Time {
		return append(append(dst, text...), '"')
	}
	space := bytes.IndexByte(text, ' ')
	dst = append(append(append(dst, text[:space]...), 'T'), text[space+1:]...)
	if t.Kind == types.TimestampLTZ {
		dst = append(dst, 'Z')
	}
	return append(dst, '"')
}

func (j *jsonWriter) row(dst []byte, t types.Type, v *vector.Vector, at int) []byte {
	outer := j.utc
	j.utc = true
	dst = append(dst, '{')
	for k, f := range t.Fields {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = append(kernel.AppendJSONString(dst, []byte(f.Name)), ':')
		dst = j.value(dst, f.Type, &v.Kids[k], at)
	}
	j.utc = outer
	return append(dst, '}')
}

// list appends [1,2] of an array, {"k":1} of a map and {"k":count} of a multiset.
// Keys that are no strings, which Flink cannot write, are as PLAIN_TEXT has them.
func (j *jsonWriter) list(dst []byte, t types.Type, v *vector.Vector, at int) []byte {
	from, to := int(v.Offsets()[at]), int(v.Offsets()[at+1])
	if t.Kind == types.Array {
		dst = append(dst, '[')
		for i := from; i < to; i++ {
			if i > from {
				dst = append(dst, ',')
			}
			dst = j.value(dst, *t.Elem, &v.Kids[0], i)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	if t.Kind == types.Multiset {
		for i, o := range kernel.Occurrences(&v.Kids[0], from, to) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = j.key(dst, *t.Elem, &v.Kids[0], o.Place)
			dst = strconv.AppendInt(dst, o.Count, 10)
		}
		return append(dst, '}')
	}
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = j.key(dst, *t.Key, &v.Kids[0], i)
		dst = j.value(dst, *t.Elem, &v.Kids[1], i)
	}
	return append(dst, '}')
}

func (j *jsonWriter) key(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	text := []byte("null")
	if v.IsValid(r) {
		text = appendPlain(text[:0], t, v, r, j.env)
	}
	return append(kernel.AppendJSONString(dst, text), ':')
}

// appendBigDecimal appends a decimal as Java's BigDecimal prints it once the zeros
// at its end are stripped: 1.5, 1E+2, 1E-8.
func appendBigDecimal(dst, text []byte) []byte {
	if text[0] == '-' {
		dst = append(dst, '-')
		text = text[1:]
	}
	whole, fraction, _ := bytes.Cut(text, []byte{'.'})
	digits := append(bytes.Clone(whole), fraction...)
	scale := len(fraction)
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits, scale = digits[:len(digits)-1], scale-1
	}
	digits = bytes.TrimLeft(digits, "0")
	if len(digits) == 0 {
		return append(dst, '0')
	}
	exponent := len(digits) - 1 - scale // of the first digit
	if scale >= 0 && exponent >= -6 {
		return appendPoint(dst, digits, scale)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'E')
	if exponent > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// appendPoint appends digits of which scale stand behind the point.
func appendPoint(dst, digits []byte, scale int) []byte {
	if scale == 0 {
		return append(dst, digits...)
	}
	for len(digits) <= scale {
		digits = append([]byte{'0'}, digits...)
	}
	at := len(digits) - scale
	return append(append(append(dst, digits[:at]...), '.'), digits[at:]...)
}
