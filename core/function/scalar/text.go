package scalar

import (
	"bytes"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func stringDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "string", Examples: examples}
}

func init() {
	declare(function.Function{
		Name: "CHAR_LENGTH", Aliases: []string{"CHARACTER_LENGTH"},
		Doc: stringDoc("CHAR_LENGTH(string)", "The number of characters.", "CHAR_LENGTH('weir')"),
	},
		takes(returns(types.IntType), 1, aString),
		textInt(runeCount))
	declare(function.Function{Name: "UPPER", Doc: stringDoc("UPPER(string)", "The string in capitals, ß as SS.", "UPPER('weir')")},
		takes(sameAs(0), 1, aString), textMap(upper))
	declare(function.Function{Name: "LOWER", Doc: stringDoc("LOWER(string)", "The string in small letters.", "LOWER('WEIR')")},
		takes(sameAs(0), 1, aString), textMap(lower))
	declare(function.Function{
		Name: "INITCAP",
		Doc:  stringDoc("INITCAP(string)", "Each word with a capital first and small letters behind; words are made of ASCII letters and digits.", "INITCAP('hello world')"),
	},
		takes(sameAs(0), 1, aString), textMap(initcap))
	declare(function.Function{Name: "REVERSE", Doc: stringDoc("REVERSE(string)", "The characters in reverse order.", "REVERSE('weir')")},
		takes(returns(types.StringType), 1, aString), textMap(reverse))
	declare(function.Function{
		Name: "SUBSTRING", Aliases: []string{"SUBSTR"},
		Doc: stringDoc("SUBSTRING(string FROM start [FOR length])",
			"The part of the string from a position, which counts from 1, or from the end where it is negative.", "SUBSTRING('abcdef', 3, 2)"),
	},
		bindSubstring, textCut(substring))
	declare(function.Function{Name: "LEFT", Doc: stringDoc("LEFT(string, count)", "The first characters; empty where the count is not positive.", "LEFT('abcdef', 2)")},
		takes(varyingOf(0), 2, aString, anInt), textCut(leftPart))
	declare(function.Function{Name: "RIGHT", Doc: stringDoc("RIGHT(string, count)", "The last characters; empty where the count is not positive.", "RIGHT('abcdef', 2)")},
		takes(varyingOf(0), 2, aString, anInt), textCut(rightPart))
	for _, f := range []struct {
		name        string
		left, right bool
		where       string
	}{
		{"TRIM", true, true, "both ends"},
		{"BTRIM", true, true, "both ends"},
		{"LTRIM", true, false, "the beginning"},
		{"RTRIM", false, true, "the end"},
	} {
		declare(function.Function{
			Name: f.name,
			Doc:  stringDoc(f.name+"(string [, characters])", "The string without the characters (spaces by default) at "+f.where+".", f.name+"('  weir  ')"),
		},
			takes(varyingOf(0), 1, aString, aString), textCut(trim(f.left, f.right)))
	}
	declare(function.Function{Name: "STARTSWITH", Doc: stringDoc("STARTSWITH(string, prefix)", "Whether the string begins with the prefix.")},
		takes(returns(types.BooleanType), 2, aText, aText), pairBool(bytes.HasPrefix))
	declare(function.Function{Name: "ENDSWITH", Doc: stringDoc("ENDSWITH(string, suffix)", "Whether the string ends with the suffix.")},
		takes(returns(types.BooleanType), 2, aText, aText), pairBool(bytes.HasSuffix))
}

// varyingOf is the VARCHAR with room for an argument.
func varyingOf(i int) resultFunc {
	return func(args []types.Type) types.Type { return types.VarcharType(args[i].Length) }
}

// bindSubstring: only a length that may be negative makes NULL of a string.
func bindSubstring(args []function.Arg) (function.Signature, error) {
	sig, err := takes(varyingOf(0), 2, aString, anInt, anInt)(args)
	if len(args) == 3 && (args[2].Literal == nil || args[2].Literal.I < 0) {
		sig.Result.Nullable = true
	}
	return sig, err
}

func reverse(dst, s []byte) []byte {
	for len(s) > 0 {
		_, n := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return dst
}

// substring: 0 acts as 1, a negative start counts from the end, a negative
// length gives NULL, a start outside of the string the empty string.
func substring(c *kernel.Call) func(r uint32, s []byte) (from, to int) {
	start := c.Ints(1)
	length := func(uint32) int64 { return int64(1) << 40 }
	if len(c.Args) == 3 {
		n := c.Ints(2)
		length = n.At
	}
	return func(r uint32, s []byte) (from, to int) {
		pos, n := start.At(r), length(r)
		if n < 0 {
			return -1, 0
		}
		switch {
		case pos > 0:
			pos--
		case pos < 0:
			if pos += int64(utf8.RuneCount(s)); pos < 0 {
				return 0, 0
			}
		}
		from = kernel.PrefixLen(s, int(min(pos, int64(len(s)))))
		return from, from + kernel.PrefixLen(s[from:], int(min(n, int64(len(s)))))
	}
}

func leftPart(c *kernel.Call) func(r uint32, s []byte) (from, to int) {
	count := c.Ints(1)
	return func(r uint32, s []byte) (from, to int) {
		return 0, kernel.PrefixLen(s, int(max(0, min(count.At(r), int64(len(s))))))
	}
}

func rightPart(c *kernel.Call) func(r uint32, s []byte) (from, to int) {
	count := c.Ints(1)
	return func(r uint32, s []byte) (from, to int) {
		n := utf8.RuneCount(s) - int(max(0, min(count.At(r), int64(len(s)))))
		return kernel.PrefixLen(s, n), len(s)
	}
}

func trim(left, right bool) func(c *kernel.Call) func(r uint32, s []byte) (from, to int) {
	return func(c *kernel.Call) func(r uint32, s []byte) (from, to int) {
		if len(c.Args) == 1 {
			return func(_ uint32, s []byte) (from, to int) {
				to = len(s)
				for left && from < to && s[from] == ' ' {
					from++
				}
				for right && from < to && s[to-1] == ' ' {
					to--
				}
				return from, to
			}
		}
		chars := c.Strings(1)
		return func(r uint32, s []byte) (from, to int) {
			set := chars.At(r)
			to = len(s)
			for left && from < to {
				_, n := utf8.DecodeRune(s[from:])
				if !bytes.Contains(set, s[from:from+n]) {
					break
				}
				from += n
			}
			for right && from < to {
				_, n := utf8.DecodeLastRune(s[from:to])
				if !bytes.Contains(set, s[to-n:to]) {
					break
				}
				to -= n
			}
			return from, to
		}
	}
}
