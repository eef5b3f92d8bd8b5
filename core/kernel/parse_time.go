package kernel

import (
	"bytes"
	"math"
	"strings"

	"github.com/weir-engine/weir/core/types"
)

// scanner reads numbers between separators.
type scanner struct {
	s  []byte
	ok bool
}

// literal passes over a text that must stand here.
func (p *scanner) literal(text string) bool {
	if len(p.s) < len(text) || string(p.s[:len(text)]) != text {
		return false
	}
	p.s = p.s[len(text):]
	return true
}

// number reads 1 to most digits.
func (p *scanner) number(most int) (x int64) {
	n := 0
	for n < len(p.s) && n < most && p.s[n] >= '0' && p.s[n] <= '9' {
		x = x*10 + int64(p.s[n]-'0')
		n++
	}
	p.ok = p.ok && n > 0
	p.s = p.s[n:]
	return x
}

// skip reads one of the bytes, if it is next.
func (p *scanner) skip(any string) bool {
	if len(p.s) > 0 && strings.IndexByte(any, p.s[0]) >= 0 {
		p.s = p.s[1:]
		return true
	}
	return false
}

// want reads a byte that must be next.
func (p *scanner) want(c byte) {
	p.ok = p.ok && len(p.s) > 0 && p.s[0] == c
	p.s = p.s[min(1, len(p.s)):]
}

// date reads yyyy[-MM[-dd]], each with any number of digits.
func (p *scanner) date() (day int64) {
	y := p.number(9)
	m, d := int64(1), int64(1)
	if p.skip("-") {
		m = p.number(9)
		if p.skip("-") {
			d = p.number(9)
		}
	}
	p.ok = p.ok && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= DaysInMonth(y, m)
	if !p.ok {
		return 0
	}
	return DayOf(y, m, d)
}

// clock reads hh[:mm[:ss[.fraction]]] as nanoseconds.
func (p *scanner) clock() (nanos int64) {
	h := p.number(9)
	var m, sec, frac int64
	if p.skip(":") {
		m = p.number(9)
		if p.skip(":") {
			sec = p.number(9)
			if p.skip(".") {
				frac = p.fraction()
			}
		}
	}
	p.ok = p.ok && h < 24 && m < 60 && sec < 60
	return ((h*60+m)*60+sec)*1_000_000_000 + frac
}

// fraction reads any digits as nanoseconds; those beyond the ninth are cut off.
func (p *scanner) fraction() (nanos int64) {
	n := 0
	for ; n < len(p.s) && p.s[n] >= '0' && p.s[n] <= '9'; n++ {
		if n < 9 {
			nanos = nanos*10 + int64(p.s[n]-'0')
		}
	}
	p.s = p.s[n:]
	for ; n < 9; n++ {
		nanos *= 10
	}
	return nanos
}

// ParseDate reads 2026-01-31 as a day; a time of day behind it is ignored.
func ParseDate(s []byte) (day int64, ok bool) {
	p := scanner{bytes.TrimSpace(s), true}
	day = p.date()
	if len(p.s) > 0 && p.s[0] == ' ' {
		return day, p.ok
	}
	return day, p.ok && len(p.s) == 0
}

// ParseTime reads 10:00:00[.123] as milliseconds of the day.
func ParseTime(s []byte) (millis int64, ok bool) {
	p := scanner{bytes.TrimSpace(s), true}
	nanos := p.clock()
	return nanos / 1_000_000, p.ok && len(p.s) == 0
}

// ParseTimestamp reads 2026-01-31[ 10:00:00[.123]] as ticks of a timestamp type,
// digits beyond its precision cut off. T may stand for the space, as in JSON and
// ISO 8601, and the seconds may be missing; CAST is stricter.
func ParseTimestamp(s []byte, t types.Type) (ticks int64, ok bool) {
	p := scanner{s: bytes.TrimSpace(s), ok: true}
	day := p.date()
	var nanos int64
	if p.skip(" T") {
		nanos = p.clock()
	}
	ticks, fits := ticksOf(day, nanos, t)
	return ticks, fits && p.ok && len(p.s) == 0
}

// castTimestamp reads yyyy-M-d[ H:m:s[.fraction]] as CAST does: four digits of
// year, more only behind a plus; nothing before, nothing behind. A day beyond its
// month becomes the month's last, and 24:00:00 the next midnight.
func castTimestamp(s []byte, t types.Type) (ticks int64, ok bool) {
	p := scanner{s: s, ok: true}
	more := p.skip("+")
	digits := len(p.s)
	y := p.number(9)
	digits -= len(p.s)
	p.want('-')
	m := p.number(2)
	p.want('-')
	d := p.number(2)
	var nanos int64
	if len(p.s) > 0 {
		p.want(' ')
		nanos = p.fullClock()
	}
	if !p.ok || len(p.s) > 0 || digits < 4 || more != (digits > 4) || y < 1 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	return ticksOf(DayOf(y, m, min(d, DaysInMonth(y, m))), nanos, t)
}

// ParseJavaTimestamp reads yyyy-[M]M-[d]d[ h:m:s[.f]] as java.sql.Timestamp.valueOf
// does, blanks around it too: what lies beyond a day's or a month's end is carried on.
func ParseJavaTimestamp(s []byte) (day, nanos int64, ok bool) {
	p := scanner{bytes.TrimSpace(s), true}
	digits := len(p.s)
	y := p.number(4)
	digits -= len(p.s)
	p.want('-')
	m := p.number(2)
	p.want('-')
	d := p.number(2)
	if len(p.s) > 0 {
		p.want(' ')
		h := p.number(2)
		p.want(':')
		minute := p.number(2)
		p.want(':')
		nanos = ((h*60+minute)*60 + p.number(2)) * 1_000_000_000
		if p.skip(".") {
			nanos += p.fraction()
		}
	}
	if !p.ok || len(p.s) > 0 || digits != 4 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, 0, false
	}
	const perDay = millisPerDay * 1_000_000
	return DayOf(y, m, 1) + d - 1 + nanos/perDay, nanos % perDay, true
}

// fullClock reads H:m:s[.fraction], at most nine digits behind the point.
func (p *scanner) fullClock() (nanos int64) {
	h := p.number(2)
	p.want(':')
	m := p.number(2)
	p.want(':')
	sec := p.number(2)
	var frac int64
	if p.skip(".") {
		digits := len(p.s)
		frac = p.fraction()
		p.ok = p.ok && digits-len(p.s) <= 9
	}
	p.ok = p.ok && m < 60 && sec < 60 && (h < 24 || h == 24 && m+sec+frac == 0)
	return ((h*60+m)*60+sec)*1_000_000_000 + frac
}

// ticksOf is a time of a day as ticks of a timestamp type; false where 64 bits
// have no room for it.
func ticksOf(day, nanos int64, t types.Type) (ticks int64, ok bool) {
	unit := t.TimeUnit()
	nanos -= nanos % types.Pow10(9-min(t.Precision, 9))
	if most := math.MaxInt64/(86_400*unit) - 1; day > most || day < -most {
		return 0, false
	}
	return day*86_400*unit + nanos/(1_000_000_000/unit), true
}

// SplitMillis takes milliseconds of local time apart: a day and nanoseconds of it.
func SplitMillis(millis int64) (day, nanos int64) {
	day = floorDiv(millis, millisPerDay)
	return day, (millis - day*millisPerDay) * 1_000_000
}
