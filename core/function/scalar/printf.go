package scalar

import (
	"bytes"
	"strconv"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func init() {
	declare(function.Function{
		Name: "PRINTF",
		Doc: stringDoc("PRINTF(format, value, …)",
			"The values as a format of Java's Formatter says: %d, %5.2f, %-10s, %x, %2$s …; NULL where a value does not fit its format. Times and hashes (%t, %h) are not supported.",
			"PRINTF('%05d|%.2f|%s', 42, CAST(1.255 AS DOUBLE), 'weir')"),
	}, nullable(bindPrintf), printfCode)
}

func bindPrintf(args []function.Arg) (function.Signature, error) {
	sig, err := takesMany(returns(types.StringType), 1, aString, anything)(args)
	for i, t := range sig.Args {
		if t.IsNested() || t.IsBinary() || !t.HasOrder() {
			return sig, mismatch(i, "a string, number, BOOLEAN, date or time", t)
		}
	}
	return sig, err
}

// printfCode compiles a constant format once, another whenever it changes.
func printfCode(s Site) (kernel.Kernel, error) {
	var fixed *printFormat
	if lit := s.Args[0].Literal; lit != nil && !lit.Null {
		f, err := compilePrintf(lit.B)
		if err != nil {
			return kernel.Kernel{}, err
		}
		fixed = f
	}
	k := textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
		format := func(uint32) (*printFormat, error) { return fixed, nil }
		if fixed == nil {
			format = formatArg(c)
		}
		w := printWriter{c: c}
		return func(dst []byte, r uint32) ([]byte, bool) {
			if !c.Args[0].IsValid(int(r)) {
				return dst, false
			}
			f, err := format(r)
			if err != nil || !f.valid {
				return dst, false
			}
			return w.write(dst, f, int(r))
		}
	})
	k.Nulls = kernel.NullAware
	return k, nil
}

func formatArg(c *kernel.Call) func(r uint32) (*printFormat, error) {
	if c.Args[0].IsNullConst() {
		return nil
	}
	texts := c.Strings(0)
	var last []byte
	var f *printFormat
	return func(r uint32) (*printFormat, error) {
		if text := texts.At(r); f == nil || !bytes.Equal(text, last) {
			last = append(last[:0], text...)
			var err error
			if f, err = compilePrintf(text); err != nil {
				f = &printFormat{}
			}
		}
		return f, nil
	}
}

// printFormat is a format, compiled: literal text and specifiers by turns.
type printFormat struct {
	valid bool // false: Java refuses it, so that every result is NULL
	parts []printPart
}

type printPart struct {
	text []byte // before the specifier
	verb byte   // 0: no specifier
	spec printSpec
}

type printSpec struct {
	arg                                               int // among the values, from 0
	minus, plus, space, zero, comma, paren, alternate bool
	upper                                             bool
	width, precision                                  int // -1: none
}

// compilePrintf reads a format. What Java refuses is no error but a format that gives NULL.
func compilePrintf(text []byte) (*printFormat, error) {
	f := &printFormat{}
	next, last := 0, -1
	for len(text) > 0 {
		at := bytes.IndexByte(text, '%')
		if at < 0 {
			f.parts = append(f.parts, printPart{text: bytes.Clone(text)})
			break
		}
		p := printPart{text: bytes.Clone(text[:at])}
		rest, index, ok := p.read(text[at+1:])
		if !ok {
			return f, nil
		}
		switch p.verb {
		case 't', 'h':
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "PRINTF: the conversion %%%c is not supported", p.verb)
		case '%', 'n':
		default:
			switch {
			case index == relativeArg:
				index = last
			case index < 0:
				index = next
				next++
			}
			if index < 0 {
				return f, nil
			}
			p.spec.arg, last = index, index
		}
		f.parts = append(f.parts, p)
		text = rest
	}
	f.valid = true
	return f, nil
}

const relativeArg = -2

// read reads a specifier behind its %: its index, flags, width, precision and verb.
func (p *printPart) read(s []byte) (rest []byte, index int, ok bool) {
	s0 := &p.spec
	s0.width, s0.precision, index = -1, -1, -1
	if n, digits := leadingInt(s); digits > 0 && digits < len(s) && s[digits] == '$' && s[0] != '0' {
		index, s = n-1, s[digits+1:]
	} else if len(s) > 0 && s[0] == '<' {
		index, s = relativeArg, s[1:]
	}
	for ; len(s) > 0 && s0.setFlag(s[0]); s = s[1:] {
	}
	if n, digits := leadingInt(s); digits > 0 {
		s0.width, s = n, s[digits:]
	}
	if len(s) > 1 && s[0] == '.' {
		n, digits := leadingInt(s[1:])
		if digits == 0 {
			return nil, 0, false
		}
		s0.precision, s = n, s[1+digits:]
	}
	if len(s) == 0 {
		return nil, 0, false
	}
	p.verb = s[0]
	if bytes.IndexByte([]byte("BHSCXEGAT"), p.verb) >= 0 {
		s0.upper = true
		p.verb += 'a' - 'A'
	}
	return s[1:], index, s0.fits(p.verb)
}

func leadingInt(s []byte) (n, digits int) {
	for digits < len(s) && digits < 9 && s[digits] >= '0' && s[digits] <= '9' {
		n = n*10 + int(s[digits]-'0')
		digits++
	}
	return n, digits
}

func (s *printSpec) setFlag(c byte) bool {
	for flag, set := range map[byte]*bool{
		'-': &s.minus, '+': &s.plus, ' ': &s.space, '0': &s.zero, ',': &s.comma, '(': &s.paren, '#': &s.alternate,
	} {
		if c == flag && !*set {
			*set = true
			return true
		}
	}
	return false
}

// fits reports whether Java takes the flags with a verb.
func (s *printSpec) fits(verb byte) bool {
	if s.minus && s.zero || s.plus && s.space || (s.minus || s.zero) && s.width < 0 {
		return false
	}
	signs := s.plus || s.space || s.zero || s.comma || s.paren
	switch verb {
	case 's', 'b', 'h':
		return !signs && !s.alternate
	case 'c':
		return !signs && !s.alternate && s.precision < 0
	case '%':
		return !signs && !s.alternate && s.precision < 0
	case 'n':
		return !signs && !s.alternate && !s.minus && s.width < 0 && s.precision < 0
	case 'd':
		return !s.alternate && s.precision < 0
	case 'o', 'x':
		return !s.comma && !s.plus && !s.space && !s.paren && s.precision < 0
	case 'e':
		return !s.comma
	case 'g':
		return !s.alternate
	case 'f':
		return true
	case 'a':
		return !s.comma && !s.paren
	case 't':
		return true
	}
	return false
}

// printWriter writes rows; num is the digits of a number, text the value before it is padded.
type printWriter struct {
	c    *kernel.Call
	text []byte
}

func (w *printWriter) write(dst []byte, f *printFormat, r int) ([]byte, bool) {
	for i := range f.parts {
		p := &f.parts[i]
		dst = append(dst, p.text...)
		switch p.verb {
		case 0:
			continue
		case 'n':
			dst = append(dst, '\n')
			continue
		case '%':
			dst = p.spec.pad(dst, []byte("%"))
			continue
		}
		if p.spec.arg+1 >= len(w.c.Args) || !w.value(p, r) {
			return dst, false
		}
		dst = p.spec.pad(dst, w.text)
	}
	return dst, true
}

func (s *printSpec) pad(dst, text []byte) []byte {
	missing := s.width - int(runeCount(text))
	if s.minus {
		dst = append(dst, text...)
	}
	for ; missing > 0; missing-- {
		dst = append(dst, ' ')
	}
	if !s.minus {
		dst = append(dst, text...)
	}
	return dst
}

// value writes one value to w.text, false where it does not fit the verb.
func (w *printWriter) value(p *printPart, r int) bool {
	v, t := w.c.Args[p.spec.arg+1], w.c.ArgTypes[p.spec.arg+1]
	w.text = w.text[:0]
	ok := true
	switch null := !v.IsValid(r); {
	case p.verb == 'b':
		truth := !null && (t.Kind != types.Boolean || v.Base().Bits().Get(v.Index(r)))
		w.text = strconv.AppendBool(w.text, truth)
		w.cut(p.spec.precision)
	case null:
		w.text = append(w.text, "null"...)
		w.cut(p.spec.precision)
	case p.verb == 's':
		w.text = w.appendObject(t, v, r)
		w.cut(p.spec.precision)
	case t.IsInteger() || t.Kind == types.Date || t.Kind == types.Time || t.IsInterval():
		ok = w.integer(p, intOf(v, r), 8*t.Phys().Width())
	case t.Kind == types.Float:
		f := vector.Values[float32](v.Base())[v.Index(r)]
		ok = w.float(p, float64(f))
	case t.Kind == types.Double:
		ok = w.float(p, vector.Values[float64](v.Base())[v.Index(r)])
	default:
		return false
	}
	if p.spec.upper {
		w.text = upper(nil, w.text)
	}
	return ok
}

func (w *printWriter) cut(precision int) {
	if precision >= 0 {
		w.text = w.text[:kernel.PrefixLen(w.text, precision)]
	}
}

// appendObject appends a value as Java prints the object that stands for it:
// dates and times of day are numbers, a timestamp has its T.
func (w *printWriter) appendObject(t types.Type, v *vector.Vector, r int) []byte {
	switch {
	case t.Kind == types.Date || t.Kind == types.Time || t.IsInterval():
		return strconv.AppendInt(w.text, intOf(v, r), 10)
	case t.IsTimestamp():
		ticks := vector.Values[int64](v.Base())[v.Index(r)]
		return append(w.text, javaTime(kernel.AppendTimestamp(nil, ticks, t))...)
	}
	return kernel.AppendText(w.text, t, v, r, w.c.Env)
}

// javaTime writes a timestamp as LocalDateTime does: with a T, without seconds that
// are 0, and its fraction in threes of digits.
func javaTime(text []byte) []byte {
	text[bytes.IndexByte(text, ' ')] = 'T'
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	fraction = bytes.TrimRight(fraction, "0")
	if len(fraction) == 0 {
		return bytes.TrimSuffix(whole, []byte(":00"))
	}
	whole = append(bytes.Clone(whole), '.')
	whole = append(whole, fraction...)
	for n := len(fraction); n%3 != 0; n++ {
		whole = append(whole, '0')
	}
	return whole
}

func intOf(v *vector.Vector, r int) int64 {
	b, i := v.Base(), v.Index(r)
	switch v.Phys {
	case types.PhysInt8:
		return int64(vector.Values[int8](b)[i])
	case types.PhysInt16:
		return int64(vector.Values[int16](b)[i])
	case types.PhysInt32:
		return int64(vector.Values[int32](b)[i])
	}
	return vector.Values[int64](b)[i]
}
