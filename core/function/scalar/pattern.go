package scalar

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "LIKE", Doc: function.Doc{
		Syntax: "string LIKE pattern [ESCAPE character]", Category: "comparison",
		Text:     "Whether the string matches the pattern, in which % stands for any characters and _ for one. No character escapes them unless ESCAPE names one.",
		Examples: []string{"'abc' LIKE 'a%'"},
	}}, takes(returns(types.BooleanType), 2, aString, aString, aString), likeCode)
	declare(function.Function{Name: "SIMILAR TO", Doc: function.Doc{
		Syntax: "string SIMILAR TO pattern [ESCAPE character]", Category: "comparison",
		Text: "Whether the whole string matches an SQL regular expression.",
	}}, takes(returns(types.BooleanType), 2, aString, aString, aString), similarCode)
}

// likeCode compiles a constant pattern once; another pattern is compiled by row,
// as often as it changes.
func likeCode(s Site) (kernel.Kernel, error) {
	return patternCode(s, func(pattern []byte, escape rune) (matcher, error) {
		if l, err := kernel.CompileLike(pattern, escape); err != nil {
			return nil, err
		} else {
			return l.Match, nil
		}
	})
}

type matcher func(s []byte) bool

func patternCode(s Site, compile func(pattern []byte, escape rune) (matcher, error)) (kernel.Kernel, error) {
	escape, fixed, err := escapeOf(s)
	if err != nil {
		return kernel.Kernel{}, err
	}
	if lit := s.Args[1].Literal; lit != nil && fixed {
		if lit.Null {
			return kernel.Kernel{Eval: func(*kernel.Call) error { return nil }}, nil
		}
		match, err := compile(lit.B, escape)
		return matchKernel(match), err
	}
	if !fixed {
		return kernel.Kernel{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "an ESCAPE that is not constant is not supported")
	}
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, p, out := c.Strings(0), c.Strings(1), c.Out.Bits()
		var last []byte
		var match matcher
		for _, r := range c.Active() {
			if pattern := p.At(r); match == nil || !bytes.Equal(pattern, last) {
				var err error
				if match, err = compile(pattern, escape); err != nil {
					return c.Fail(r, err)
				}
				last = pattern
			}
			out.SetTo(int(r), match(x.At(r)))
		}
		return nil
	}}, nil
}

func matchKernel(match matcher) kernel.Kernel {
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, out := c.Strings(0), c.Out.Bits()
		for _, r := range c.Active() {
			out.SetTo(int(r), match(x.At(r)))
		}
		return nil
	}}
}

// escapeOf is the escape character, 0 for none; fixed is false where it is not constant.
func escapeOf(s Site) (escape rune, fixed bool, err error) {
	if len(s.Args) < 3 {
		return 0, true, nil
	}
	lit := s.Args[2].Literal
	if lit == nil {
		return 0, false, nil
	}
	if n := utf8.RuneCount(lit.B); n > 1 || lit.Null {
		return 0, true, sqlerr.Newf(sqlerr.BadInput, "the escape '%s' is not one character", lit.Str())
	}
	if len(lit.B) == 0 {
		return 0, true, nil
	}
	escape, _ = utf8.DecodeRune(lit.B)
	return escape, true, nil
}

// similarCode turns an SQL regular expression into one that matches the whole string.
func similarCode(s Site) (kernel.Kernel, error) {
	return patternCode(s, func(pattern []byte, escape rune) (matcher, error) {
		re, err := regexp.Compile(similarRegexp(string(pattern), escape))
		if err != nil {
			return nil, sqlerr.Newf(sqlerr.BadInput, "'%s' is no regular expression of SQL", pattern)
		}
		return re.Match, nil
	})
}

// similarClasses are SQL's names of kinds of characters, which stand in brackets.
var similarClasses = strings.NewReplacer(
	"[:ALPHA:]", "[:alpha:]", "[:UPPER:]", "[:upper:]", "[:LOWER:]", "[:lower:]",
	"[:DIGIT:]", "[:digit:]", "[:ALNUM:]", "[:alnum:]", "[:SPACE:]", " ", "[:WHITESPACE:]", "[:space:]",
)

// similarRegexp is the pattern as a regular expression. The dot and the circumflex
// are no special characters of SQL, but pass as those of regular expressions.
func similarRegexp(pattern string, escape rune) string {
	var b strings.Builder
	b.WriteString("^(?:")
	escaped := false
	pattern = similarClasses.Replace(pattern)
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case escape != 0 && r == escape:
			escaped = true
		case r == '%':
			b.WriteString("(?s:.*)")
		case r == '_':
			b.WriteByte('.')
		case r == '\\' || r == '$':
			b.WriteString(regexp.QuoteMeta(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(")$")
	return b.String()
}
