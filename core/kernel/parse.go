package kernel

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// ParseText reads text as a value of a type that is not nested, as CAST does.
// Its errors are *sqlerr.Error.
func ParseText(s []byte, t types.Type, env *Env) (types.Value, error) {
	v, ok := parse(s, t, env)
	if !ok {
		return v, textError(s, t)
	}
	return v, nil
}

func textError(s []byte, t types.Type) error {
	shown := string(s)
	if len(shown) > 60 {
		shown = shown[:60] + "…"
	}
	code := sqlerr.InvalidText
	if t.IsTemporal() {
		code = sqlerr.InvalidDatetime
	}
	return sqlerr.Newf(code, "'%s' cannot be read as %s", shown, t.WithNull(true)).
		WithHint("TRY_CAST gives NULL instead")
}

func parse(s []byte, t types.Type, env *Env) (types.Value, bool) {
	switch t.Kind {
	case types.Boolean:
		b, ok := parseBool(bytes.TrimSpace(s))
		return types.BoolValue(b), ok
	case types.TinyInt, types.SmallInt, types.Integer, types.BigInt:
		x, ok := ParseInteger(s, t.Phys())
		return types.IntValue(x), ok
	case types.Float:
		f, ok := parseFloat(s, 32)
		return types.FloatValue(f), ok
	case types.Double:
		f, ok := parseFloat(s, 64)
		return types.FloatValue(f), ok
	case types.Decimal:
		u, ok := types.ParseDecimal(string(bytes.TrimSpace(s)), t.Precision, t.Scale)
		return types.DecimalValue(t, u), ok
	case types.Char, types.Varchar:
		return types.BytesValue(fitString(nil, s, t)), true
	case types.Binary, types.Varbinary:
		return types.BytesValue(fitBytes(nil, s, t)), true
	case types.Date:
		day, ok := ParseDate(s)
		return types.IntValue(day), ok
	case types.Time:
		ms, ok := ParseTime(s)
		return types.IntValue(ms), ok
	case types.Timestamp, types.TimestampLTZ:
		ticks, ok := parseTimestamp(s, t, " ", 3)
		if ok && t.Kind == types.TimestampLTZ {
			ticks = env.Instant(ticks, t.TimeUnit())
		}
		return types.IntValue(ticks), ok
	}
	return types.Value{}, false
}

func parseBool(s []byte) (value, ok bool) {
	switch strings.ToLower(string(s)) {
	case "true", "t", "yes", "y", "1":
		return true, true
	case "false", "f", "no", "n", "0":
		return false, true
	}
	return false, false
}

// ParseInteger reads [+-]digits[.digits] of an integer layout; the fraction is
// cut off, and what does not fit is refused.
func ParseInteger(s []byte, p types.Phys) (int64, bool) {
	s = bytes.TrimSpace(s)
	neg := false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	var x uint64
	for i, c := range s {
		if c == '.' {
			for _, d := range s[i+1:] {
				if d < '0' || d > '9' {
					return 0, false
				}
			}
			break
		}
		if c < '0' || c > '9' || x > math.MaxUint64/10-1 {
			return 0, false
		}
		x = x*10 + uint64(c-'0')
	}
	limit := uint64(1) << (p.Width()*8 - 1)
	if neg {
		return -int64(x), x <= limit
	}
	return int64(x), x < limit
}

func parseFloat(s []byte, size int) (float64, bool) {
	text := string(bytes.TrimSpace(s))
	if n := len(text) - 1; n > 0 && strings.IndexByte("dDfF", text[n]) >= 0 {
		text = text[:n] // Java's suffixes
	}
	for _, c := range text {
		switch { // no hexadecimal, no underscores
		case c >= '0' && c <= '9', strings.ContainsRune("+-.eENaInfity", c):
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(text, size)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// scanner reads numbers between separators.
type scanner struct {
	s  []byte
	ok bool
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

func (p *scanner) date() (day int64) {
	y := p.number(9)
	m, d := int64(1), int64(1)
	if p.skip("-") {
		m = p.number(2)
		if p.skip("-") {
			d = p.number(2)
		}
	}
	p.ok = p.ok && y <= 999_999 && m >= 1 && m <= 12 && d >= 1 && d <= DaysInMonth(y, m)
	return DayOf(y, m, d)
}

// clock reads hh[:mm[:ss[.fraction]]] as nanoseconds.
func (p *scanner) clock() (nanos int64) {
	h := p.number(2)
	var m, sec, frac int64
	if p.skip(":") {
		m = p.number(2)
		if p.skip(":") {
			sec = p.number(2)
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
	return parseTimestamp(s, t, " T", 1)
}

// parseTimestamp wants at least so many fields of the time of day, if there is one.
func parseTimestamp(s []byte, t types.Type, between string, fields int) (ticks int64, ok bool) {
	p := scanner{s: bytes.TrimSpace(s), ok: true}
	day := p.date()
	var nanos int64
	if p.skip(between) {
		p.ok = p.ok && bytes.Count(p.s, []byte{':'}) >= fields-1
		nanos = p.clock()
	}
	unit := t.TimeUnit()
	step := types.Pow10(9 - min(t.Precision, 9))
	nanos -= nanos % step
	return day*86_400*unit + nanos/(1_000_000_000/unit), p.ok && len(p.s) == 0
}

// TryParse is ParseText that says false instead of an error.
func TryParse(s []byte, t types.Type, env *Env) (types.Value, bool) { return parse(s, t, env) }

// SplitMillis takes milliseconds of local time apart: a day and nanoseconds of it.
func SplitMillis(millis int64) (day, nanos int64) {
	day = floorDiv(millis, millisPerDay)
	return day, (millis - day*millisPerDay) * 1_000_000
}
