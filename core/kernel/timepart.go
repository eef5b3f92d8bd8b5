package kernel

import (
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// moment is a date or time taken apart: local day and nanoseconds of the day.
type moment struct{ day, nanos int64 }

// momentOf reads a value of a temporal type.
func momentOf(x int64, t types.Type, env *Env) moment {
	switch t.Kind {
	case types.Date:
		return moment{day: x}
	case types.Time:
		return moment{nanos: x * 1_000_000}
	case types.TimestampLTZ:
		x = env.Local(x, t.TimeUnit())
	}
	unit := t.TimeUnit()
	day := floorDiv(x, unit*86_400)
	return moment{day, (x - day*unit*86_400) * (1_000_000_000 / unit)}
}

// Extract is the kernel of EXTRACT: a part of argument at, of type t, as BIGINT.
func Extract(unit string, t types.Type, at int) (Kernel, error) {
	k := Kernel{Name: "EXTRACT"}
	if t.IsInterval() {
		part, ok := intervalPart(unit, t)
		if !ok {
			return k, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s has no %s", t.WithNull(true), unit)
		}
		k.Eval = func(c *Call) error {
			x, out := c.Ints(at), vector.Values[int64](c.Out)
			for _, r := range c.Active() {
				out[r] = part(x.At(r))
			}
			return nil
		}
		return k, nil
	}
	if t.Kind == types.Date && unit == "YEAR" {
		k.Eval = func(c *Call) error {
			x, mask := operand[int32](c.Args[at])
			out := vector.Values[int64](c.Out)
			for _, r := range c.Active() {
				out[r], _, _ = Civil(int64(x[r&mask]))
			}
			return nil
		}
		return k, nil
	}
	part := partOf(unit, t)
	if part == nil {
		return k, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s has no %s", t.WithNull(true), unit)
	}
	k.Eval = func(c *Call) error {
		x, out := c.Ints(at), vector.Values[int64](c.Out)
		for _, r := range c.Active() {
			if unit == "EPOCH" {
				out[r] = epochSeconds(x.At(r), t)
				continue
			}
			out[r] = part(momentOf(x.At(r), t, c.Env))
		}
		return nil
	}
	return k, nil
}

func epochSeconds(x int64, t types.Type) int64 {
	switch t.Kind {
	case types.Date:
		return x * 86_400
	case types.Time:
		return x / 1000
	}
	return floorDiv(x, t.TimeUnit())
}

// partOf is nil for a part that the type does not have.
func partOf(unit string, t types.Type) func(moment) int64 {
	if p := clockPart(unit); p != nil && t.Kind != types.Date {
		return p
	} else if p != nil {
		return func(moment) int64 { return 0 }
	}
	if t.Kind == types.Time {
		if unit == "EPOCH" {
			return func(m moment) int64 { return m.nanos / 1_000_000_000 }
		}
		return nil
	}
	return calendarPart(unit)
}

func clockPart(unit string) func(moment) int64 {
	switch unit {
	case "HOUR":
		return func(m moment) int64 { return m.nanos / 3_600_000_000_000 }
	case "MINUTE":
		return func(m moment) int64 { return m.nanos / 60_000_000_000 % 60 }
	case "SECOND":
		return func(m moment) int64 { return m.nanos / 1_000_000_000 % 60 }
	case "MILLISECOND":
		return func(m moment) int64 { return m.nanos / 1_000_000 % 1_000 }
	case "MICROSECOND":
		return func(m moment) int64 { return m.nanos / 1_000 % 1_000_000 }
	case "NANOSECOND":
		return func(m moment) int64 { return m.nanos % 1_000_000_000 }
	}
	return nil
}

func calendarPart(unit string) func(moment) int64 {
	civil := func(pick func(y, m, d int64) int64) func(moment) int64 {
		return func(m moment) int64 { return pick(Civil(m.day)) }
	}
	switch unit {
	case "EPOCH":
		return func(m moment) int64 { return m.day*86_400 + m.nanos/1_000_000_000 }
	case "DAY":
		return civil(func(_, _, d int64) int64 { return d })
	case "MONTH":
		return civil(func(_, m, _ int64) int64 { return m })
	case "QUARTER":
		return civil(func(_, m, _ int64) int64 { return (m + 2) / 3 })
	case "YEAR":
		return civil(func(y, _, _ int64) int64 { return y })
	case "DECADE":
		return civil(func(y, _, _ int64) int64 { return floorDiv(y, 10) })
	case "CENTURY":
		return civil(func(y, _, _ int64) int64 { return era(y, 100) })
	case "MILLENNIUM":
		return civil(func(y, _, _ int64) int64 { return era(y, 1000) })
	case "DOY":
		return func(m moment) int64 { return dayOfYear(m.day) }
	case "DOW":
		return func(m moment) int64 { return floorMod(m.day+4, 7) + 1 }
	case "ISODOW":
		return func(m moment) int64 { return floorMod(m.day+3, 7) + 1 }
	case "WEEK":
		return func(m moment) int64 { _, w := isoWeek(m.day); return w }
	case "ISOYEAR":
		return func(m moment) int64 { y, _ := isoWeek(m.day); return y }
	}
	return nil
}

// era counts centuries and millennia: the year 2000 is in the 20th century.
func era(year, length int64) int64 {
	if year > 0 {
		return (year + length - 1) / length
	}
	return (year - length + 1) / length
}

func dayOfYear(day int64) int64 {
	y, _, _ := Civil(day)
	return day - DayOf(y, 1, 1) + 1
}

// isoWeek is the ISO 8601 year and week: week 1 has the year's first Thursday.
func isoWeek(day int64) (year, week int64) {
	thursday := day - floorMod(day+3, 7) + 3
	year, _, _ = Civil(thursday)
	return year, (thursday-DayOf(year, 1, 1))/7 + 1
}

func intervalPart(unit string, t types.Type) (func(int64) int64, bool) {
	if t.Kind == types.IntervalYearMonth {
		switch unit {
		case "YEAR":
			return func(x int64) int64 { return x / 12 }, true
		case "MONTH":
			return func(x int64) int64 { return x % 12 }, true
		case "QUARTER":
			return func(x int64) int64 { return x%12/3 + 1 }, true
		}
		return nil, false
	}
	switch unit {
	case "DAY":
		return func(x int64) int64 { return x / millisPerDay }, true
	case "HOUR":
		return func(x int64) int64 { return x / millisPerHour % 24 }, true
	case "MINUTE":
		return func(x int64) int64 { return x / millisPerMinute % 60 }, true
	case "SECOND":
		return func(x int64) int64 { return x / millisPerSecond % 60 }, true
	case "MILLISECOND":
		return func(x int64) int64 { return x % 1_000 }, true
	case "EPOCH":
		return func(x int64) int64 { return x / 1000 }, true
	}
	return nil, false
}

// RoundTo is the kernel of FLOOR(value TO unit), and of CEIL where up is set.
func RoundTo(unit string, t types.Type, up bool) Kernel {
	return Kernel{Name: "FLOOR TO", Eval: func(c *Call) error {
		x := c.Ints(0)
		for _, r := range c.Active() {
			putInt(c.Out, int(r), roundTo(x.At(r), unit, t, up, c.Env))
		}
		return nil
	}}
}

func roundTo(x int64, unit string, t types.Type, up bool, env *Env) int64 {
	perDay := int64(1)
	switch {
	case t.IsTimestamp():
		perDay = t.TimeUnit() * 86_400
	case t.Kind == types.Time:
		perDay = millisPerDay
	}
	local := x
	if t.Kind == types.TimestampLTZ {
		local = env.Local(x, t.TimeUnit())
	}
	down := floorLocal(local, unit, perDay)
	if up && down != local {
		down = nextLocal(down, unit, perDay)
	}
	if t.Kind == types.TimestampLTZ {
		return env.Instant(down, t.TimeUnit())
	}
	return down
}

// floorLocal cuts ticks of local time down to a unit; weeks begin on Sunday.
func floorLocal(x int64, unit string, perDay int64) int64 {
	months := unitMonths(unit)
	if months == 0 {
		ticks := unitNanos(unit) / (86_400_000_000_000 / perDay)
		if unit == "WEEK" {
			day := floorDiv(x, perDay)
			return (day - floorMod(day+4, 7)) * perDay
		}
		if ticks <= 1 {
			return x
		}
		return x - floorMod(x, ticks)
	}
	y, m, _ := Civil(floorDiv(x, perDay))
	switch {
	case months < 12:
		m = (m-1)/months*months + 1
	case months == 12:
		m = 1
	case unit == "DECADE":
		y, m = floorDiv(y, 10)*10, 1
	default: // centuries and millennia begin with the year 1
		years := months / 12
		y, m = floorDiv(y-1, years)*years+1, 1
	}
	return DayOf(y, m, 1) * perDay
}

func nextLocal(x int64, unit string, perDay int64) int64 {
	if months := unitMonths(unit); months != 0 {
		return AddMonths(floorDiv(x, perDay), months) * perDay
	}
	return x + max(1, unitNanos(unit)/(86_400_000_000_000/perDay))
}
