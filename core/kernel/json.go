package kernel

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/vector"
)

// JSONDocument is the first value of a document; what stands behind it is not read,
// as in the original.
func JSONDocument(doc []byte) (value []byte, ok bool) {
	if json.Valid(doc) {
		return bytes.TrimSpace(doc), true
	}
	rest := skipSpace(doc)
	if len(rest) == 0 {
		return nil, false
	}
	n := firstJSONLen(rest)
	if n == 0 || !json.Valid(rest[:n]) {
		return nil, false
	}
	return rest[:n], true
}

// firstJSONLen is jsonLen for what need not be valid; 0 where a value has no end. A
// number ends only at white space, a word where no identifier goes on.
func firstJSONLen(v []byte) int {
	switch v[0] {
	case '"':
		for i := 1; i < len(v); i++ {
			switch v[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return 0
	case '{', '[':
		depth := 0
		for i := 0; i < len(v); i++ {
			switch v[i] {
			case '"':
				n := firstJSONLen(v[i:])
				if n == 0 {
					return 0
				}
				i += n - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return 0
	}
	end := func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }
	if v[0] == 't' || v[0] == 'f' || v[0] == 'n' {
		end = func(r rune) bool { return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	}
	if n := bytes.IndexFunc(v, end); n >= 0 {
		return n
	}
	return len(v)
}

func skipSpace(v []byte) []byte { return bytes.TrimLeft(v, " \t\r\n") }

// jsonLen is the length of the first value of valid JSON.
func jsonLen(v []byte) int {
	switch v[0] {
	case '"':
		for i := 1; ; i++ {
			switch v[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
	case '{', '[':
		depth := 0
		for i := 0; ; i++ {
			switch v[i] {
			case '"':
				i += jsonLen(v[i:]) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	if n := bytes.IndexAny(v, ",]} \t\r\n"); n >= 0 {
		return n
	}
	return len(v)
}

// UnquoteJSON appends the text of a valid JSON string.
func UnquoteJSON(dst, s []byte) []byte {
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r := hexRune(s[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
				r = utf16.DecodeRune(r, hexRune(s[i+3:]))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

func hexRune(s []byte) rune {
	x, _ := strconv.ParseUint(string(s[:4]), 16, 32)
	return rune(x)
}

// AppendJSONScalar appends the text of a scalar as JSON_VALUE gives it; false
// for objects, arrays and null.
func AppendJSONScalar(dst, v []byte) ([]byte, bool) {
	switch v[0] {
	case '{', '[', 'n':
		return dst, false
	case '"':
		return UnquoteJSON(dst, v), true
	}
	if bytes.ContainsAny(v, ".eE") && v[0] != 't' && v[0] != 'f' {
		return AppendBigDecimal(dst, v), true
	}
	if string(v) == "-0" {
		v = v[1:]
	}
	return append(dst, v...), true
}

// AppendBigDecimal appends a JSON number as Java's BigDecimal prints it: all its
// digits, with an exponent where zeros would have to be added.
func AppendBigDecimal(dst, v []byte) []byte {
	neg := v[0] == '-'
	mantissa, exponent := v, 0
	if e := bytes.IndexAny(v, "eE"); e >= 0 {
		mantissa, exponent = v[:e], jsonExponent(v[e+1:])
	}
	whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(mantissa, []byte("-")), []byte("."))
	scale := len(fraction) - exponent
	digits := bytes.TrimLeft(append(append([]byte(nil), whole...), fraction...), "0")
	if len(digits) == 0 {
		digits, neg = []byte("0"), false
	}
	if neg {
		dst = append(dst, '-')
	}
	switch adjusted := len(digits) - 1 - scale; {
	case scale == 0:
		return append(dst, digits...)
	case scale > 0 && adjusted >= -6:
		for len(digits) <= scale {
			digits = append([]byte{'0'}, digits...)
		}
		point := len(digits) - scale
		return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
	default:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(append(dst, '.'), digits[1:]...)
		}
		if adjusted == 0 {
			return dst
		}
		dst = append(dst, 'E')
		if adjusted > 0 {
			dst = append(dst, '+')
		}
		return strconv.AppendInt(dst, int64(adjusted), 10)
	}
}

// maxJSONExponent is far beyond what a scale of BigDecimal holds.
const maxJSONExponent = 1 << 40

// jsonExponent reads an exponent; one that is out of every range keeps its sign.
func jsonExponent(s []byte) int {
	n, err := strconv.Atoi(string(s))
	if err == nil {
		return min(max(n, -maxJSONExponent), maxJSONExponent)
	}
	if s[0] == '-' {
		return -maxJSONExponent
	}
	return maxJSONExponent
}

// AppendJSONElements appends the elements of a JSON array to a builder of strings:
// scalars as text, null as NULL, objects and arrays as JSON.
func AppendJSONElements(b *vector.Builder, v []byte) {
	eachJSON(v, func(_, x []byte) bool {
		text, scalar := AppendJSONScalar(nil, x)
		switch {
		case scalar:
			b.AppendBytes(text)
		case x[0] == 'n':
			b.AppendNull()
		default:
			b.AppendBytes(x)
		}
		return true
	})
}
