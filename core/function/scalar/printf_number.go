package scalar

import (
	"bytes"
	"math"
	"strconv"
)

// integer writes %d, %x, %o and %c; bits is the width of the number's type, in
// which %x and %o write its two's complement.
func (w *printWriter) integer(p *printPart, x int64, bits int) bool {
	switch p.verb {
	case 'd':
		magnitude := uint64(x)
		if x < 0 {
			magnitude = -magnitude
		}
		w.signed(&p.spec, x < 0, strconv.AppendUint(nil, magnitude, 10))
		return true
	case 'x', 'o':
		w.unsigned(p, uint64(x)<<(64-bits)>>(64-bits))
		return true
	case 'c':
		if bits == 64 || x < 0 || x > 0x10ffff {
			return false
		}
		w.text = append(w.text, string(rune(x))...)
		return true
	}
	return false
}

func (w *printWriter) unsigned(p *printPart, x uint64) {
	prefix, base := "0x", 16
	if p.verb == 'o' {
		prefix, base = "0", 8
	}
	if p.spec.alternate {
		w.text = append(w.text, prefix...)
	}
	digits := strconv.AppendUint(nil, x, base)
	if p.spec.zero {
		w.zeros(p.spec.width - len(w.text) - len(digits))
	}
	w.text = append(w.text, digits...)
}

func (w *printWriter) zeros(n int) {
	for ; n > 0; n-- {
		w.text = append(w.text, '0')
	}
}

// signed writes digits, which may have a point or an exponent, with sign, groups and zeros.
func (w *printWriter) signed(s *printSpec, neg bool, digits []byte) {
	end := 0
	switch {
	case neg && s.paren:
		w.text = append(w.text, '(')
		end = 1
	case neg:
		w.text = append(w.text, '-')
	case s.plus:
		w.text = append(w.text, '+')
	case s.space:
		w.text = append(w.text, ' ')
	}
	if s.comma {
		digits = grouped(digits)
	}
	if s.zero {
		w.zeros(s.width - len(w.text) - len(digits) - end)
	}
	w.text = append(w.text, digits...)
	if end > 0 {
		w.text = append(w.text, ')')
	}
}

// grouped puts a comma between thousands.
func grouped(digits []byte) []byte {
	whole := bytes.IndexByte(digits, '.')
	if whole < 0 {
		whole = len(digits)
	}
	var out []byte
	for i, c := range digits {
		if i > 0 && i < whole && (whole-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, c)
	}
	return out
}

// float writes %f, %e, %g and %a.
func (w *printWriter) float(p *printPart, x float64) bool {
	if p.verb == 'd' || p.verb == 'x' || p.verb == 'o' || p.verb == 'c' {
		return false
	}
	spec := p.spec
	if math.IsNaN(x) || math.IsInf(x, 0) {
		spec.zero, spec.comma = false, false
		word := "Infinity"
		if math.IsNaN(x) {
			word = "NaN"
			spec.plus, spec.space = false, false
		}
		w.signed(&spec, x < 0, []byte(word))
		return true
	}
	if p.verb == 'a' {
		w.signed(&spec, math.Signbit(x), hexFloat(math.Abs(x), spec.precision))
		return true
	}
	precision := spec.precision
	if precision < 0 {
		precision = 6
	}
	d := shortest(math.Abs(x))
	digits, ok := []byte(nil), true
	switch p.verb {
	case 'f':
		digits = d.fixed(precision)
	case 'e':
		digits = d.scientific(precision)
	case 'g':
		digits = d.general(precision)
	default:
		ok = false
	}
	if spec.alternate && bytes.IndexByte(digits, '.') < 0 {
		digits = append(digits, '.')
	}
	w.signed(&spec, math.Signbit(x), digits)
	return ok
}

// decimalDigits are the fewest digits that read back as a DOUBLE: 0.d₁d₂… · 10^point.
// Java rounds these half up, not the exact value.
type decimalDigits struct {
	digits []byte
	point  int
}

func shortest(x float64) decimalDigits {
	if x == 0 {
		return decimalDigits{}
	}
	text := strconv.AppendFloat(nil, x, 'e', -1, 64)
	e := bytes.IndexByte(text, 'e')
	exponent, _ := strconv.Atoi(string(text[e+1:])) // written by AppendFloat
	return decimalDigits{bytes.Replace(text[:e], []byte("."), nil, 1), exponent + 1}
}

// round keeps n digits, half up.
func (d decimalDigits) round(n int) decimalDigits {
	switch {
	case n >= len(d.digits):
		return d
	case n < 0 || d.digits[n] < '5':
		return decimalDigits{d.digits[:max(n, 0)], d.point}
	}
	out := bytes.Clone(d.digits[:n])
	for i := n - 1; i >= 0; i-- {
		if out[i]++; out[i] <= '9' {
			return decimalDigits{out, d.point}
		}
		out[i] = '0'
	}
	return decimalDigits{append([]byte{'1'}, out...), d.point + 1}
}

// at is the digit at a place of ten, 0 the ones.
func (d decimalDigits) at(place int) byte {
	if i := d.point - 1 - place; i >= 0 && i < len(d.digits) {
		return d.digits[i]
	}
	return '0'
}

func (d decimalDigits) fixed(precision int) []byte {
	d = d.round(d.point + precision)
	var out []byte
	for place := max(d.point-1, 0); place >= -precision; place-- {
		if place == -1 {
			out = append(out, '.')
		}
		out = append(out, d.at(place))
	}
	return out
}

func (d decimalDigits) scientific(precision int) []byte {
	d = d.round(precision + 1)
	first, exponent := d.point-1, d.point-1
	if len(d.digits) == 0 {
		first, exponent = 0, 0
	}
	var out []byte
	for i := range precision + 1 {
		if i == 1 {
			out = append(out, '.')
		}
		out = append(out, d.at(first-i))
	}
	sign := byte('+')
	if exponent < 0 {
		sign, exponent = '-', -exponent
	}
	out = append(out, 'e', sign)
	if exponent < 10 {
		out = append(out, '0')
	}
	return strconv.AppendInt(out, int64(exponent), 10)
}

// general is fixed from 0.0001 to below 10^precision, with precision digits in all.
func (d decimalDigits) general(precision int) []byte {
	precision = max(precision, 1)
	if len(d.digits) == 0 {
		return d.fixed(precision - 1)
	}
	d = d.round(precision)
	if d.point-1 < -4 || d.point > precision {
		return d.scientific(precision - 1)
	}
	return d.fixed(precision - d.point)
}

// hexFloat is Java's Double.toHexString, or that of a number rounded to digits.
func hexFloat(x float64, precision int) []byte {
	text := strconv.AppendFloat(nil, x, 'x', precision, 64) // 0x1.8p+01
	p := bytes.IndexByte(text, 'p')
	exponent, _ := strconv.Atoi(string(text[p+1:])) // written by AppendFloat
	out := bytes.Clone(text[:p])
	if bytes.IndexByte(out, '.') < 0 {
		out = append(out, ".0"...)
	}
	return strconv.AppendInt(append(out, 'p'), int64(exponent), 10)
}
