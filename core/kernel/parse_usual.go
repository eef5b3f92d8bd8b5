package kernel

import (
	"math"

	"github.com/weir-engine/weir/core/types"
)

// What nearly all texts look like is read here in a single pass over few bytes.
// Each function takes only what the general parser would read alike, and leaves
// the rest to it.

// mantissa reads [-]digits[.digits] of 1 to most digits: x is the number without
// its point, frac the digits behind it, 0 where there is no point.
func mantissa(s []byte, most int) (x int64, frac int, ok bool) {
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		s = s[1:]
	}
	n, point := 0, -1
	for i, c := range s {
		digit := c - '0'
		if digit <= 9 {
			x = x*10 + int64(digit)
			if n++; n > most {
				return 0, 0, false
			}
			continue
		}
		if c != '.' || point >= 0 {
			return 0, 0, false
		}
		point = i
	}
	if point >= 0 {
		frac = len(s) - point - 1
	}
	if neg {
		x = -x
	}
	return x, frac, n > 0 && point != 0 && (point < 0 || frac > 0)
}

// usualInteger reads a whole number of up to 18 digits.
func usualInteger(s []byte) (x int64, ok bool) {
	x, frac, ok := mantissa(s, 18)
	return x, ok && frac == 0
}

// exactPowers are powers of ten that a DOUBLE holds exactly, as it does whole
// numbers of 15 digits; so a division gives the DOUBLE nearest to their quotient
// (W. D. Clinger, How to read floating point numbers accurately, 1990).
var exactPowers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// usualFloat reads [-]digits[.digits] of up to 15 digits; -0 is left out, since x has no sign of a zero.
func usualFloat(s []byte) (f float64, ok bool) {
	x, frac, ok := mantissa(s, 15)
	if !ok || x == 0 && s[0] == '-' {
		return 0, false
	}
	if frac == 0 {
		return float64(x), true
	}
	return float64(x) / exactPowers[frac], true
}

// usualDecimal reads a number of up to 18 digits at a scale that it need not be rounded to.
func usualDecimal(s []byte, precision, scale int) (unscaled int64, ok bool) {
	x, frac, ok := mantissa(s, 18)
	if !ok || frac > scale || scale-frac > 18 {
		return 0, false
	}
	const most = 1_000_000_000_000_000_000
	up := types.Pow10(scale - frac)
	if limit := most / up; x >= limit || x <= -limit {
		return 0, false
	}
	x *= up
	if precision < 18 {
		if limit := types.Pow10(precision); x >= limit || x <= -limit {
			return 0, false
		}
	}
	return x, true
}

// usualDate reads YYYY-MM-DD at the front of s.
func usualDate(s []byte) (day int64, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, m, d := two(s)*100+two(s[2:]), two(s[5:]), two(s[8:])
	if y < 1 || m < 1 || m > 12 || d < 1 || d > 28 && d > DaysInMonth(y, m) {
		return 0, false
	}
	return DayOf(y, m, d), true
}

// UsualTimestamp reads YYYY-MM-DD hh:mm:ss[.f…] at the front of s as ticks of a
// TIMESTAMP, with between in the middle, and says how many bytes it took; 0 where
// the text has another form, which the general parser then judges.
func UsualTimestamp(s []byte, t *types.Type, between byte) (ticks int64, n int) {
	if len(s) < 19 || s[10] != between || s[13] != ':' || s[16] != ':' {
		return 0, 0
	}
	day, ok := usualDate(s)
	hour, minute, second := two(s[11:]), two(s[14:]), two(s[17:])
	if !ok || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, 0
	}
	nanos, n := int64(0), 19
	if n < len(s) && s[n] == '.' {
		scale := int64(100_000_000)
		for n++; n < len(s) && n < 29 && s[n]-'0' <= 9; n++ {
			nanos += int64(s[n]-'0') * scale
			scale /= 10
		}
		if n == 20 || n < len(s) && s[n]-'0' <= 9 {
			return 0, 0
		}
	}
	nanos -= nanos % types.Pow10(9-min(t.Precision, 9))
	unit := t.TimeUnit()
	seconds := (day*24+hour)*3600 + minute*60 + second
	if limit := math.MaxInt64 / unit; seconds >= limit || seconds <= -limit {
		return 0, 0
	}
	return seconds*unit + nanos/(1_000_000_000/unit), n
}

// two is a number of two digits; negative beyond repair where they are none.
func two(b []byte) int64 {
	hi, lo := b[0]-'0', b[1]-'0'
	if hi > 9 || lo > 9 {
		return -1_000_000
	}
	return int64(hi)*10 + int64(lo)
}
