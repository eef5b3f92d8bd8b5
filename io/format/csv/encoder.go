package csv

import (
	"bytes"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Encoder writes rows as records. One goroutine uses it.
type Encoder struct {
	settings Settings
	env      *kernel.Env
	fields   []types.Field
	special  [256]bool // bytes that ask for quotes, or that cannot be written where quotes are disabled
	tmp      []byte
}

// NewEncoder makes an encoder of rows with these columns.
func NewEncoder(schema *types.Schema, s Settings, env *kernel.Env) (*Encoder, error) {
	if env == nil {
		env = &kernel.Env{}
	}
	if err := checkTypes(schema.Fields); err != nil {
		return nil, err
	}
	e := &Encoder{settings: s, env: env, fields: schema.Fields}
	for _, c := range []byte{s.Delimiter, '\n', '\r'} {
		e.special[c] = true
	}
	if s.Quote != 0 {
		e.special[s.Quote], e.special[' '], e.special['\t'] = true, true, true
	}
	return e, nil
}

// Header appends the line of column names.
func (e *Encoder) Header(dst []byte) []byte {
	for i, f := range e.fields {
		if i > 0 {
			dst = append(dst, e.settings.Delimiter)
		}
		if e.settings.Quote != 0 && e.hasSpecial([]byte(f.Name)) {
			dst = e.quoted(dst, []byte(f.Name))
		} else {
			dst = append(dst, f.Name...)
		}
	}
	return append(dst, '\n')
}

// Append appends row r of b and a line end.
func (e *Encoder) Append(dst []byte, b *stream.Batch, r int) ([]byte, error) {
	for i, f := range e.fields {
		if i > 0 {
			dst = append(dst, e.settings.Delimiter)
		}
		v := &b.Cols[i]
		if !v.IsValid(r) {
			dst = append(dst, e.settings.Null...)
			continue
		}
		start := len(dst)
		dst = e.value(dst, f.Type, v, r)
		text := dst[start:]
		special := e.hasSpecial(text)
		if special && e.settings.Quote == 0 {
			return dst, sqlerr.Newf(sqlerr.BadInput, "csv: column %s holds a delimiter or a line end, and quotes are disabled", f.Name)
		}
		// A text that reads as NULL or as an empty line is told apart by quotes.
		force := f.Type.IsString() && (len(text) == 0 || e.settings.HasNull && string(text) == e.settings.Null || text[0] == '#')
		if special || force && e.settings.Quote != 0 {
			e.tmp = append(e.tmp[:0], text...)
			dst = e.quoted(dst[:start], e.tmp)
		}
	}
	return append(dst, '\n'), nil
}

func (e *Encoder) value(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	switch {
	case t.IsBinary():
		return append(dst, v.Bytes(r)...)
	case t.Kind == types.Array:
		base, at := v.Base(), v.Index(r)
		off := base.Offsets()
		for i := off[at]; i < off[at+1]; i++ {
			if i > off[at] {
				dst = append(dst, e.settings.ArrayDelimiter...)
			}
			dst = e.element(dst, *t.Elem, &base.Kids[0], int(i))
		}
		return dst
	case t.Kind == types.Row:
		base, at := v.Base(), v.Index(r)
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, e.settings.ArrayDelimiter...)
			}
			dst = e.element(dst, f.Type, &base.Kids[i], at)
		}
		return dst
	}
	return kernel.AppendText(dst, t, v, r, e.env)
}

func (e *Encoder) element(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, e.settings.Null...)
	}
	return e.value(dst, t, v, r)
}

func (e *Encoder) hasSpecial(text []byte) bool {
	for _, c := range text {
		if e.special[c] {
			return true
		}
	}
	return false
}

// quoted appends text in quotes, those in it doubled.
func (e *Encoder) quoted(dst, text []byte) []byte {
	q := e.settings.Quote
	dst = append(dst, q)
	for {
		i := bytes.IndexByte(text, q)
		if i < 0 {
			return append(append(dst, text...), q)
		}
		dst = append(append(dst, text[:i+1]...), q)
		text = text[i+1:]
	}
}
