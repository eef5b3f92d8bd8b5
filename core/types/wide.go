package types

import "math/bits"

// wide is an unsigned 256-bit number, lowest word first: the room that a product
// or a scaled numerator of two decimals needs before it is rounded back.
type wide [4]uint64

func mul256(a, b [2]uint64) (w wide) {
	h00, l00 := bits.Mul64(a[0], b[0])
	h01, l01 := bits.Mul64(a[0], b[1])
	h10, l10 := bits.Mul64(a[1], b[0])
	h11, l11 := bits.Mul64(a[1], b[1])
	var c, d uint64
	w[0] = l00
	w[1], c = bits.Add64(h00, l01, 0)
	w[2], c = bits.Add64(h01, l11, c)
	w[3] = h11 + c
	w[1], d = bits.Add64(w[1], l10, 0)
	w[2], d = bits.Add64(w[2], h10, d)
	w[3] += d
	return w
}

// mulWord multiplies in place; ok is false where the product does not fit.
func (w *wide) mulWord(m uint64) (ok bool) {
	var carry uint64
	for i := range w {
		hi, lo := bits.Mul64(w[i], m)
		var c uint64
		w[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	return carry == 0
}

// divWord divides in place and returns the remainder.
func (w *wide) divWord(d uint64) (rem uint64) {
	for i := 3; i >= 0; i-- {
		if rem == 0 && w[i] == 0 {
			continue
		}
		w[i], rem = bits.Div64(rem, w[i], d)
	}
	return rem
}

func (w *wide) addWord(x uint64) {
	for i := range w {
		var c uint64
		w[i], c = bits.Add64(w[i], x, 0)
		if x = c; x == 0 {
			return
		}
	}
}

// mulPow10 multiplies in place by 10^n; ok is false where the product does not fit.
func (w *wide) mulPow10(n int) (ok bool) {
	for ; n > 19; n -= 19 {
		if !w.mulWord(pow10Words[19]) {
			return false
		}
	}
	return w.mulWord(pow10Words[n])
}

// divPow10 divides in place by 10^n, rounding half up: only the first digit
// that is dropped decides, so everything below it may be cut off first.
func (w *wide) divPow10(n int) {
	if n <= 0 {
		return
	}
	n--
	for ; n > 19; n -= 19 {
		w.divWord(pow10Words[19])
	}
	w.divWord(pow10Words[n])
	w.addWord(5)
	w.divWord(10)
}

// signed narrows to 128 bits with a sign; ok is false where it does not fit.
func (w *wide) signed(neg bool) (v Int128, ok bool) {
	if w[3] != 0 || w[2] != 0 || w[1]>>63 != 0 {
		return Int128{}, false
	}
	v = Int128{Lo: w[0], Hi: int64(w[1])}
	if neg {
		v = v.Neg()
	}
	return v, true
}

// div divides by d in place and returns the remainder. d is not 0.
func (w *wide) div(d [2]uint64) (rem [2]uint64) {
	if d[1] == 0 {
		return [2]uint64{w.divWord(d[0]), 0}
	}
	// Bit by bit: divisors above 64 bits are rare, and d < 2^127 keeps rem from overflowing.
	for i := 255; i >= 0; i-- {
		rem[1] = rem[1]<<1 | rem[0]>>63
		rem[0] = rem[0]<<1 | w[i>>6]>>(i&63)&1
		if rem[1] > d[1] || rem[1] == d[1] && rem[0] >= d[0] {
			lo, b := bits.Sub64(rem[0], d[0], 0)
			rem[0], rem[1] = lo, rem[1]-d[1]-b
			w[i>>6] |= 1 << (i & 63)
		} else {
			w[i>>6] &^= 1 << (i & 63)
		}
	}
	return rem
}

// scaled is |a| * 10^n. 38 digits moved by up to 38 always fit.
func scaled(a Int128, n int) wide {
	m := a.abs()
	w := wide{m[0], m[1]}
	w.mulPow10(n)
	return w
}

func (w *wide) add(o wide) {
	var c uint64
	for i := range w {
		w[i], c = bits.Add64(w[i], o[i], c)
	}
}

// sub wraps where o is larger.
func (w *wide) sub(o wide) {
	var b uint64
	for i := range w {
		w[i], b = bits.Sub64(w[i], o[i], b)
	}
}

func (w *wide) less(o wide) bool {
	for i := 3; i >= 0; i-- {
		if w[i] != o[i] {
			return w[i] < o[i]
		}
	}
	return false
}

// mod is the remainder of w / d, bit by bit; d < 2^255.
func (w *wide) mod(d wide) (rem wide) {
	for i := 255; i >= 0; i-- {
		for k := 3; k > 0; k-- {
			rem[k] = rem[k]<<1 | rem[k-1]>>63
		}
		rem[0] = rem[0]<<1 | w[i>>6]>>(i&63)&1
		if !rem.less(d) {
			rem.sub(d)
		}
	}
	return rem
}

// AddDecimal is a + b, of any scales, rounded half up to another; ok is false
// where it does not fit 128 bits.
func AddDecimal(a Int128, aScale int, b Int128, bScale, scale int) (v Int128, ok bool) {
	common := max(aScale, bScale)
	x, y := scaled(a, common-aScale), scaled(b, common-bScale)
	neg := a.IsNeg()
	switch {
	case a.IsNeg() == b.IsNeg():
		x.add(y)
	case x.less(y):
		y.sub(x)
		x, neg = y, b.IsNeg()
	default:
		x.sub(y)
	}
	if scale >= common {
		if !x.mulPow10(scale - common) {
			return Int128{}, false
		}
	} else {
		x.divPow10(common - scale)
	}
	return x.signed(neg)
}

// ModDecimal is the remainder of a / b, of any scales, with the sign of a,
// rounded half up to another scale; b is not 0.
func ModDecimal(a Int128, aScale int, b Int128, bScale, scale int) (v Int128, ok bool) {
	common := max(aScale, bScale)
	x := scaled(a, common-aScale)
	rem := x.mod(scaled(b, common-bScale))
	if scale >= common {
		if !rem.mulPow10(scale - common) {
			return Int128{}, false
		}
	} else {
		rem.divPow10(common - scale)
	}
	return rem.signed(a.IsNeg())
}
