package kernel

import (
	"unicode/utf8"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// fitString appends s with its length fitted to a type: VARCHAR(n) cuts off
// code points, CHAR(n) pads with spaces too.
func fitString(dst, s []byte, t types.Type) []byte {
	if len(s) > t.Length { // never more code points than bytes
		s = s[:prefixLen(s, t.Length)]
	}
	dst = append(dst, s...)
	if t.Kind == types.Char {
		for n := utf8.RuneCount(s); n < t.Length; n++ {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// prefixLen is the bytes of the first n code points.
func prefixLen(s []byte, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		at += runeLen(s[at:])
	}
	return at
}

// runeLen is the bytes of the first code point of s, which is not empty.
func runeLen(s []byte) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(s)
	return n
}

// fitUTF8 is fitString for bytes that need not be text: what is none becomes U+FFFD.
func fitUTF8(dst, s []byte, t types.Type) []byte {
	if !utf8.Valid(s) {
		s = AppendUTF8(nil, s)
	}
	return fitString(dst, s, t)
}

// AppendUTF8 appends s with one U+FFFD for each longest part that is no UTF-8.
func AppendUTF8(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			n = brokenLen(s)
		}
		dst = utf8.AppendRune(dst, r)
		s = s[n:]
	}
	return dst
}

// brokenLen is the bytes of the broken code point that s begins with: those that
// could stand at the beginning of a whole one.
func brokenLen(s []byte) int {
	n := 1
	for n < min(len(s), utf8.UTFMax) && !utf8.FullRune(s[:n]) {
		n++
	}
	if n > 1 && utf8.FullRune(s[:n]) {
		n-- // the last byte made it impossible, so it begins something else
	}
	return n
}

func fitBytes(dst, s []byte, t types.Type) []byte {
	dst = append(dst, s[:min(len(s), t.Length)]...)
	if t.Kind == types.Binary {
		for n := len(s); n < t.Length; n++ {
			dst = append(dst, 0)
		}
	}
	return dst
}

func refit(fit func(dst, s []byte, t types.Type) []byte) func(*Call) error {
	return func(c *Call) error {
		x, out := c.Strings(0), c.MakeBytes()
		for _, r := range c.Active() {
			start := len(out.Buf)
			out.Buf = fit(out.Buf, x.At(r), c.Type)
			out.End(r, start)
		}
		out.Done()
		return nil
	}
}

func castToString(c *Call) error {
	out, x := c.MakeBytes(), c.Args[0]
	limit := c.Type.Length != types.MaxLength
	var text []byte
	for _, r := range c.Active() {
		start := len(out.Buf)
		if limit {
			text = appendCast(text[:0], c.ArgTypes[0], x, int(r), c.Env)
			out.Buf = fitString(out.Buf, text, c.Type)
		} else {
			out.Buf = appendCast(out.Buf, c.ArgTypes[0], x, int(r), c.Env)
		}
		out.End(r, start)
	}
	out.Done()
	return nil
}

// castFromString reads text by row. Bad text, and a number that does not fit, is
// an error, or NULL for TRY_CAST.
func castFromString(try bool) func(*Call) error {
	return func(c *Call) error {
		x := c.Strings(0)
		for _, r := range c.Active() {
			s := x.At(r)
			v, ok := parse(s, c.Type, c.Env)
			switch {
			case ok:
				putFixed(c.Out, int(r), v)
			case try:
				c.SetNull(int(r))
			default:
				return c.fail(r, textError(s, c.Type))
			}
		}
		return nil
	}
}

// putFixed stores a value of a layout with fixed width or bits.
func putFixed(v *vector.Vector, r int, x types.Value) {
	switch v.Phys {
	case types.PhysBool:
		v.Bits().SetTo(r, x.Bool())
	case types.PhysFloat32:
		vector.Values[float32](v)[r] = float32(x.Float())
	case types.PhysFloat64:
		vector.Values[float64](v)[r] = x.Float()
	case types.PhysInt128:
		vector.Values[types.Int128](v)[r] = x.Int128()
	default:
		putInt(v, r, x.I)
	}
}
