package scalar

import (
	"bytes"
	"encoding/json"

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
		Name: "JSON_VALUE",
		Doc:  jsonDoc("JSON_VALUE(json, path)", "The scalar at a path, as text; NULL where there is none or the text is no JSON.", `JSON_VALUE('{"a": 1}', '$.a')`),
	},
		nullable(takes(returns(types.StringType), 2, aString, aString)), jsonText(kernel.AppendJSONScalar))
	declare(function.Function{
		Name: "JSON_QUERY",
		Doc:  jsonDoc("JSON_QUERY(json, path)", "The object or array at a path, as JSON; NULL where there is none or the text is no JSON.", `JSON_QUERY('{"a": [1]}', '$.a')`),
	},
		nullable(takes(returns(types.StringType), 2, aString, aString)), jsonText(compactNested))
	declare(function.Function{
		Name: "JSON_EXISTS",
		Doc:  jsonDoc("JSON_EXISTS(json, path)", "Whether there is a value at a path; FALSE where the text is no JSON.", `JSON_EXISTS('{"a": 1}', '$.a')`),
	},
		takes(returns(types.BooleanType), 2, aString, aString), jsonExistsCode)
	declare(function.Function{
		Name: "JSON_STRING",
		Doc:  jsonDoc("JSON_STRING(value)", "The value as JSON; NULL for NULL.", "JSON_STRING('weir')"),
	},
		takes(returns(types.StringType), 1, anything), jsonStringCode)
}

// jsonPathArg is the path of argument 1: compiled once where it is constant,
// else whenever it changes.
func jsonPathArg(s Site) (func(c *kernel.Call) func(r uint32) (*kernel.JSONPath, error), error) {
	if lit := s.Args[1].Literal; lit != nil && !lit.Null {
		p, err := kernel.CompileJSONPath(lit.Str())
		return func(*kernel.Call) func(uint32) (*kernel.JSONPath, error) {
			return func(uint32) (*kernel.JSONPath, error) { return p, nil }
		}, err
	}
	return func(c *kernel.Call) func(r uint32) (*kernel.JSONPath, error) {
		paths := c.Strings(1)
		var last string
		var p *kernel.JSONPath
		return func(r uint32) (*kernel.JSONPath, error) {
			var err error
			if text := paths.At(r); p == nil || string(text) != last {
				last = string(text)
				p, err = kernel.CompileJSONPath(last)
			}
			return p, err
		}
	}, nil
}

// jsonText is the code of a function that writes what is at the path.
func jsonText(write func(dst, value []byte) ([]byte, bool)) Code {
	return func(s Site) (kernel.Kernel, error) {
		paths, err := jsonPathArg(s)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, path, out := c.Strings(0), paths(c), c.MakeBytes()
			for _, r := range c.Active() {
				p, err := path(r)
				if err != nil {
					return c.Fail(r, err)
				}
				start := len(out.Buf)
				value, found, _ := p.Find(x.At(r))
				if found {
					out.Buf, found = write(out.Buf, value)
				}
				if !found {
					c.SetNull(int(r))
					continue
				}
				out.End(r, start)
			}
			out.Done()
			return nil
		}}, err
	}
}

func compactNested(dst, v []byte) ([]byte, bool) {
	if v[0] != '{' && v[0] != '[' {
		return dst, false
	}
	buf := bytes.NewBuffer(dst)
	err := json.Compact(buf, v)
	return buf.Bytes(), err == nil
}

func jsonExistsCode(s Site) (kernel.Kernel, error) {
	paths, err := jsonPathArg(s)
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, path := c.Strings(0), paths(c)
		for _, r := range c.Active() {
			p, err := path(r)
			if err != nil {
				return c.Fail(r, err)
			}
			value, found, _ := p.Find(x.At(r))
			c.PutBool(r, found && value[0] != 'n') // null is no value
		}
		return nil
	}}, err
}

func jsonStringCode(Site) (kernel.Kernel, error) {
	return textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		return func(dst []byte, r uint32) ([]byte, bool) { return appendJSONValue(dst, c, 0, int(r)), true }
	}), nil
}

// appendJSONValue appends argument i of row r as JSON. Unlike in result files a
// DECIMAL is a number, a timestamp has its T, and bytes are base64.
func appendJSONValue(dst []byte, c *kernel.Call, i, r int) []byte {
	t, v := c.ArgTypes[i], c.Args[i]
	if !v.IsValid(r) {
		return append(dst, "null"...)
	}
	switch {
	case t.Kind == types.Decimal:
		return kernel.AppendText(dst, t, v, r, c.Env)
	case t.IsBinary():
		return append(kernel.AppendBase64(append(dst, '"'), v.Bytes(r)), '"')
	case t.IsTimestamp():
		return appendISOTime(dst, t, v, r)
	}
	return kernel.AppendJSON(dst, t, v, r, c.Env)
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
