package kernel

import (
	"bytes"
	"math"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// AppendJSONValue appends a value as the JSON functions write it. Unlike in result files
// a DECIMAL is a number, a timestamp has its T, bytes are base64, and a DOUBLE is
// printed as a BigDecimal.
func AppendJSONValue(dst []byte, t types.Type, v *vector.Vector, r int, env *Env) []byte {
	if !v.IsValid(r) {
		return append(dst, "null"...)
	}
	base, at := v.Base(), v.Index(r)
	switch {
	case t.Kind == types.Decimal:
		return AppendText(dst, t, v, r, env)
	case t.Kind == types.Float:
		return appendJSONDouble(dst, float64(vector.Values[float32](base)[at]))
	case t.Kind == types.Double:
		return appendJSONDouble(dst, vector.Values[float64](base)[at])
	case t.IsBinary():
		return append(AppendBase64(append(dst, '"'), v.Bytes(r)), '"')
	case t.IsTimestamp():
		return appendISOTime(dst, t, v, r)
	case t.Kind == types.Row:
		dst = append(dst, '{')
		for k, f := range t.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendJSONString(dst, []byte(f.Name)), ':')
			dst = AppendJSONValue(dst, f.Type, &base.Kids[k], at, env)
		}
		return append(dst, '}')
	case t.Kind == types.Array:
		dst = append(dst, '[')
		for k := base.Offsets()[at]; k < base.Offsets()[at+1]; k++ {
			if k > base.Offsets()[at] {
				dst = append(dst, ',')
			}
			dst = AppendJSONValue(dst, *t.Elem, &base.Kids[0], int(k), env)
		}
		return append(dst, ']')
	case t.Kind == types.Map && t.Key.IsString():
		dst = append(dst, '{')
		for k := base.Offsets()[at]; k < base.Offsets()[at+1]; k++ {
			if k > base.Offsets()[at] {
				dst = append(dst, ',')
			}
			dst = append(AppendJSONString(dst, base.Kids[0].Bytes(int(k))), ':')
			dst = AppendJSONValue(dst, *t.Elem, &base.Kids[1], int(k), env)
		}
		return append(dst, '}')
	}
	return AppendJSON(dst, t, v, r, env)
}

func appendJSONDouble(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) { // no JSON numbers
		return append(AppendDouble(append(dst, '"'), x, 64), '"')
	}
	var buf [32]byte
	return AppendBigDecimal(dst, AppendDouble(buf[:0], x, 64))
}

// appendISOTime appends a timestamp with its T, an instant in UTC with its Z, and
// without the zeros at the end of a fraction.
func appendISOTime(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = AppendTimestamp(dst, vector.Values[int64](v.Base())[v.Index(r)], t)
	if at := bytes.IndexByte(dst[start:], ' '); at >= 0 {
		dst[start+at] = 'T'
	}
	if t.Precision > 0 {
		dst = bytes.TrimRight(dst, "0")
		dst = bytes.TrimSuffix(dst, []byte("."))
	}
	if t.Kind == types.TimestampLTZ {
		dst = append(dst, 'Z')
	}
	return append(dst, '"')
}
