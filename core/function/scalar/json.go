package scalar

import (
	"bytes"
	"math"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func jsonDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "json", Examples: examples}
}

func init() {
	declare(function.Function{
		Name: "JSON_STRING",
		Doc:  jsonDoc("JSON_STRING(value)", "The value as JSON; NULL for NULL.", "JSON_STRING('weir')"),
	},
		takes(returns(types.StringType), 1, anything), jsonStringCode)
}

func jsonStringCode(Site) (kernel.Kernel, error) {
	return textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		return func(dst []byte, r uint32) ([]byte, bool) { return appendJSONValue(dst, c, 0, int(r)), true }
	}), nil
}

// appendJSONValue appends argument i of row r as JSON.
func appendJSONValue(dst []byte, c *kernel.Call, i, r int) []byte {
	return appendJSONOf(dst, c.ArgTypes[i], c.Args[i], r, c.Env)
}

// appendJSONOf appends a value as the JSON functions write it. Unlike in result files
// a DECIMAL is a number, a timestamp has its T, bytes are base64, and a DOUBLE is
// printed as a BigDecimal.
func appendJSONOf(dst []byte, t types.Type, v *vector.Vector, r int, env *kernel.Env) []byte {
	if !v.IsValid(r) {
		return append(dst, "null"...)
	}
	base, at := v.Base(), v.Index(r)
	switch {
	case t.Kind == types.Decimal:
		return kernel.AppendText(dst, t, v, r, env)
	case t.Kind == types.Float:
		return appendJSONDouble(dst, float64(vector.Values[float32](base)[at]))
	case t.Kind == types.Double:
		return appendJSONDouble(dst, vector.Values[float64](base)[at])
	case t.IsBinary():
		return append(kernel.AppendBase64(append(dst, '"'), v.Bytes(r)), '"')
	case t.IsTimestamp():
		return appendISOTime(dst, t, v, r)
	case t.Kind == types.Row:
		dst = append(dst, '{')
		for k, f := range t.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(kernel.AppendJSONString(dst, []byte(f.Name)), ':')
			dst = appendJSONOf(dst, f.Type, &base.Kids[k], at, env)
		}
		return append(dst, '}')
	case t.Kind == types.Array:
		dst = append(dst, '[')
		for k := base.Offsets()[at]; k < base.Offsets()[at+1]; k++ {
			if k > base.Offsets()[at] {
				dst = append(dst, ',')
			}
			dst = appendJSONOf(dst, *t.Elem, &base.Kids[0], int(k), env)
		}
		return append(dst, ']')
	case t.Kind == types.Map && t.Key.IsString():
		dst = append(dst, '{')
		for k := base.Offsets()[at]; k < base.Offsets()[at+1]; k++ {
			if k > base.Offsets()[at] {
				dst = append(dst, ',')
			}
			dst = append(kernel.AppendJSONString(dst, base.Kids[0].Bytes(int(k))), ':')
			dst = appendJSONOf(dst, *t.Elem, &base.Kids[1], int(k), env)
		}
		return append(dst, '}')
	}
	return kernel.AppendJSON(dst, t, v, r, env)
}

func appendJSONDouble(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) { // no JSON numbers
		return append(kernel.AppendDouble(append(dst, '"'), x, 64), '"')
	}
	var buf [32]byte
	return kernel.AppendBigDecimal(dst, kernel.AppendDouble(buf[:0], x, 64))
}

// appendISOTime appends a timestamp with its T, an instant in UTC with its Z, and
// without the zeros at the end of a fraction.
func appendISOTime(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = kernel.AppendTimestamp(dst, vector.Values[int64](v.Base())[v.Index(r)], t)
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
