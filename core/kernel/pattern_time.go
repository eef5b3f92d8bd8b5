package kernel

import (
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// TimePattern is a pattern of Java's DateTimeFormatter (yyyy-MM-dd HH:mm:ss.SSS),
// compiled: a list of fields and fixed text.
type TimePattern struct {
	parts    []patternPart
	old      bool // of SimpleDateFormat
	optional bool // has optional sections, which are written but not read
}

type patternPart struct {
	letter byte // 0: fixed text
	width  int
	pad    int // spaces before it up to this width
	text   string
}

const (
	patternLetters    = "yuYMLwWdDHhkKmsSaEecnNQqAGF"
	oldPatternLetters = "yYMLwWdDHhkKmsSaEuFGZX"
)

// oldLetters are those that the old patterns use for something else: here by the
// digits that stand for them.
var oldLetters = map[byte]byte{'u': isoDayLetter, 'F': weekdayOfMonthLetter}

const (
	isoDayLetter         = '1' // the day of the week, Monday is 1
	weekdayOfMonthLetter = '2' // the how manyeth such day of the month
)

// CompileTimePattern reads a pattern of Java's DateTimeFormatter; letters without a
// meaning here are refused.
func CompileTimePattern(pattern string) (*TimePattern, error) {
	return compileTimePattern(pattern, patternLetters)
}

// CompileOldTimePattern reads a pattern of Java's older SimpleDateFormat.
func CompileOldTimePattern(pattern string) (*TimePattern, error) {
	return compileTimePattern(pattern, oldPatternLetters)
}

func compileTimePattern(pattern, letters string) (*TimePattern, error) {
	p := &TimePattern{old: letters == oldPatternLetters}
	pad := 0 // of pp before a letter
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return nil, sqlerr.Newf(sqlerr.BadInput, "the pattern '%s' has an open quote", pattern)
			}
			text := pattern[i+1 : i+1+end]
			if end == 0 {
				text = "'"
			}
			p.fixed(text)
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if c == 'p' && !p.old && i+n < len(pattern) {
				pad = n
				i += n
				continue
			}
			if strings.IndexByte(letters, c) < 0 {
				return nil, sqlerr.Newf(sqlerr.BadInput, "the letter %c of the pattern '%s' is not known", c, pattern).
					WithHint("known are %s; other text stands in quotes: 'T'", strings.Join(strings.Split(letters, ""), " "))
			}
			if other, ok := oldLetters[c]; ok && p.old {
				c = other
			}
			p.parts = append(p.parts, patternPart{letter: c, width: n, pad: pad})
			pad = 0
			i += n
		case (c == '[' || c == ']') && !p.old: // what is optional is written all the same
			p.optional = true
			i++
		default:
			p.fixed(string(c))
			i++
		}
	}
	return p, nil
}

func (p *TimePattern) fixed(text string) {
	p.parts = append(p.parts, patternPart{text: text})
}

var (
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	dayNames   = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
)

// Append writes a moment: a local day and nanoseconds of it.
func (p *TimePattern) Append(dst []byte, day, nanos int64) []byte {
	return p.AppendZoned(dst, day, nanos, 0)
}

// AppendZoned writes a moment of a zone that lies so many milliseconds before UTC.
func (p *TimePattern) AppendZoned(dst []byte, day, nanos, offset int64) []byte {
	y, m, d := Civil(day)
	hour := nanos / 3_600_000_000_000
	for _, part := range p.parts {
		start := len(dst)
		switch part.letter {
		case 0:
			dst = append(dst, part.text...)
		case 'y', 'u':
			if part.width == 2 {
				dst = appendPadded(dst, floorMod(y, 100), 2)
			} else {
				dst = p.appendYear(dst, y, part.width)
			}
		case 'M', 'L':
			dst = appendNamed(dst, monthNames[m-1], m, part.width)
		case 'd':
			dst = appendNumber(dst, d, part.width)
		case 'D':
			dst = appendNumber(dst, dayOfYear(day), part.width)
		case 'Q', 'q':
			dst = appendQuarter(dst, (m+2)/3, part.width)
		case 'G':
			dst = appendEra(dst, y > 0, part.width >= 4 && !p.old)
		case 'F':
			dst = appendNumber(dst, (d-1)%7+1, part.width)
		case isoDayLetter:
			dst = appendNumber(dst, floorMod(day+3, 7)+1, part.width)
		case weekdayOfMonthLetter:
			dst = appendNumber(dst, (d-1)/7+1, part.width)
		case 'Z', 'X':
			dst = appendOffset(dst, offset, part)
		case 'E':
			dst = appendNamed(dst, dayNames[floorMod(day+3, 7)], 0, max(part.width, 3))
		case 'e', 'c':
			dst = appendNumber(dst, floorMod(day+4, 7)+1, part.width)
		case 'Y', 'w':
			year, week := sundayWeek(day)
			switch {
			case part.letter == 'w':
				dst = appendNumber(dst, week, part.width)
			case part.width == 2:
				dst = appendPadded(dst, floorMod(year, 100), 2)
			default:
				dst = p.appendYear(dst, year, part.width)
			}
		case 'W':
			dst = appendNumber(dst, (d+floorMod(day-d+5, 7)-1)/7+1, part.width)
		case 'H':
			dst = appendNumber(dst, hour, part.width)
		case 'k':
			dst = appendNumber(dst, floorMod(hour-1, 24)+1, part.width)
		case 'h':
			dst = appendNumber(dst, floorMod(hour-1, 12)+1, part.width)
		case 'K':
			dst = appendNumber(dst, hour%12, part.width)
		case 'm':
			dst = appendNumber(dst, nanos/60_000_000_000%60, part.width)
		case 's':
			dst = appendNumber(dst, nanos/1_000_000_000%60, part.width)
		case 'S':
			if p.old {
				dst = appendNumber(dst, nanos/1_000_000%1000, part.width)
			} else {
				dst = appendFraction(dst, nanos%1_000_000_000, part.width)
			}
		case 'n':
			dst = appendNumber(dst, nanos%1_000_000_000, part.width)
		case 'N':
			dst = appendNumber(dst, nanos, part.width)
		case 'A':
			dst = appendNumber(dst, nanos/1_000_000, part.width)
		case 'a':
			dst = append(dst, "AM"...)
			if hour >= 12 {
				dst[len(dst)-2] = 'P'
			}
		}
		for len(dst)-start < part.pad {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			dst[start] = ' '
		}
	}
	return dst
}

// sundayWeek is the week-based year and week of a day, where weeks begin on Sunday
// and the first week holds 1 January.
func sundayWeek(day int64) (year, week int64) {
	first := func(y int64) int64 { // the Sunday on or before 1 January
		jan1 := DayOf(y, 1, 1)
		return jan1 - floorMod(jan1+4, 7)
	}
	year, _, _ = Civil(day)
	if day >= first(year+1) {
		year++
	}
	return year, (day-first(year))/7 + 1
}

func appendNumber(dst []byte, x int64, width int) []byte {
	if x < 0 {
		dst, x = append(dst, '-'), -x
	}
	digits := len(strconv.FormatInt(x, 10))
	for ; digits < width; digits++ {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, x, 10)
}

func appendNamed(dst []byte, name string, number int64, width int) []byte {
	switch {
	case width < 3:
		return appendNumber(dst, number, width)
	case width == 3:
		return append(dst, name[:3]...)
	case width == 5:
		return append(dst, name[0])
	}
	return append(dst, name...)
}

func appendFraction(dst []byte, nanos int64, digits int) []byte {
	for range digits {
		nanos *= 10
		dst = append(dst, '0'+byte(nanos/1_000_000_000))
		nanos %= 1_000_000_000
	}
	return dst
}

// Parse reads a local day and nanoseconds of it; all of s must match.
func (p *TimePattern) Parse(s []byte) (day, nanos int64, ok bool) {
	if p.optional {
		return 0, 0, false
	}
	in := scanner{s: s, ok: true}
	f := fields{year: 1970, month: 1, day: 1}
	for i, part := range p.parts {
		if part.letter == 0 {
			if !in.literal(part.text) {
				return 0, 0, false
			}
			continue
		}
		// Digits of a field that is followed by another field end at its width.
		most := 19
		if i+1 < len(p.parts) && p.parts[i+1].letter != 0 {
			most = part.width
		}
		f.read(&in, part, most)
		if !in.ok {
			return 0, 0, false
		}
	}
	day, nanos, ok = f.moment()
	return day, nanos, ok && len(in.s) == 0
}

// HasZone reports whether texts of the pattern say their offset from UTC: what is read is then in UTC.
func (p *TimePattern) HasZone() bool {
	for _, part := range p.parts {
		if part.letter == 'Z' || part.letter == 'X' {
			return true
		}
	}
	return false
}

// ParseLenient reads as Java's old SimpleDateFormat: fields of numbers have any
// digits, what lies beyond a field's range is carried on, and text behind is ignored.
func (p *TimePattern) ParseLenient(s []byte) (day, nanos int64, ok bool) {
	in := scanner{s: s, ok: true}
	f := fields{year: 1970, month: 1, day: 1, old: true}
	for i, part := range p.parts {
		if part.letter == 0 {
			if !in.literal(part.text) {
				return 0, 0, false
			}
			continue
		}
		if i+1 == len(p.parts) || p.parts[i+1].letter == 0 {
			part.width = 1
			if (part.letter == 'M' || part.letter == 'L') && p.parts[i].width >= 3 || strings.IndexByte("ESyZX", part.letter) >= 0 {
				part.width = p.parts[i].width
			}
			if part.letter == 'y' && part.width != 2 {
				part.width = 1
			}
			f.read(&in, part, 9)
		} else {
			f.read(&in, part, part.width)
		}
		if !in.ok {
			return 0, 0, false
		}
	}
	if f.halfDay && f.afternoon {
		f.hour += 12
	}
	day = DayOf(f.year, f.month, 1) + f.day - 1
	if f.dayOfYear > 0 {
		day = DayOf(f.year, 1, 1) + f.dayOfYear - 1
	}
	nanos = ((f.hour*60+f.minute)*60+f.second)*1_000_000_000 + f.nanos
	if f.zoned {
		nanos -= f.offset * 1_000_000
	}
	const perDay = millisPerDay * 1_000_000
	return day + floorDiv(nanos, perDay), floorMod(nanos, perDay), true
}

// fields are what a text said of a moment.
type fields struct {
	year, month, day, dayOfYear int64
	hour, minute, second, nanos int64
	afternoon, halfDay          bool
	old                         bool  // by the rules of SimpleDateFormat
	zoned                       bool  // the text said its offset from UTC
	offset                      int64 // in milliseconds
}

func (f *fields) read(in *scanner, part patternPart, most int) {
	number := func(width int) int64 {
		before := len(in.s)
		x := in.number(min(most, max(width, 2)))
		if before-len(in.s) < min(part.width, width) {
			in.ok = false
		}
		return x
	}
	switch part.letter {
	case 'y', 'u':
		if part.width == 2 {
			if f.old {
				f.shortYear(in, most)
			} else {
				f.year = 2000 + in.number(2)
			}
			return
		}
		f.year = number(9)
	case 'M', 'L':
		if part.width >= 3 {
			f.month = in.name(monthNames[:], part.width)
			return
		}
		f.month = number(2)
	case 'd':
		f.day = number(2)
	case 'D':
		f.dayOfYear = number(3)
	case 'E':
		in.name(dayNames[:], max(part.width, 3))
	case 'H', 'k':
		f.hour = number(2)
		if f.hour == 24 && part.letter == 'k' {
			f.hour = 0
		}
	case 'h', 'K':
		f.hour, f.halfDay = number(2)%12, true
	case 'm':
		f.minute = number(2)
	case 's':
		f.second = number(2)
	case 'S':
		if len(in.s) < part.width {
			in.ok = false
			return
		}
		digits := scanner{in.s[:part.width], true}
		f.nanos = digits.fraction()
		in.ok = in.ok && len(digits.s) == 0
		in.s = in.s[part.width:]
	case 'Z', 'X':
		f.zoned = true
		f.offset = in.offset(part.letter == 'X')
	case isoDayLetter, weekdayOfMonthLetter, 'W', 'w':
		number(2) // known from the date
	case 'G':
		in.name([]string{"BC ", "AD "}, 2)
	case 'a':
		f.afternoon = len(in.s) >= 2 && (in.s[0] == 'P' || in.s[0] == 'p')
		in.ok = in.ok && len(in.s) >= 2
		in.s = in.s[min(2, len(in.s)):]
	default:
		in.ok = false
	}
}

func (f *fields) moment() (day, nanos int64, ok bool) {
	if f.halfDay && f.afternoon {
		f.hour += 12
	}
	ok = f.month >= 1 && f.month <= 12 && f.day >= 1 && f.day <= 31 && f.hour < 24 && f.minute < 60 && f.second < 60
	if !ok {
		return 0, 0, false
	}
	// Java's lenient-within-the-month rule: 31 April is 30 April.
	f.day = min(f.day, DaysInMonth(f.year, f.month))
	day = DayOf(f.year, f.month, f.day)
	if f.dayOfYear > 0 {
		day = DayOf(f.year, 1, 1) + f.dayOfYear - 1
	}
	return day, ((f.hour*60+f.minute)*60+f.second)*1_000_000_000 + f.nanos, true
}

// name reads one of the names, whole or its first three letters, and gives its place from 1.
func (p *scanner) name(names []string, width int) int64 {
	for i, n := range names {
		if width == 3 {
			n = n[:3]
		}
		if len(p.s) >= len(n) && strings.EqualFold(string(p.s[:len(n)]), n) {
			p.s = p.s[len(n):]
			return int64(i + 1)
		}
	}
	p.ok = false
	return 0
}

// MomentAt is an argument's date or time of row r, taken apart: a local day and nanoseconds of it.
func (c *Call) MomentAt(n Number, r uint32, t types.Type) (day, nanos int64) {
	m := momentOf(n.At(r), t, c.Env)
	return m.day, m.nanos
}
