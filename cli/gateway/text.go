package gateway

import (
	"encoding/hex"
	"strconv"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// appendPlain appends a value that is not NULL as the row format PLAIN_TEXT has
// it: as CAST to STRING gives it, but for bytes, which are x'00ff'.
func appendPlain(dst []byte, t types.Type, v *vector.Vector, r int, env *kernel.Env) []byte {
	base, at := v.Base(), v.Index(r)
	switch {
	case t.Kind == types.Boolean && base.Bits().Get(at):
		return append(dst, "TRUE"...)
	case t.Kind == types.Boolean:
		return append(dst, "FALSE"...)
	case t.IsBinary():
		dst = append(dst, "x'"...)
		dst = hex.AppendEncode(dst, v.Bytes(r))
		return append(dst, '\'')
	case t.Kind == types.Row:
		return plainRow(dst, t, base, at, env)
	case t.IsNested():
		return plainList(dst, t, base, at, env)
	}
	return kernel.AppendText(dst, t, v, r, env)
}

// plainOrNull is appendPlain inside a nested value.
func plainOrNull(dst []byte, t types.Type, v *vector.Vector, r int, env *kernel.Env) []byte {
	if !v.IsValid(r) {
		return append(dst, "NULL"...)
	}
	return appendPlain(dst, t, v, r, env)
}

// plainRow appends (1, x).
func plainRow(dst []byte, t types.Type, v *vector.Vector, at int, env *kernel.Env) []byte {
	dst = append(dst, '(')
	for k, f := range t.Fields {
		dst = comma(dst, k)
		dst = plainOrNull(dst, f.Type, &v.Kids[k], at, env)
	}
	return append(dst, ')')
}

// plainList appends [1, 2] of an array, {k=1} of a map and of a multiset.
func plainList(dst []byte, t types.Type, v *vector.Vector, at int, env *kernel.Env) []byte {
	from, to := int(v.Offsets()[at]), int(v.Offsets()[at+1])
	if t.Kind == types.Array {
		dst = append(dst, '[')
		for i := from; i < to; i++ {
			dst = comma(dst, i-from)
			dst = plainOrNull(dst, *t.Elem, &v.Kids[0], i, env)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	if t.Kind == types.Multiset {
		for i, o := range kernel.Occurrences(&v.Kids[0], from, to) {
			dst = append(plainOrNull(comma(dst, i), *t.Elem, &v.Kids[0], o.Place, env), '=')
			dst = strconv.AppendInt(dst, o.Count, 10)
		}
		return append(dst, '}')
	}
	for i := from; i < to; i++ {
		dst = comma(dst, i-from)
		dst = append(plainOrNull(dst, *t.Key, &v.Kids[0], i, env), '=')
		dst = plainOrNull(dst, *t.Elem, &v.Kids[1], i, env)
	}
	return append(dst, '}')
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ", "...)
	}
	return dst
}
