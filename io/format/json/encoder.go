package json

import (
	"encoding/base64"
	"math"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Encoder writes rows as JSON objects. One goroutine uses it.
type Encoder struct {
	settings Settings
	env      *kernel.Env
	fields   []types.Field
	names    [][]byte // "name":
}

// NewEncoder makes an encoder of rows with these columns.
func NewEncoder(schema *types.Schema, settings Settings, env *kernel.Env) *Encoder {
	if env == nil {
		env = &kernel.Env{}
	}
	e := &Encoder{settings: settings, env: env, fields: schema.Fields}
	for _, f := range schema.Fields {
		e.names = append(e.names, append(kernel.AppendJSONString(nil, []byte(f.Name)), ':'))
	}
	return e
}

// Append appends row r of b as one object, without a line end.
func (e *Encoder) Append(dst []byte, b *stream.Batch, r int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for i := range e.fields {
		v := &b.Cols[i]
		if e.settings.IgnoreNullFields && !v.IsValid(r) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, e.names[i]...)
		var err error
		if dst, err = e.value(dst, e.fields[i].Type, v, r); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *Encoder) value(dst []byte, t types.Type, v *vector.Vector, r int) ([]byte, error) {
	if !v.IsValid(r) {
		return append(dst, "null"...), nil
	}
	base, at := v.Base(), v.Index(r)
	switch {
	case t.Kind == types.Decimal:
		return kernel.AppendText(dst, t, v, r, e.env), nil
	case t.IsTimestamp():
		return e.timestamp(dst, t, base, at), nil
	case t.IsBinary():
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes(r))
		return append(dst, '"'), nil
	case t.IsApproximate():
		if f := v.ValueAt(r).Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(kernel.AppendText(append(dst, '"'), t, v, r, e.env), '"'), nil
		}
		return kernel.AppendText(dst, t, v, r, e.env), nil
	case t.Kind == types.Array:
		return e.array(dst, t, base, at)
	case t.Kind == types.Map || t.Kind == types.Multiset:
		return e.mapping(dst, t, base, at)
	case t.Kind == types.Row:
		return e.record(dst, t, base, at)
	}
	return kernel.AppendJSON(dst, t, v, r, e.env), nil
}

func (e *Encoder) timestamp(dst []byte, t types.Type, base *vector.Vector, at int) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = kernel.AppendTimestamp(dst, vector.Values[int64](base)[at], t)
	if e.settings.ISOTimestamps {
		for i := start; i < len(dst); i++ {
			if dst[i] == ' ' {
				dst[i] = 'T'
			}
		}
	}
	if t.Kind == types.TimestampLTZ {
		dst = append(dst, 'Z')
	}
	return append(dst, '"')
}

func (e *Encoder) array(dst []byte, t types.Type, base *vector.Vector, at int) ([]byte, error) {
	off := base.Offsets()
	dst = append(dst, '[')
	var err error
	for i := off[at]; i < off[at+1]; i++ {
		if i > off[at] {
			dst = append(dst, ',')
		}
		if dst, err = e.value(dst, *t.Elem, &base.Kids[0], int(i)); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// multiset writes how often each string occurs.
func (e *Encoder) multiset(dst []byte, t types.Type, base *vector.Vector, at int) []byte {
	return kernel.AppendJSON(dst, t, base, at, e.env)
}

func (e *Encoder) mapping(dst []byte, t types.Type, base *vector.Vector, at int) ([]byte, error) {
	if t.Kind == types.Multiset && t.Elem.IsString() {
		return e.multiset(dst, t, base, at), nil
	}
	if t.Kind == types.Multiset || !t.Key.IsString() {
		return dst, sqlerr.Newf(sqlerr.FeatureNotSupported, "JSON has no %s: keys of objects are strings", t.WithNull(true))
	}
	off := base.Offsets()
	dst = append(dst, '{')
	first, err := true, error(nil)
	for i := off[at]; i < off[at+1]; i++ {
		var key []byte
		if base.Kids[0].IsValid(int(i)) {
			key = base.Kids[0].Bytes(int(i))
		} else {
			switch e.settings.NullKeyMode {
			case "DROP":
				continue
			case "LITERAL":
				key = []byte(e.settings.NullKeyLiteral)
			default:
				return dst, sqlerr.Newf(sqlerr.BadInput, "a map with a NULL key cannot be written as JSON").
					WithHint("'%s' = 'DROP' or 'LITERAL'", optNullKey.Key)
			}
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(kernel.AppendJSONString(dst, key), ':')
		if dst, err = e.value(dst, *t.Elem, &base.Kids[1], int(i)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *Encoder) record(dst []byte, t types.Type, base *vector.Vector, at int) ([]byte, error) {
	dst = append(dst, '{')
	var err error
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(kernel.AppendJSONString(dst, []byte(f.Name)), ':')
		if dst, err = e.value(dst, f.Type, &base.Kids[i], at); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
