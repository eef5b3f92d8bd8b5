package json

import "github.com/weir-engine/weir/core/types"

// usualTimestamp reads YYYY-MM-DD hh:mm:ss[.fff] up to a closing quote, and says
// how many bytes it took; 0 where the text has another form, which the general
// parser then judges.
func usualTimestamp(b []byte, t *types.Type, iso bool) (ticks int64, n int) {
	between := byte(' ')
	if iso {
		between = 'T'
	}
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10] != between || b[13] != ':' || b[16] != ':' {
		return 0, 0
	}
	year, month, day := two(b)*100+two(b[2:]), two(b[5:]), two(b[8:])
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, 0
	}
	nanos, n := int64(0), 19
	if b[n] == '.' {
		scale := int64(100_000_000)
		for n++; n < len(b) && n < 29 && b[n]-'0' <= 9; n++ {
			nanos += int64(b[n]-'0') * scale
			scale /= 10
		}
		if n == 20 {
			return 0, 0
		}
	}
	if n == len(b) || b[n] != '"' {
		return 0, 0
	}
	nanos -= nanos % types.Pow10(9-min(t.Precision, 9))
	unit := t.TimeUnit()
	seconds := (daysOf(year, month, day)*24+int64(hour))*3600 + int64(minute*60+second)
	return seconds*unit + nanos/(1_000_000_000/unit), n
}

// daysIn is the length of a month; 29 February is left to the general parser.
func daysIn(month int) int {
	switch month {
	case 2:
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// two is a number of two digits; negative beyond repair where they are none.
func two(b []byte) int {
	hi, lo := b[0]-'0', b[1]-'0'
	if hi > 9 || lo > 9 {
		return -1_000_000
	}
	return int(hi)*10 + int(lo)
}

// daysOf counts days from 1970-01-01 in the proleptic Gregorian calendar, with
// years that begin in March so that the leap day comes last.
func daysOf(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return int64(365*year+year/4-year/100+year/400+(153*(month-3)+2)/5+day-1) - 719_468
}
