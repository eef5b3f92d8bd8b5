package types

import "strings"

var pow10Words = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

var pow10s = func() (p [MaxDecimalPrecision + 1]Int128) {
	p[0] = Int128{Lo: 1}
	for i := 1; i < len(p); i++ {
		p[i], _ = p[i-1].Mul(Int128{Lo: 10})
	}
	return p
}()

// Pow10 is 10^n for n from 0 to 18.
func Pow10(n int) int64 { return int64(pow10Words[n]) }

// Pow10Int128 is 10^n for n from 0 to 38.
func Pow10Int128(n int) Int128 { return pow10s[n] }

// FitsPrecision reports |a| < 10^precision.
func (a Int128) FitsPrecision(precision int) bool {
	limit := pow10s[precision]
	return a.Less(limit) && limit.Neg().Less(a)
}

// Rescale turns an unscaled value of one scale into another's, rounding half
// up; ok is false where it does not fit 128 bits.
func (a Int128) Rescale(from, to int) (v Int128, ok bool) {
	switch {
	case from == to:
		return a, true
	case from < to:
		if to-from <= MaxDecimalPrecision {
			return a.Mul(pow10s[to-from])
		}
		return Int128{}, a.Sign() == 0
	}
	m := a.abs()
	w := wide{m[0], m[1]}
	w.divPow10(from - to)
	return w.signed(a.IsNeg())
}

// MulDecimal multiplies unscaled values and drops digits of the product,
// rounding half up; ok is false where it does not fit 128 bits.
func MulDecimal(a, b Int128, drop int) (v Int128, ok bool) {
	if drop <= 0 {
		return a.Mul(b)
	}
	w := mul256(a.abs(), b.abs())
	w.divPow10(drop)
	return w.signed(a.IsNeg() != b.IsNeg())
}

// DivDecimal is a*10^shift / b, rounded half up; b is not 0. ok is false where
// it does not fit 128 bits. A numerator beyond 256 bits has a quotient beyond 38 digits.
func DivDecimal(a, b Int128, shift int) (v Int128, ok bool) {
	num, den := a.abs(), b.abs()
	w := wide{num[0], num[1]}
	if shift < 0 {
		w.div(den)
		w.divPow10(-shift)
		return w.signed(a.IsNeg() != b.IsNeg())
	}
	if !w.mulPow10(shift) {
		return Int128{}, false
	}
	rem := w.div(den)
	if rem[1]>>63 != 0 || !less2(double2(rem), den) {
		w.addWord(1)
	}
	return w.signed(a.IsNeg() != b.IsNeg())
}

func double2(a [2]uint64) [2]uint64 { return [2]uint64{a[0] << 1, a[1]<<1 | a[0]>>63} }

func less2(a, b [2]uint64) bool { return a[1] < b[1] || a[1] == b[1] && a[0] < b[0] }

// DivMod is the quotient, cut off towards zero, and the remainder, with the sign of a; b is not 0.
func (a Int128) DivMod(b Int128) (quo, rem Int128) {
	n := a.abs()
	w := wide{n[0], n[1]}
	r := w.div(b.abs())
	quo, rem = Int128{Lo: w[0], Hi: int64(w[1])}, Int128{Lo: r[0], Hi: int64(r[1])}
	if a.IsNeg() != b.IsNeg() {
		quo = quo.Neg()
	}
	if a.IsNeg() {
		rem = rem.Neg()
	}
	return quo, rem
}

// AppendDecimal appends an unscaled value as text with scale digits after the point.
func AppendDecimal(dst []byte, a Int128, scale int) []byte {
	if a.IsNeg() {
		dst = append(dst, '-')
	}
	m := a.abs()
	w := wide{m[0], m[1]}
	var buf [48]byte
	at := len(buf)
	for digits := 0; digits <= scale || w != (wide{}); digits++ {
		if digits == scale && scale > 0 {
			at--
			buf[at] = '.'
		}
		at--
		buf[at] = '0' + byte(w.divWord(10))
	}
	return append(dst, buf[at:]...)
}

// FormatDecimal is the text of an unscaled value.
func FormatDecimal(a Int128, scale int) string { return string(AppendDecimal(nil, a, scale)) }

// ParseDecimal reads [+-]digits[.digits][e[+-]digits] into an unscaled value of
// the given scale, rounding half up; ok is false for anything else and where
// the value does not fit the precision.
func ParseDecimal(s string, precision, scale int) (v Int128, ok bool) {
	mantissa, exp, ok := splitExponent(s)
	if !ok {
		return Int128{}, false
	}
	neg := false
	if mantissa != "" && (mantissa[0] == '-' || mantissa[0] == '+') {
		neg, mantissa = mantissa[0] == '-', mantissa[1:]
	}
	point := strings.IndexByte(mantissa, '.')
	whole, frac := mantissa, ""
	if point >= 0 {
		whole, frac = mantissa[:point], mantissa[point+1:]
	}
	if len(whole)+len(frac) == 0 || !allDigits(whole) || !allDigits(frac) {
		return Int128{}, false
	}
	return roundDigits(strings.TrimLeft(whole+frac, "0"), len(frac)-exp, precision, scale, neg)
}

// roundDigits is the value of digits * 10^-from at another scale.
func roundDigits(digits string, from, precision, scale int, neg bool) (v Int128, ok bool) {
	drop := from - scale // digits beyond the scale
	if drop > 0 {
		if drop > len(digits) {
			return Int128{}, true
		}
		kept := digits[:len(digits)-drop]
		up := digits[len(digits)-drop] >= '5'
		digits = kept
		if len(digits) > MaxDecimalPrecision {
			return Int128{}, false
		}
		v = digitsValue(digits)
		if up {
			v = v.Add(Int128{Lo: 1})
		}
	} else {
		if digits == "" {
			return Int128{}, true
		}
		if len(digits)-drop > MaxDecimalPrecision {
			return Int128{}, false
		}
		v = digitsValue(digits)
		v, _ = v.Mul(pow10s[-drop])
	}
	if !v.FitsPrecision(precision) {
		return Int128{}, false
	}
	if neg {
		v = v.Neg()
	}
	return v, true
}

func digitsValue(digits string) (v Int128) {
	for len(digits) > 0 {
		n := min(len(digits), 18)
		var part int64
		for _, c := range []byte(digits[:n]) {
			part = part*10 + int64(c-'0')
		}
		v, _ = v.Mul(pow10s[n])
		v = v.Add(MakeInt128(part))
		digits = digits[n:]
	}
	return v
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func splitExponent(s string) (mantissa string, exp int, ok bool) {
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return s, 0, true
	}
	digits, neg := s[at+1:], false
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		neg, digits = digits[0] == '-', digits[1:]
	}
	if digits == "" || len(digits) > 6 || !allDigits(digits) {
		return "", 0, false
	}
	for _, c := range []byte(digits) {
		exp = exp*10 + int(c-'0')
	}
	if neg {
		exp = -exp
	}
	return s[:at], exp, true
}

// Unscaled is the unscaled value of a DECIMAL of type t.
func (v Value) Unscaled(t Type) Int128 {
	if t.Phys() == PhysInt128 {
		return v.Int128()
	}
	return MakeInt128(v.I)
}

// DecimalValue is the value of a DECIMAL of type t from its unscaled value.
func DecimalValue(t Type, unscaled Int128) Value {
	if t.Phys() == PhysInt128 {
		return Int128Value(unscaled)
	}
	return IntValue(unscaled.Int64())
}
