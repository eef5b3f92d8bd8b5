package scalar

import (
	"regexp"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "REGEXP", Doc: stringDoc("REGEXP(string, regex)", "Whether the regular expression matches a part of the string; an empty one matches none.", "REGEXP('weir', 'e.r')")},
		takes(returns(types.BooleanType), 2, aString, aString), regexpInt(func(re *regexp.Regexp, s []byte) (int64, bool) {
			if re.String() != "" && re.Match(s) {
				return 1, true
			}
			return 0, true
		}))
	declare(function.Function{Name: "REGEXP_COUNT", Doc: stringDoc("REGEXP_COUNT(string, regex)", "How often the regular expression matches.")},
		nullable(takes(returns(types.IntType), 2, aString, aString)), regexpInt(func(re *regexp.Regexp, s []byte) (int64, bool) {
			return int64(len(re.FindAllIndex(s, -1))), true
		}))
	declare(function.Function{Name: "REGEXP_INSTR", Doc: stringDoc("REGEXP_INSTR(string, regex)", "The place of the first match, from 1; 0 where there is none.")},
		nullable(takes(returns(types.IntType), 2, aString, aString)), regexpInt(func(re *regexp.Regexp, s []byte) (int64, bool) {
			at := re.FindIndex(s)
			if at == nil {
				return 0, true
			}
			return runeCount(s[:at[0]]) + 1, true
		}))
	declare(function.Function{Name: "REGEXP_SUBSTR", Doc: stringDoc("REGEXP_SUBSTR(string, regex)", "The first match; NULL where there is none.")},
		nullable(takes(returns(types.StringType), 2, aString, aString)), regexpText(func(re *regexp.Regexp, _ *kernel.Call) regexpWriter {
			return func(dst, s []byte, _ uint32) ([]byte, bool) {
				at := re.FindIndex(s)
				if at == nil {
					return dst, false
				}
				return append(dst, s[at[0]:at[1]]...), true
			}
		}))
	declare(function.Function{
		Name: "REGEXP_EXTRACT",
		Doc:  stringDoc("REGEXP_EXTRACT(string, regex [, group])", "A group of the first match, 0 (the default) for all of it; NULL where there is none.", "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)"),
	},
		nullable(takes(returns(types.StringType), 2, aString, aString, anInt)), regexpText(regexpExtract))
	declare(function.Function{
		Name: "REGEXP_REPLACE",
		Doc:  stringDoc("REGEXP_REPLACE(string, regex, replacement)", "The string with every match replaced; the replacement is plain text.", "REGEXP_REPLACE('foobar', 'oo|ar', '')"),
	},
		takes(returns(types.StringType), 3, aString, aString, aString), regexpText(regexpReplace))
}

// compileRegexp reads Java's syntax as far as it is RE2's: look-around and
// back references are refused.
func compileRegexp(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, sqlerr.Newf(sqlerr.BadInput, "'%s' is no regular expression that weir knows: %s", pattern, err.Error()).
			WithHint("look-around (?=…) and back references \\1 are not supported")
	}
	return re, nil
}

// regexpArg is the expression of argument 1: compiled once where it is constant,
// else whenever it changes.
func regexpArg(s Site) (func(c *kernel.Call) func(r uint32) (*regexp.Regexp, error), error) {
	if lit := s.Args[1].Literal; lit != nil && !lit.Null {
		re, err := compileRegexp(lit.Str())
		return func(*kernel.Call) func(uint32) (*regexp.Regexp, error) {
			return func(uint32) (*regexp.Regexp, error) { return re, nil }
		}, err
	}
	return func(c *kernel.Call) func(r uint32) (*regexp.Regexp, error) {
		patterns := c.Strings(1)
		var last string
		var re *regexp.Regexp
		return func(r uint32) (out *regexp.Regexp, err error) {
			if p := patterns.At(r); re == nil || string(p) != last {
				last = string(p)
				if re, err = compileRegexp(last); err != nil {
					return nil, err
				}
			}
			return re, nil
		}
	}, nil
}

// regexpInt is the code of a function to an integer or BOOLEAN.
func regexpInt(f func(re *regexp.Regexp, s []byte) (int64, bool)) Code {
	return func(s Site) (kernel.Kernel, error) {
		expressions, err := regexpArg(s)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, expression := c.Strings(0), expressions(c)
			for _, r := range c.Active() {
				re, err := expression(r)
				if err != nil {
					return c.Fail(r, err)
				}
				v, ok := f(re, x.At(r))
				switch {
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

type regexpWriter func(dst, s []byte, r uint32) ([]byte, bool)

// regexpText is the code of a function to a string.
func regexpText(prepare func(re *regexp.Regexp, c *kernel.Call) regexpWriter) Code {
	return func(s Site) (kernel.Kernel, error) {
		expressions, err := regexpArg(s)
		return kernel.Kernel{Eval: func(c *kernel.Call) error {
			x, expression, out := c.Strings(0), expressions(c), c.MakeBytes()
			var last *regexp.Regexp
			var write regexpWriter
			for _, r := range c.Active() {
				re, err := expression(r)
				if err != nil {
					return c.Fail(r, err)
				}
				if re != last {
					last, write = re, prepare(re, c)
				}
				start := len(out.Buf)
				b, ok := write(out.Buf, x.At(r), r)
				if !ok {
					c.SetNull(int(r))
					continue
				}
				out.Buf = b
				out.End(r, start)
			}
			out.Done()
			return nil
		}}, err
	}
}

func regexpExtract(re *regexp.Regexp, c *kernel.Call) regexpWriter {
	group := func(uint32) int64 { return 0 }
	if len(c.Args) == 3 {
		n := c.Ints(2)
		group = n.At
	}
	return func(dst, s []byte, r uint32) ([]byte, bool) {
		g := group(r)
		if g < 0 || g > int64(re.NumSubexp()) {
			return dst, false
		}
		at := re.FindSubmatchIndex(s)
		if at == nil || at[2*g] < 0 {
			return dst, false
		}
		return append(dst, s[at[2*g]:at[2*g+1]]...), true
	}
}

func regexpReplace(re *regexp.Regexp, c *kernel.Call) regexpWriter {
	with := c.Strings(2)
	return func(dst, s []byte, r uint32) ([]byte, bool) {
		end := 0
		for _, at := range re.FindAllIndex(s, -1) {
			dst = append(append(dst, s[end:at[0]]...), with.At(r)...)
			end = at[1]
		}
		return append(dst, s[end:]...), true
	}
}
