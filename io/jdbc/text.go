package jdbc

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// textOf appends a value as PostgreSQL reads it. A type that is not here does not cross.
var textOf = map[types.Kind]func(dst []byte, t types.Type, v *vector.Vector, r int) []byte{
	types.Boolean: plainText, types.SmallInt: plainText, types.Integer: plainText, types.BigInt: plainText,
	types.Float: plainText, types.Double: plainText, types.Decimal: plainText,
	types.Char: plainText, types.Varchar: plainText, types.Binary: plainText, types.Varbinary: plainText,
	types.Date: plainText, types.Time: plainText, types.Timestamp: plainText,
	types.TimestampLTZ: func(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
		return append(kernel.AppendTimestamp(dst, vector.Values[int64](v.Base())[v.Index(r)], t), "+00"...)
	},
}

var utc = &kernel.Env{}

func plainText(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	return kernel.AppendText(dst, t, v, r, utc)
}

// appendText appends a value that is not NULL.
func appendText(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	if t.Kind != types.Array {
		return textOf[t.Kind](dst, t, v, r)
	}
	base, at := v.Base(), v.Index(r)
	off := base.Offsets()
	dst = append(dst, '{')
	for i := off[at]; i < off[at+1]; i++ {
		if i > off[at] {
			dst = append(dst, ',')
		}
		dst = appendItem(dst, *t.Elem, &base.Kids[0], int(i))
	}
	return append(dst, '}')
}

// appendItem appends a value as an element of an array's text: in quotes.
func appendItem(dst []byte, t types.Type, v *vector.Vector, r int) []byte {
	if !v.IsValid(r) {
		return append(dst, "NULL"...)
	}
	dst = append(dst, '"')
	start := len(dst)
	dst = appendText(dst, t, v, r)
	if bytes.ContainsAny(dst[start:], `"\`) {
		plain := bytes.Clone(dst[start:])
		dst = dst[:start]
		for _, c := range plain {
			if c == '"' || c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// decode appends a value from the server's text; nil is NULL.
func decode(c *vector.Builder, t types.Type, text []byte) error {
	if text == nil {
		if !t.Nullable {
			return sqlerr.Newf(sqlerr.NotNullViolation, "NULL for %s", t)
		}
		c.AppendNull()
		return nil
	}
	switch {
	case t.Kind == types.Boolean:
		c.AppendBool(len(text) > 0 && text[0] == 't')
		return nil
	case t.Kind == types.Varchar && t.Length == types.MaxLength:
		c.AppendBytes(text)
		return nil
	case t.IsBinary():
		raw, err := hex.AppendDecode(nil, bytes.TrimPrefix(text, []byte(`\x`)))
		c.AppendBytes(raw)
		return err
	case t.Kind == types.TimestampLTZ:
		text = bytes.TrimSuffix(text, []byte("+00"))
	case t.Kind == types.Array:
		return decodeArray(c, *t.Elem, text)
	}
	v, err := kernel.ParseText(text, t, utc)
	if err == nil && v.Null {
		err = fmt.Errorf("'%s' does not fit %s", text, t.WithNull(true))
	}
	if err == nil {
		c.AppendValue(v)
	}
	return err
}

var errArray = errors.New("only arrays of one dimension that begin at 1 can be read")

// decodeArray reads {1,NULL,"a \" quote"}.
func decodeArray(c *vector.Builder, t types.Type, text []byte) error {
	if len(text) < 2 || text[0] != '{' {
		return errArray
	}
	rest := text[1 : len(text)-1]
	for len(rest) > 0 {
		var item []byte
		quoted := rest[0] == '"'
		switch {
		case quoted:
			at := 1
			for ; at < len(rest) && rest[at] != '"'; at++ {
				if rest[at] == '\\' {
					at++
				}
				item = append(item, rest[at])
			}
			rest = rest[at+1:]
		case rest[0] == '{':
			return errArray
		default:
			n := bytes.IndexByte(rest, ',')
			if n < 0 {
				n = len(rest)
			}
			item, rest = rest[:n], rest[n:]
		}
		if quoted && item == nil {
			item = []byte{}
		}
		if !quoted && string(item) == "NULL" {
			item = nil
		}
		if err := decode(c.Kid(0), t, item); err != nil {
			return err
		}
		rest = bytes.TrimPrefix(rest, []byte(","))
	}
	c.CloseList()
	return nil
}
