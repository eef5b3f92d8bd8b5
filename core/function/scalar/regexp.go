package scalar

import (
	"errors"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/regex"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func init() {
	declare(function.Function{Name: "REGEXP", Doc: stringDoc("REGEXP(string, regex)", "Whether the regular expression, Java's, matches a part of the string; an empty or malformed one matches none.", "REGEXP('weir', 'e.r')")},
		takes(returns(types.BooleanType), 2, aString, aString), regexpInt(func(re *regex.Pattern, s []byte) (int64, bool, error) {
			if re == nil || re.String() == "" {
				return 0, true, nil
			}
			ok, err := re.Match(s)
			if ok {
				return 1, true, err
			}
			return 0, true, err
		}))
	declare(function.Function{Name: "REGEXP_COUNT", Doc: stringDoc("REGEXP_COUNT(string, regex)", "How often the regular expression matches; NULL for a malformed one.", "REGEXP_COUNT('weir weir', 'e.')")},
		nullable(takes(returns(types.IntType), 2, aString, aString)), regexpInt(func(re *regex.Pattern, s []byte) (int64, bool, error) {
			if re == nil {
				return 0, false, nil
			}
			n := int64(0)
			var scratch [16]int
			err := re.All(s, scratch[:0], func([]int) bool { n++; return true })
			return n, true, err
		}))
	declare(function.Function{Name: "REGEXP_INSTR", Doc: stringDoc("REGEXP_INSTR(string, regex)", "The place of the first match, from 1; 0 where there is none; NULL for a malformed expression.", "REGEXP_INSTR('weir', 'i')")},
		nullable(takes(returns(types.IntType), 2, aString, aString)), regexpInt(func(re *regex.Pattern, s []byte) (int64, bool, error) {
			if re == nil {
				return 0, false, nil
			}
			var scratch [16]int
			at, err := re.Find(s, scratch[:0])
			if at == nil {
				return 0, true, err
			}
			return runeCount(s[:at[0]]) + 1, true, err
		}))
	declare(function.Function{Name: "REGEXP_SUBSTR", Doc: stringDoc("REGEXP_SUBSTR(string, regex)", "The first match; NULL where there is none.", "REGEXP_SUBSTR('weir 2', '[0-9]')")},
		nullable(takes(returns(types.StringType), 2, aString, aString)), regexpText(regexpSubstr))
	declare(function.Function{
		Name: "REGEXP_EXTRACT",
		Doc:  stringDoc("REGEXP_EXTRACT(string, regex [, group])", "A group of the first match, 0 (the default) for all of it; NULL where there is none.", "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)"),
	},
		nullable(takes(returns(types.StringType), 2, aString, aString, anInt)), regexpText(regexpExtract))
	declare(function.Function{
		Name: "REGEXP_EXTRACT_ALL",
		Doc:  stringDoc("REGEXP_EXTRACT_ALL(string, regex [, group])", "A group of all matches as an ARRAY, 1 (the default) for the first group, 0 for all of a match; NULL where there is no such group.", "REGEXP_EXTRACT_ALL('1a 2b', '([0-9])([a-z])', 2)"),
	},
		nullable(takes(returns(types.ArrayType(types.StringType)), 2, aString, aString, anInt)), regexpExtractAll)
	declare(function.Function{
		Name: "REGEXP_REPLACE",
		Doc:  stringDoc("REGEXP_REPLACE(string, regex, replacement)", "The string with every match replaced; the replacement is plain text. NULL for a malformed expression.", "REGEXP_REPLACE('foobar', 'oo|ar', '')"),
	},
		nullable(takes(returns(types.StringType), 3, aString, aString, aString)), regexpText(regexpReplace))
}

// regexpArg is the expression of argument i: compiled once where it is constant,
// else whenever it changes. It is nil for what Java does not read.
func regexpArg(s Site, i int) (func(c *kernel.Call) func(r uint32) (*regex.Pattern, error), error) {
	if lit := s.Args[i].Literal; lit != nil && !lit.Null {
		re, err := readRegexp(lit.Str())
		return func(*kernel.Call) func(uint32) (*regex.Pattern, error) {
			return func(uint32) (*regex.Pattern, error) { return re, nil }
		}, err
	}
	return func(c *kernel.Call) func(r uint32) (*regex.Pattern, error) {
		patterns := c.Strings(i)
		var last string
		var re *regex.Pattern
		begun := false
		return func(r uint32) (out *regex.Pattern, err error) {
			if p := patterns.At(r); !begun || string(p) != last {
				last, begun = string(p), true
				if re, err = readRegexp(last); err != nil {
					return nil, err
				}
			}
			return re, nil
		}
	}, nil
}

func readRegexp(text string) (*regex.Pattern, error) {
	re, err := regex.Compile(text)
	if errors.Is(err, regex.ErrSyntax) {
		return nil, nil
	}
	return re, err
}

// regexpInt is the code of a function to an integer or BOOLEAN.
func regexpInt(f func(re *regex.Pattern, s []byte) (int64, bool, error)) Code {
	return func(s Site) (kernel.Kernel, error) {
		expressions, err := regexpArg(s, 1)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, expression := c.Strings(0), expressions(c)
			for _, r := range c.Active() {
				re, err := expression(r)
				if err != nil {
					return c.Fail(r, err)
				}
				v, ok, err := f(re, x.At(r))
				switch {
				case err != nil:
					return c.Fail(r, err)
				case !ok:
					c.SetNull(int(r))
				case s.Type.Kind == types.Boolean:
					c.PutBool(r, v != 0)
				default:
					c.PutInt(r, v)
				}
			}
			return nil
		}}, err
	}
}

// regexpWriter writes the result of row r, false for NULL.
type regexpWriter func(dst []byte, re *regex.Pattern, s []byte, r uint32) ([]byte, bool, error)

// regexpText is the code of a function to a string.
func regexpText(prepare func(c *kernel.Call) regexpWriter) Code {
	return func(s Site) (kernel.Kernel, error) {
		expressions, err := regexpArg(s, 1)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, expression, out := c.Strings(0), expressions(c), c.MakeBytes()
			write := prepare(c)
			for _, r := range c.Active() {
				re, err := expression(r)
				if err != nil {
					return c.Fail(r, err)
				}
				if re == nil {
					c.SetNull(int(r))
					continue
				}
				start := len(out.Buf)
				b, ok, err := write(out.Buf, re, x.At(r), r)
				switch {
				case err != nil:
					return c.Fail(r, err)
				case !ok:
					c.SetNull(int(r))
				default:
					out.Buf = b
					out.End(r, start)
				}
			}
			out.Done()
			return nil
		}}, err
	}
}

func regexpSubstr(*kernel.Call) regexpWriter {
	var scratch []int
	return func(dst []byte, re *regex.Pattern, s []byte, _ uint32) ([]byte, bool, error) {
		at, err := re.Find(s, scratch)
		if at == nil {
			return dst, false, err
		}
		scratch = at
		return append(dst, s[at[0]:at[1]]...), true, nil
	}
}

// groupArg is the group that argument 2 names, or a default.
func groupArg(c *kernel.Call, fallback int64) func(r uint32) int64 {
	if len(c.Args) < 3 {
		return func(uint32) int64 { return fallback }
	}
	n := c.Ints(2)
	return n.At
}

func regexpExtract(c *kernel.Call) regexpWriter {
	group := groupArg(c, 0)
	var scratch []int
	return func(dst []byte, re *regex.Pattern, s []byte, r uint32) ([]byte, bool, error) {
		g := group(r)
		if g < 0 || g > int64(re.Groups()) {
			return dst, false, nil
		}
		at, err := re.Find(s, scratch)
		if at == nil || at[2*g] < 0 {
			return dst, false, err
		}
		scratch = at
		return append(dst, s[at[2*g]:at[2*g+1]]...), true, nil
	}
}

func regexpReplace(c *kernel.Call) regexpWriter {
	with, scratch := c.Strings(2), make([]int, 0, 16)
	return func(dst []byte, re *regex.Pattern, s []byte, r uint32) ([]byte, bool, error) {
		end := 0
		err := re.All(s, scratch, func(at []int) bool {
			dst = append(append(dst, s[end:at[0]]...), with.At(r)...)
			end = at[1]
			return true
		})
		return append(dst, s[end:]...), true, err
	}
}

func regexpExtractAll(s Site) (kernel.Kernel, error) {
	expressions, err := regexpArg(s, 1)
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, expression, group := c.Strings(0), expressions(c), groupArg(c, 1)
		out, found, scratch := c.MakeLists(), vector.NewBuilder(types.StringType), make([]int, 0, 16)
		for _, r := range c.Active() {
			re, err := expression(r)
			if err != nil {
				return c.Fail(r, err)
			}
			g := group(r)
			if re == nil || g < 0 || g > int64(re.Groups()) {
				c.SetNull(int(r))
				out.End(r)
				continue
			}
			text, from := x.At(r), uint32(found.Len())
			err = re.All(text, scratch, func(at []int) bool {
				if at[2*g] < 0 {
					found.AppendNull()
				} else {
					found.AppendBytes(text[at[2*g]:at[2*g+1]])
				}
				return true
			})
			if err != nil {
				return c.Fail(r, err)
			}
			out.Span(from, uint32(found.Len()))
			out.End(r)
		}
		elements := found.Finish()
		out.Done(&elements)
		return nil
	}}, err
}
