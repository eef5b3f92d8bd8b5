package kernel

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/sqlerr"
)

// JSONPath is a path of members and indexes, compiled: $.a.b[0], $['a'].
type JSONPath struct {
	steps []jsonStep
}

type jsonStep struct {
	member string
	index  int // -1: a member
}

// CompileJSONPath reads a path; lax and strict may stand before it. Wildcards,
// filters and functions are refused.
func CompileJSONPath(text string) (*JSONPath, error) {
	rest := strings.TrimSpace(text)
	for _, mode := range []string{"lax ", "strict "} {
		rest = strings.TrimPrefix(rest, mode)
	}
	rest = strings.TrimSpace(rest)
	p := &JSONPath{}
	if !strings.HasPrefix(rest, "$") {
		return nil, badPath(text)
	}
	for rest = rest[1:]; rest != ""; {
		var step jsonStep
		var ok bool
		if step, rest, ok = nextStep(rest); !ok {
			return nil, badPath(text)
		}
		p.steps = append(p.steps, step)
	}
	return p, nil
}

func badPath(text string) error {
	return sqlerr.Newf(sqlerr.BadInput, "'%s' is no JSON path that weir knows", text).
		WithHint("a path is $, members .name or ['name'], and indexes [0]; wildcards and filters are not supported")
}

func nextStep(s string) (step jsonStep, rest string, ok bool) {
	switch {
	case s[0] == '.':
		end := strings.IndexAny(s[1:], ".[")
		if end < 0 {
			end = len(s) - 1
		}
		name := strings.TrimSpace(s[1 : 1+end])
		return jsonStep{member: name, index: -1}, s[1+end:], name != "" && !strings.ContainsAny(name, "*?()@ ")
	case strings.HasPrefix(s, "['") || strings.HasPrefix(s, `["`):
		end := strings.Index(s[2:], s[1:2]+"]")
		if end < 0 {
			return step, "", false
		}
		return jsonStep{member: s[2 : 2+end], index: -1}, s[2+end+2:], true
	case s[0] == '[':
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return step, "", false
		}
		n, err := strconv.Atoi(strings.TrimSpace(s[1:end]))
		return jsonStep{index: n}, s[end+1:], err == nil && n >= 0
	}
	return step, "", false
}

// Find gives the value at the path; valid is false where doc is no JSON.
func (p *JSONPath) Find(doc []byte) (value []byte, found, valid bool) {
	if !json.Valid(doc) {
		return nil, false, false
	}
	value = bytes.TrimSpace(doc)
	for _, step := range p.steps {
		if value, found = step.in(value); !found {
			return nil, false, true
		}
	}
	return value, true, true
}

// in finds the step's value in a valid JSON value.
func (s jsonStep) in(v []byte) (value []byte, ok bool) {
	open := byte('{')
	if s.index >= 0 {
		open = '['
	}
	if v[0] != open {
		return nil, false
	}
	v = skipSpace(v[1:])
	for i := 0; v[0] != '}' && v[0] != ']'; i++ {
		match := s.index == i
		if s.index < 0 {
			n := jsonLen(v)
			match = string(UnquoteJSON(nil, v[:n])) == s.member
			v = skipSpace(skipSpace(v[n:])[1:]) // the colon
		}
		n := jsonLen(v)
		if match {
			return v[:n], true
		}
		if v = skipSpace(v[n:]); v[0] == ',' {
			v = skipSpace(v[1:])
		}
	}
	return nil, false
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
		return appendBigDecimal(dst, v), true
	}
	if string(v) == "-0" {
		v = v[1:]
	}
	return append(dst, v...), true
}

// appendBigDecimal appends a JSON number as Java's BigDecimal prints it: all its
// digits, with an exponent where zeros would have to be added.
func appendBigDecimal(dst, v []byte) []byte {
	neg := v[0] == '-'
	mantissa, exponent := v, 0
	if e := bytes.IndexAny(v, "eE"); e >= 0 {
		mantissa = v[:e]
		exponent, _ = strconv.Atoi(string(v[e+1:]))
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
