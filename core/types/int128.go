package types

import "math/bits"

// MakeInt128 widens a 64-bit integer.
func MakeInt128(x int64) Int128 { return Int128{Lo: uint64(x), Hi: x >> 63} }

// IsNeg reports values below zero.
func (a Int128) IsNeg() bool { return a.Hi < 0 }

// Sign is -1, 0 or 1.
func (a Int128) Sign() int {
	switch {
	case a.Hi < 0:
		return -1
	case a.Hi == 0 && a.Lo == 0:
		return 0
	}
	return 1
}

// FitsInt64 reports whether Int64 loses nothing.
func (a Int128) FitsInt64() bool { return a.Hi == int64(a.Lo)>>63 }

// Int64 is the low word.
func (a Int128) Int64() int64 { return int64(a.Lo) }

// Neg is -a; the smallest value is its own negation.
func (a Int128) Neg() Int128 {
	lo, borrow := bits.Sub64(0, a.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(a.Hi), borrow)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Add is a + b, wrapping.
func (a Int128) Add(b Int128) Int128 {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(uint64(a.Hi), uint64(b.Hi), carry)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Sub is a - b, wrapping.
func (a Int128) Sub(b Int128) Int128 {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	hi, _ := bits.Sub64(uint64(a.Hi), uint64(b.Hi), borrow)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Cmp is -1, 0 or 1 as a is below, at or above b.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a.Hi != b.Hi:
		if a.Hi < b.Hi {
			return -1
		}
		return 1
	case a.Lo < b.Lo:
		return -1
	case a.Lo > b.Lo:
		return 1
	}
	return 0
}

// Less reports a < b.
func (a Int128) Less(b Int128) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

// Mul64 is the full product of two 64-bit integers.
func Mul64(a, b int64) Int128 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// The unsigned product counts a negative operand as 2^64 too large.
	hi -= uint64(a>>63)&uint64(b) + uint64(b>>63)&uint64(a)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Mul is a * b; ok is false where it does not fit 128 bits.
func (a Int128) Mul(b Int128) (p Int128, ok bool) {
	if a.FitsInt64() && b.FitsInt64() {
		return Mul64(int64(a.Lo), int64(b.Lo)), true
	}
	w := mul256(a.abs(), b.abs())
	return w.signed(a.IsNeg() != b.IsNeg())
}

// abs is the magnitude of a as an unsigned number: high word, low word.
func (a Int128) abs() [2]uint64 {
	if a.Hi < 0 {
		a = a.Neg()
	}
	return [2]uint64{a.Lo, uint64(a.Hi)}
}

// Float64 is the nearest double.
func (a Int128) Float64() float64 {
	m := a.abs()
	f := float64(m[1])*(1<<64) + float64(m[0])
	if a.IsNeg() {
		return -f
	}
	return f
}
