package kernel

// appendYear writes a year with at least width digits; DateTimeFormatter puts a plus
// before one that has more than four.
func (p *TimePattern) appendYear(dst []byte, year int64, width int) []byte {
	if !p.old && width >= 4 && year > 9999 {
		dst = append(dst, '+')
	}
	return appendNumber(dst, year, width)
}

func appendQuarter(dst []byte, quarter int64, width int) []byte {
	switch width {
	case 3:
		return append(dst, 'Q', '0'+byte(quarter))
	case 4:
		return append(dst, [...]string{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}[quarter-1]...)
	case 5:
		return append(dst, '0'+byte(quarter))
	}
	return appendNumber(dst, quarter, width)
}

func appendEra(dst []byte, ours, whole bool) []byte {
	switch {
	case whole && ours:
		return append(dst, "Anno Domini"...)
	case whole:
		return append(dst, "Before Christ"...)
	case ours:
		return append(dst, "AD"...)
	}
	return append(dst, "BC"...)
}

// appendOffset writes +0800 for Z, and for X +08, +0800 or +08:00, or Z in UTC.
func appendOffset(dst []byte, millis int64, part patternPart) []byte {
	if part.letter == 'X' && millis == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if millis < 0 {
		sign, millis = '-', -millis
	}
	minutes := millis / 60_000
	dst = appendPadded(append(dst, sign), minutes/60, 2)
	if part.letter == 'X' && part.width == 1 {
		return dst
	}
	if part.letter == 'X' && part.width == 3 {
		dst = append(dst, ':')
	}
	return appendPadded(dst, minutes%60, 2)
}

// shortYear reads the two digits of a year: of the 80 years before and the 20 behind
// the present, which is taken to be in the twenties of this century.
func (f *fields) shortYear(in *scanner, most int) {
	before := len(in.s)
	x := in.number(min(most, 4))
	switch digits := before - len(in.s); {
	case digits != 2: // taken as it is
		f.year = x
	case x > 45:
		f.year = 1900 + x
	default:
		f.year = 2000 + x
	}
}

// offset reads +08, +0800 or +08:00, and Z where it is ISO's.
func (p *scanner) offset(iso bool) int64 {
	if len(p.s) > 0 && iso && p.s[0] == 'Z' {
		p.s = p.s[1:]
		return 0
	}
	if len(p.s) < 3 || p.s[0] != '+' && p.s[0] != '-' {
		p.ok = false
		return 0
	}
	sign := int64(1)
	if p.s[0] == '-' {
		sign = -1
	}
	p.s = p.s[1:]
	minutes := 60 * p.number(2)
	if len(p.s) > 2 && p.s[0] == ':' {
		p.s = p.s[1:]
	}
	if len(p.s) >= 2 && p.s[0] >= '0' && p.s[0] <= '9' {
		minutes += p.number(2)
	}
	return sign * minutes * 60_000
}
