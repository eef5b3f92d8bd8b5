package scalar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{
		Name: "JSON_OBJECT",
		Doc:  jsonDoc("JSON_OBJECT([KEY] key VALUE value, … [NULL | ABSENT ON NULL])", "A JSON object, its members ordered by key; those that are NULL are null, or left out with ABSENT ON NULL.", "JSON_OBJECT('a' VALUE 1)"),
	}, bindJSONMake(true), jsonMakeCode(true))
	declare(function.Function{
		Name: "JSON_ARRAY",
		Doc:  jsonDoc("JSON_ARRAY(value, … [NULL | ABSENT ON NULL])", "A JSON array; elements that are NULL are left out, or null with NULL ON NULL.", "JSON_ARRAY(1, 'a')"),
	}, bindJSONMake(false), jsonMakeCode(false))
	declare(function.Function{
		Name: "JSON",
		Doc:  jsonDoc("JSON(text)", "Text that is JSON already, as a value of JSON_OBJECT or JSON_ARRAY; other text is an error.", `JSON_OBJECT('a' VALUE JSON('[1, 2]'))`),
	}, nullable(takes(returns(types.StringType), 1, aString)), always(kernel.Kernel{Eval: jsonText}))
	declare(function.Function{Name: "JSON_QUOTE", Doc: jsonDoc("JSON_QUOTE(string)", "The string as a JSON string in ASCII.", `JSON_QUOTE('a"b')`)},
		takes(returns(types.StringType), 1, aString), textMap(jsonQuote))
	declare(function.Function{
		Name: "JSON_UNQUOTE",
		Doc:  jsonDoc("JSON_UNQUOTE(string)", "The text of a JSON string; what is none stays as it is.", `JSON_UNQUOTE('"a"')`),
	},
		takes(returns(types.StringType), 1, aString), textMap(func(dst, s []byte) []byte {
			if len(s) < 2 || s[0] != '"' || !json.Valid(s) {
				return append(dst, s...)
			}
			return kernel.UnquoteJSON(dst, s)
		}))
	for _, f := range []struct {
		name, text string
		test       func(s []byte) bool
	}{
		{"IS JSON", "Whether the string begins with a JSON value.", isJSON},
		{"IS JSON OBJECT", "Whether the string is a JSON object.", func(s []byte) bool { return jsonBegins(s, '{') }},
		{"IS JSON ARRAY", "Whether the string is a JSON array.", func(s []byte) bool { return jsonBegins(s, '[') }},
		{"IS JSON SCALAR", "Whether the string is a JSON value that is neither object nor array.", func(s []byte) bool {
			return isJSON(s) && !jsonBegins(s, '{') && !jsonBegins(s, '[')
		}},
	} {
		declare(function.Function{Name: f.name, Doc: jsonDoc("string "+f.name, f.text+" NULL is not.")},
			neverNull(takes(returns(types.BooleanType), 1, aString)), testCode(f.test))
	}
}

// jsonText writes JSON in its canonical form; the empty string is no value.
func jsonText(c *kernel.Call) error {
	x, out := c.Strings(0), c.MakeBytes()
	for _, r := range c.Active() {
		s := x.At(r)
		v, ok := kernel.JSONDocument(s)
		switch {
		case len(s) == 0:
			c.SetNull(int(r))
			continue
		case !ok:
			return c.Fail(r, sqlerr.Newf(sqlerr.InvalidText, "JSON: '%.60s' is no JSON", s))
		}
		start := len(out.Buf)
		out.Buf = kernel.AppendCanonicalJSON(out.Buf, v)
		out.End(r, start)
	}
	out.Done()
	return nil
}

func isJSON(s []byte) bool {
	_, ok := kernel.JSONDocument(s)
	return ok
}

func jsonBegins(s []byte, c byte) bool {
	for _, have := range s {
		switch have {
		case ' ', '\t', '\r', '\n':
			continue
		}
		return have == c && isJSON(s)
	}
	return false
}

// jsonQuote escapes what is not printable ASCII, and the slash, as the original does.
func jsonQuote(dst, s []byte) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		switch {
		case r == '"' || r == '\\' || r == '/':
			dst = append(dst, '\\', byte(r))
		case r == '\b':
			dst = append(dst, `\b`...)
		case r == '\f':
			dst = append(dst, `\f`...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r >= ' ' && r < 0x7f:
			dst = append(dst, byte(r))
		default:
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				dst = fmt.Appendf(dst, `\u%04x`, high)
				r = low
			}
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return append(dst, '"')
}

// bindJSONMake: before the values stands a constant that says how to write them:
// N or A for NULL or ABSENT ON NULL, then v for each value or r for one that is JSON.
func bindJSONMake(pairs bool) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		sig := function.Signature{Result: types.StringType.NotNull()}
		for i, a := range args {
			t := a.Type
			if pairs && i%2 == 1 && (!t.IsString() || t.Nullable) {
				return sig, fmt.Errorf("the key is %s, a string that is not NULL is wanted", t)
			}
			if t.Kind == types.Null {
				t = types.StringType
			}
			sig.Args = append(sig.Args, t)
		}
		return sig, nil
	}
}

func jsonMakeCode(pairs bool) Code {
	return func(s Site) (kernel.Kernel, error) {
		how := s.Args[0].Literal.Str()
		var order []int // the values as they are written
		k := textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
			return func(dst []byte, r uint32) ([]byte, bool) {
				order = jsonOrder(order[:0], c, int(r), pairs)
				return appendJSONMade(dst, c, int(r), how, order, pairs), true
			}
		})
		k.Nulls = kernel.NullAware
		return k, nil
	}
}

// jsonOrder lists the arguments that are values: those of an object by their keys.
func jsonOrder(order []int, c *kernel.Call, r int, pairs bool) []int {
	if !pairs {
		for i := 1; i < len(c.Args); i++ {
			order = append(order, i)
		}
		return order
	}
	for i := 2; i < len(c.Args); i += 2 {
		at := slices.IndexFunc(order, func(j int) bool { return bytes.Equal(c.Args[j-1].Bytes(r), c.Args[i-1].Bytes(r)) })
		if at >= 0 { // of equal keys the last counts
			order[at] = i
			continue
		}
		at = len(order)
		order = append(order, i)
		for ; at > 0 && bytes.Compare(c.Args[order[at-1]-1].Bytes(r), c.Args[i-1].Bytes(r)) > 0; at-- {
			order[at] = order[at-1]
		}
		order[at] = i
	}
	return order
}

func appendJSONMade(dst []byte, c *kernel.Call, r int, how string, order []int, pairs bool) []byte {
	open, end := byte('['), byte(']')
	if pairs {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	first := true
	for _, i := range order {
		v := c.Args[i]
		if how[0] == 'A' && !v.IsValid(r) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if pairs {
			dst = append(kernel.AppendJSONString(dst, c.Args[i-1].Bytes(r)), ':')
		}
		if how[i] == 'r' && v.IsValid(r) {
			dst = append(dst, v.Bytes(r)...)
		} else {
			dst = appendJSONValue(dst, c, i, r)
		}
	}
	return append(dst, end)
}
