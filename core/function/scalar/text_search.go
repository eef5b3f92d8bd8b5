package scalar

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{
		Name: "POSITION",
		Doc:  stringDoc("POSITION(part IN string)", "The place of the first occurrence, from 1; 0 where there is none.", "POSITION('c' IN 'abc')"),
	},
		takes(returns(types.IntType), 2, aString, aString, anInt), locateCode(0, 1))
	declare(function.Function{
		Name: "LOCATE",
		Doc:  stringDoc("LOCATE(part, string [, start])", "The place of the first occurrence at or behind start, from 1; 0 where there is none.", "LOCATE('b', 'abcb', 3)"),
	},
		takes(returns(types.IntType), 2, aString, aString, anInt), locateCode(0, 1))
	declare(function.Function{
		Name: "INSTR",
		Doc: stringDoc("INSTR(string, part [, start [, occurrence]])",
			"The place of an occurrence, from 1; 0 where there is none. A negative start counts and searches from the end.", "INSTR('abcabc', 'c', 1, 2)"),
	},
		takes(returns(types.IntType), 2, aString, aString, anInt, anInt), always(kernel.Kernel{Eval: instr}))
	declare(function.Function{
		Name: "REPLACE",
		Doc:  stringDoc("REPLACE(string, search, replacement)", "The string with every occurrence replaced.", "REPLACE('hello world', 'world', 'weir')"),
	},
		takes(returns(types.StringType), 3, aString, aString, aString), textWith(replace))
	declare(function.Function{
		Name: "SPLIT_INDEX",
		Doc:  stringDoc("SPLIT_INDEX(string, separator, index)", "One piece of the string, counted from 0; NULL where there is none.", "SPLIT_INDEX('a,b,c', ',', 1)"),
	},
		nullable(takes(returns(types.StringType), 3, aString, separator, anInt)), textCut(splitIndex))
	declare(function.Function{
		Name: "OVERLAY",
		Doc:  stringDoc("OVERLAY(string PLACING part FROM start [FOR length])", "The string with a part of it replaced.", "OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6)"),
	},
		takes(joinedLength, 3, aString, aString, anInt, anInt), textWith(overlay))
	declare(function.Function{
		Name: "TRANSLATE",
		Doc:  stringDoc("TRANSLATE(string, from, to)", "Each character of from replaced by the one at its place in to; those without one are dropped.", "TRANSLATE('weir', 'we', 'WE')"),
	},
		bindTranslate, always(translateKernel()))
	declare(function.Function{
		Name: "ASCII",
		Doc:  stringDoc("ASCII(string)", "The first byte as a number; 0 for the empty string.", "ASCII('abc')"),
	},
		takes(returns(types.IntType), 1, aString), textInt(func(s []byte) int64 {
			if len(s) == 0 {
				return 0
			}
			return int64(int8(s[0]))
		}))
	declare(function.Function{
		Name: "CHR",
		Doc:  stringDoc("CHR(integer)", "The character with a code; codes above 255 are taken modulo 256.", "CHR(97)"),
	},
		nullable(takes(returns(types.StringType), 1, aBigint)), textWith(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
			n := c.Ints(0)
			return func(dst []byte, r uint32) ([]byte, bool) {
				if x := n.At(r); x >= 0 {
					dst = utf8.AppendRune(dst, rune(x&0xff))
				}
				return dst, true
			}
		}))
	for _, f := range []struct {
		name, text string
		test       func(s []byte) bool
	}{
		{"IS_ALPHA", "Whether all characters are letters.", func(s []byte) bool { return allRunes(s, unicode.IsLetter) }},
		{"IS_DIGIT", "Whether all characters are digits.", func(s []byte) bool { return allRunes(s, unicode.IsDigit) }},
		{"IS_DECIMAL", "Whether the string reads as a number.", isDecimal},
	} {
		declare(function.Function{Name: f.name, Doc: function.Doc{Syntax: f.name + "(string)", Text: f.text, Category: "conditional"}},
			neverNull(takes(returns(types.BooleanType), 1, stringOrNumber)), testOrNumber(f.name, f.test))
	}
}

var stringOrNumber = param{"a string or a number", func(t types.Type) (types.Type, bool) { return t, t.IsString() || t.IsNumeric() }}

// testOrNumber answers for numbers by their type alone, as the original does: integers
// are digits and decimal, FLOAT and DOUBLE decimal, and a DECIMAL is neither.
func testOrNumber(name string, test func(s []byte) bool) Code {
	return func(s Site) (kernel.Kernel, error) {
		t := s.Args[0].Type
		if t.IsString() {
			return testCode(test)(s)
		}
		yes := name != "IS_ALPHA" && t.IsInteger() || name == "IS_DECIMAL" && t.IsApproximate()
		return kernel.Kernel{Nulls: kernel.NullAware, Eval: func(c *kernel.Call) error {
			for _, r := range c.Selected() {
				c.PutBool(r, yes)
			}
			return nil
		}}, nil
	}
}

// separator is a string, or the code of a character.
var separator = param{"a string or the code of a character", func(t types.Type) (types.Type, bool) {
	if t.IsInteger() {
		return types.IntType, t.Kind <= types.Integer
	}
	return t, t.IsString()
}}

func runeCount(s []byte) int64 { return int64(kernel.RuneCount(s)) }

// locateCode finds the string of one argument in another's, from a start if there is a third.
func locateCode(part, in int) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		p, s := c.Strings(part), c.Strings(in)
		start := func(uint32) int64 { return 1 }
		if len(c.Args) == 3 {
			n := c.Ints(2)
			start = n.At
		}
		for _, r := range c.Active() {
			c.PutInt(r, locate(p.At(r), s.At(r), start(r)))
		}
		return nil
	}})
}

// locate: the empty string is found at 1, and a start before the string is its first character.
func locate(part, s []byte, start int64) int64 {
	if len(part) == 0 {
		return 1
	}
	start = max(start, 1)
	skip := kernel.PrefixLen(s, int(min(start-1, int64(len(s)))))
	at := bytes.Index(s[skip:], part)
	if at < 0 {
		return 0
	}
	return runeCount(s[:skip+at]) + 1
}

func instr(c *kernel.Call) error {
	s, p := c.Strings(0), c.Strings(1)
	start, nth := func(uint32) int64 { return 1 }, func(uint32) int64 { return 1 }
	if len(c.Args) > 2 {
		n := c.Ints(2)
		start = n.At
	}
	if len(c.Args) > 3 {
		n := c.Ints(3)
		nth = n.At
	}
	for _, r := range c.Active() {
		n := nth(r)
		if n <= 0 {
			return c.Fail(r, sqlerr.Newf(sqlerr.BadInput, "INSTR: the occurrence %d is not positive", n))
		}
		c.PutInt(r, occurrence(s.At(r), p.At(r), start(r), n))
	}
	return nil
}

// occurrence is the place of the nth part of s, 0 where there is none; overlapping ones count.
func occurrence(s, part []byte, start, nth int64) int64 {
	count := runeCount(s)
	switch {
	case start == 0:
		return 0
	case len(part) == 0 && start > 0:
		return 1
	case len(part) == 0:
		return count + 1
	case start > count || start < -count:
		return 0
	case start < 0:
		return lastOccurrence(s[:kernel.PrefixLen(s, int(count+start+1))], part, nth)
	}
	from := kernel.PrefixLen(s, int(start-1))
	for {
		at := bytes.Index(s[from:], part)
		switch nth--; {
		case at < 0:
			return 0
		case nth == 0:
			return runeCount(s[:from+at]) + 1
		}
		if from += at + 1; from > len(s) {
			return 0
		}
	}
}

// lastOccurrence is the place of the nth part of s from its end.
func lastOccurrence(s, part []byte, nth int64) int64 {
	for {
		from := bytes.LastIndex(s, part)
		switch nth--; {
		case from < 0:
			return 0
		case nth == 0:
			return runeCount(s[:from]) + 1
		}
		s = s[:from+len(part)-1]
	}
}

func replace(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	x, search, with := c.Strings(0), c.Strings(1), c.Strings(2)
	return func(dst []byte, r uint32) ([]byte, bool) {
		s, find := x.At(r), search.At(r)
		if len(find) == 0 { // found before each character and at the end
			for len(s) > 0 {
				n := kernel.PrefixLen(s, 1)
				dst = append(append(dst, with.At(r)...), s[:n]...)
				s = s[n:]
			}
			return append(dst, with.At(r)...), true
		}
		for {
			at := bytes.Index(s, find)
			if at < 0 {
				return append(dst, s...), true
			}
			dst = append(append(dst, s[:at]...), with.At(r)...)
			s = s[at+len(find):]
		}
	}
}

func splitIndex(c *kernel.Call) func(r uint32, s []byte) (from, to int) {
	index := c.Ints(2)
	sep := separatorOf(c)
	return func(r uint32, s []byte) (from, to int) {
		n, by := index.At(r), sep(r)
		switch {
		case n < 0 || len(s) == 0:
			return -1, 0
		case len(by) == 0:
			return pieceBySpace(s, n)
		}
		for ; n > 0; n-- {
			at := bytes.Index(s[from:], by)
			if at < 0 {
				return -1, 0
			}
			from += at + len(by)
		}
		if at := bytes.Index(s[from:], by); at >= 0 {
			return from, from + at
		}
		return from, len(s)
	}
}

// pieceBySpace is the piece that an empty separator gives: white space parts them.
func pieceBySpace(s []byte, n int64) (from, to int) {
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRune(s[at:])
		if at += size; !unicode.IsSpace(r) {
			continue
		}
		if n == 0 {
			return from, at - size
		}
		from = at
		n--
	}
	if n > 0 {
		return -1, 0
	}
	return from, len(s)
}

func separatorOf(c *kernel.Call) func(r uint32) []byte {
	if c.ArgTypes[1].IsString() {
		s := c.Strings(1)
		return s.At
	}
	n := c.Ints(1)
	var buf []byte
	return func(r uint32) []byte {
		buf = utf8.AppendRune(buf[:0], rune(n.At(r)))
		return buf
	}
}

// overlay leaves the string as it is where the start lies outside of it.
func overlay(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	x, with, start := c.Strings(0), c.Strings(1), c.Ints(2)
	length := func(r uint32) int64 { return runeCount(with.At(r)) }
	if len(c.Args) == 4 {
		n := c.Ints(3)
		length = n.At
	}
	return func(dst []byte, r uint32) ([]byte, bool) {
		s, pos, n := x.At(r), start.At(r), length(r)
		count := runeCount(s)
		if pos <= 0 || pos > count {
			return append(dst, s...), true
		}
		at := kernel.PrefixLen(s, int(pos-1))
		dst = append(append(dst, s[:at]...), with.At(r)...)
		if n <= 0 || pos-1+n >= count {
			return dst, true
		}
		return append(dst, s[kernel.PrefixLen(s, int(pos-1+n)):]...), true
	}
}

// bindTranslate: where from or to is NULL it is as if it were empty.
func bindTranslate(args []function.Arg) (function.Signature, error) {
	sig, err := takes(returns(types.StringType), 3, aString, aString, aString)(args)
	if err == nil {
		sig.Result.Nullable = sig.Args[0].Nullable
	}
	return sig, err
}

func translateKernel() kernel.Kernel {
	k := textKernel(translate)
	k.Nulls = kernel.NullAware
	return k
}

func translate(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool) {
	x, from, to := nullableStrings(c, 0), nullableStrings(c, 1), nullableStrings(c, 2)
	return func(dst []byte, r uint32) ([]byte, bool) {
		if !c.Args[0].IsValid(int(r)) {
			return dst, false
		}
		f, t := from(r), to(r)
		for s := x(r); len(s) > 0; {
			_, n := utf8.DecodeRune(s)
			at := bytes.Index(f, s[:n])
			if at < 0 {
				dst = append(dst, s[:n]...)
			} else if skip := kernel.PrefixLen(t, utf8.RuneCount(f[:at])); skip < len(t) {
				dst = append(dst, t[skip:skip+kernel.PrefixLen(t[skip:], 1)]...)
			}
			s = s[n:]
		}
		return dst, true
	}
}

// nullableStrings reads a string argument by row, the empty string for NULL.
func nullableStrings(c *kernel.Call, i int) func(r uint32) []byte {
	v := c.Args[i]
	if v.IsNullConst() {
		return func(uint32) []byte { return nil }
	}
	x := c.Strings(i)
	return func(r uint32) []byte {
		if !v.IsValid(int(r)) {
			return nil
		}
		return x.At(r)
	}
}

func allRunes(s []byte, is func(rune) bool) bool {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if !is(r) {
			return false
		}
		s = s[n:]
	}
	return true
}

func isDecimal(s []byte) bool {
	_, err := kernel.ParseText(s, types.DoubleType, nil)
	return err == nil && len(s) > 0
}

// testCode tells FALSE of NULL and of the empty string.
func testCode(test func(s []byte) bool) Code {
	return always(kernel.Kernel{Nulls: kernel.NullAware, Eval: func(c *kernel.Call) error {
		if c.Args[0].IsNullConst() {
			for _, r := range c.Selected() {
				c.PutBool(r, false)
			}
			return nil
		}
		x := c.Strings(0)
		for _, r := range c.Selected() {
			c.PutBool(r, c.Args[0].IsValid(int(r)) && len(x.At(r)) > 0 && test(x.At(r)))
		}
		return nil
	}})
}
