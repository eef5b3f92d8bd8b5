package scalar

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const jsonPathText = " A path is strict unless lax stands before it: what is missing is then an error for ON ERROR, else empty."

func init() {
	declare(function.Function{
		Name: "JSON_VALUE",
		Doc: jsonDoc("JSON_VALUE(json, path [RETURNING type] [{NULL | ERROR | DEFAULT value} ON EMPTY] [… ON ERROR])",
			"The scalar at a path, as STRING or as RETURNING says: BOOLEAN, INT, DOUBLE; NULL where there is none or it has another type."+jsonPathText,
			`JSON_VALUE('{"a": 1}', '$.a')`, `JSON_VALUE('{"a": 1}', '$.a' RETURNING INT)`, `JSON_VALUE('{"a": 1}', 'lax $.b' DEFAULT 'none' ON EMPTY)`),
	}, nullable(bindJSONValue), jsonValueCode)
	declare(function.Function{
		Name: "JSON_QUERY",
		Doc: jsonDoc("JSON_QUERY(json, path [RETURNING ARRAY<STRING>] [WITH [CONDITIONAL] WRAPPER] [{NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR} ON EMPTY] [… ON ERROR])",
			"The object or array at a path, as JSON with its members in the order of their keys; NULL where there is none."+jsonPathText,
			`JSON_QUERY('{"a": [1]}', '$.a')`, `JSON_QUERY('{"a": 1}', '$.a' WITH WRAPPER)`, `JSON_QUERY('{"a": [1, 2]}', '$.a' RETURNING ARRAY<STRING>)`),
	}, nullable(bindJSONQuery), jsonQueryCode)
	declare(function.Function{
		Name: "JSON_EXISTS",
		Doc: jsonDoc("JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR])",
			"Whether there is a value at a path; FALSE where the text is no JSON."+jsonPathText, `JSON_EXISTS('{"a": 1}', '$.a')`),
	}, nullable(takes(returns(types.BooleanType), 2, aString, aString, aString)), jsonExistsCode)
}

// How a call answers stands in one constant behind the path, a letter for ON EMPTY and
// one for ON ERROR, and for JSON_QUERY one for its wrapper.
const (
	jsonNull        = 'N'
	jsonError       = 'E'
	jsonDefault     = 'D' // the next of the arguments behind
	jsonEmptyArray  = 'A'
	jsonEmptyObject = 'O'
	jsonTrue        = 'T'
	jsonFalse       = 'F'

	noWrapper            = 'N'
	conditionalWrapper   = 'C'
	unconditionalWrapper = 'U'
)

// bindJSONValue takes json, path, how, a value of the type RETURNING names, defaults.
func bindJSONValue(args []function.Arg) (function.Signature, error) {
	sig, err := takes(returns(types.StringType), 2, aString, aString)(args[:min(len(args), 2)])
	if err != nil || len(args) == 2 {
		return sig, err
	}
	t := args[3].Type
	switch t.Kind {
	case types.Boolean, types.Integer, types.Double, types.Varchar:
	default:
		return sig, fmt.Errorf("RETURNING %s is not supported; STRING, BOOLEAN, INT and DOUBLE are", t.WithNull(true))
	}
	sig.Args = append(sig.Args, args[2].Type)
	for _, a := range args[3:] {
		if !types.CanCast(a.Type, t) {
			return sig, fmt.Errorf("the default is %s, %s wanted", a.Type.WithNull(true), t.WithNull(true))
		}
		sig.Args = append(sig.Args, t.WithNull(a.Type.Nullable))
	}
	sig.Result = t
	return sig, nil
}

// bindJSONQuery takes json, path, how, a value of the type RETURNING names.
func bindJSONQuery(args []function.Arg) (function.Signature, error) {
	sig, err := takes(returns(types.StringType), 2, aString, aString)(args[:min(len(args), 2)])
	if err != nil || len(args) == 2 {
		return sig, err
	}
	t := args[3].Type
	if t.Kind != types.Varchar && (t.Kind != types.Array || t.Elem.Kind != types.Varchar) {
		return sig, fmt.Errorf("RETURNING %s is not supported; STRING and ARRAY<STRING> are", t.WithNull(true))
	}
	if how := args[2].Literal; t.Kind == types.Array && how != nil && strings.ContainsRune(how.Str()[:2], jsonEmptyObject) {
		return sig, fmt.Errorf("EMPTY OBJECT is no %s", t.WithNull(true))
	}
	sig.Args = append(sig.Args, args[2].Type, t)
	sig.Result = t
	return sig, nil
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

// howOf reads the constant that says how a call answers.
func howOf(s Site, fallback string) string {
	if len(s.Args) < 3 || s.Args[2].Literal == nil {
		return fallback
	}
	return s.Args[2].Literal.Str()
}

// jsonCode is the code of a function of a document and a path. put makes the result
// of what was found and may say that it is none; miss makes it for ON EMPTY or ON ERROR.
func jsonCode(s Site, put, miss func(c *kernel.Call, out *kernel.Bytes) func(r uint32, value []byte, found kernel.JSONFinding, lax bool) (kernel.JSONFinding, error)) (kernel.Kernel, error) {
	paths, err := jsonPathArg(s)
	return kernel.Kernel{Nulls: kernel.NullAware, Eval: func(c *kernel.Call) error {
		if c.Args[0].IsNullConst() || c.Args[1].IsNullConst() {
			for _, r := range c.Selected() {
				c.SetNull(int(r))
			}
			return nil
		}
		var out kernel.Bytes
		if c.Out.Phys == types.PhysBytes {
			out = c.MakeBytes()
		}
		x, path := c.Strings(0), paths(c)
		hit, no := put(c, &out), miss(c, &out)
		var buf []byte
		for _, r := range c.Selected() {
			if !c.Args[0].IsValid(int(r)) || !c.Args[1].IsValid(int(r)) {
				c.SetNull(int(r))
				continue
			}
			p, err := path(r)
			if err != nil {
				return c.Fail(r, err)
			}
			value, found := p.Find(x.At(r), &buf)
			if found == kernel.JSONFound {
				if found, err = hit(r, value, found, p.Lax); err != nil {
					return c.Fail(r, err)
				}
			}
			if found != kernel.JSONFound {
				if _, err = no(r, value, found, p.Lax); err != nil {
					return c.Fail(r, err)
				}
			}
		}
		if c.Out.Phys == types.PhysBytes {
			out.Done()
		}
		return nil
	}}, err
}

type jsonAnswer = func(r uint32, value []byte, found kernel.JSONFinding, lax bool) (kernel.JSONFinding, error)

// wrongShape is what a value of another shape is: empty under lax, else an error.
func wrongShape(lax bool) kernel.JSONFinding {
	if lax {
		return kernel.JSONMissing
	}
	return kernel.JSONFailed
}

func jsonValueCode(s Site) (kernel.Kernel, error) {
	how := howOf(s, "NN")
	return jsonCode(s,
		func(c *kernel.Call, out *kernel.Bytes) jsonAnswer {
			return func(r uint32, v []byte, _ kernel.JSONFinding, lax bool) (kernel.JSONFinding, error) {
				if v[0] == '{' || v[0] == '[' {
					return wrongShape(lax), nil
				}
				if !putJSONScalar(c, out, r, v) {
					return kernel.JSONFailed, nil
				}
				return kernel.JSONFound, nil
			}
		},
		func(c *kernel.Call, out *kernel.Bytes) jsonAnswer {
			return func(r uint32, _ []byte, found kernel.JSONFinding, _ bool) (kernel.JSONFinding, error) {
				return found, putJSONMissing(c, out, r, how, found)
			}
		})
}

// putJSONScalar makes a scalar the result, in its type; false where it does not read as such.
func putJSONScalar(c *kernel.Call, out *kernel.Bytes, r uint32, v []byte) bool {
	switch c.Type.Kind {
	case types.Boolean:
		if v[0] != 't' && v[0] != 'f' {
			return false
		}
		c.PutBool(r, v[0] == 't')
	case types.Integer:
		n, err := strconv.ParseInt(string(v), 10, 32)
		c.PutInt(r, n)
		return err == nil
	case types.Double:
		f, err := strconv.ParseFloat(string(v), 64)
		vector.Values[float64](c.Out)[r] = f
		return err == nil && v[0] != '"'
	default:
		start := len(out.Buf)
		out.Buf, _ = kernel.AppendJSONScalar(out.Buf, v)
		out.End(r, start)
	}
	return true
}

// putJSONMissing answers for ON EMPTY or ON ERROR.
func putJSONMissing(c *kernel.Call, out *kernel.Bytes, r uint32, how string, found kernel.JSONFinding) error {
	answer, at := how[0], 4
	if found == kernel.JSONFailed {
		if how[0] == jsonDefault {
			at++
		}
		answer = how[1]
	}
	switch answer {
	case jsonError:
		return missingJSON(found)
	case jsonDefault:
		v := c.Args[at]
		if !v.IsValid(int(r)) {
			c.SetNull(int(r))
			return nil
		}
		switch c.Type.Kind {
		case types.Boolean:
			c.PutBool(r, v.Base().Bits().Get(v.Index(int(r))))
		case types.Integer:
			c.PutInt(r, intOf(v, int(r)))
		case types.Double:
			vector.Values[float64](c.Out)[r] = vector.Values[float64](v.Base())[v.Index(int(r))]
		default:
			out.Put(r, v.Bytes(int(r)))
		}
	default:
		c.SetNull(int(r))
	}
	return nil
}

func missingJSON(found kernel.JSONFinding) error {
	if found == kernel.JSONMissing {
		return sqlerr.Newf(sqlerr.BadInput, "there is no value at the JSON path, and ERROR ON EMPTY asks for one")
	}
	return sqlerr.Newf(sqlerr.BadInput, "the JSON text or its value at the path is not what the path asks for, and ERROR ON ERROR stands there")
}

func jsonQueryCode(s Site) (kernel.Kernel, error) {
	how := howOf(s, "NNN")
	list := s.Type.Kind == types.Array
	var lists listMaker
	k, err := jsonCode(s,
		func(c *kernel.Call, out *kernel.Bytes) jsonAnswer {
			return func(r uint32, v []byte, _ kernel.JSONFinding, lax bool) (kernel.JSONFinding, error) {
				wrap := how[2] == unconditionalWrapper || how[2] == conditionalWrapper && v[0] != '['
				if v[0] != '{' && v[0] != '[' && !wrap {
					return wrongShape(lax), nil
				}
				start := len(lists.text)
				lists.text = appendWrapped(lists.text, v, wrap)
				text := lists.text[start:]
				if !list {
					out.Put(r, text)
					lists.text = lists.text[:start]
					return kernel.JSONFound, nil
				}
				if text[0] != '[' {
					return kernel.JSONFailed, nil
				}
				lists.put(r, text)
				return kernel.JSONFound, nil
			}
		},
		func(c *kernel.Call, out *kernel.Bytes) jsonAnswer {
			return func(r uint32, _ []byte, found kernel.JSONFinding, _ bool) (kernel.JSONFinding, error) {
				answer, text := how[0], "[]"
				if found == kernel.JSONFailed {
					answer = how[1]
				}
				switch answer {
				case jsonError:
					return found, missingJSON(found)
				case jsonEmptyObject:
					text = "{}"
				case jsonEmptyArray:
				default:
					c.SetNull(int(r))
					return found, nil
				}
				if list {
					lists.put(r, []byte(text))
				} else {
					out.Put(r, []byte(text))
				}
				return found, nil
			}
		})
	if list {
		k.Eval = lists.around(k.Eval)
	}
	return k, err
}

func appendWrapped(dst, v []byte, wrap bool) []byte {
	if wrap {
		return append(kernel.AppendCanonicalJSON(append(dst, '['), v), ']')
	}
	return kernel.AppendCanonicalJSON(dst, v)
}

// listMaker makes ARRAY<STRING> of JSON arrays, once all rows are known.
type listMaker struct {
	text  []byte // of all arrays of a batch
	texts [][]byte
}

func (l *listMaker) put(r uint32, text []byte) { l.texts[r] = text }

func (l *listMaker) around(eval func(c *kernel.Call) error) func(c *kernel.Call) error {
	return func(c *kernel.Call) error {
		l.text, l.texts = l.text[:0], make([][]byte, c.Rows)
		if err := eval(c); err != nil {
			return err
		}
		b := vector.NewBuilder(c.Type)
		for r := range c.Rows {
			if text := l.texts[r]; text == nil {
				b.AppendNull()
			} else {
				kernel.AppendJSONElements(b.Kid(0), text)
				b.CloseList()
			}
		}
		*c.Out = b.Finish()
		return nil
	}
}

func jsonExistsCode(s Site) (kernel.Kernel, error) {
	onError := howOf(s, string(rune(jsonFalse)))[0]
	return jsonCode(s,
		func(c *kernel.Call, _ *kernel.Bytes) jsonAnswer {
			return func(r uint32, _ []byte, found kernel.JSONFinding, _ bool) (kernel.JSONFinding, error) {
				c.PutBool(r, true)
				return found, nil
			}
		},
		func(c *kernel.Call, _ *kernel.Bytes) jsonAnswer {
			return func(r uint32, _ []byte, found kernel.JSONFinding, _ bool) (kernel.JSONFinding, error) {
				switch {
				case found == kernel.JSONMissing || onError == jsonFalse:
					c.PutBool(r, false)
				case onError == jsonTrue:
					c.PutBool(r, true)
				case onError == jsonError:
					return found, missingJSON(found)
				default:
					c.SetNull(int(r))
				}
				return found, nil
			}
		})
}
