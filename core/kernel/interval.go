package kernel

import (
	"github.com/weir-engine/weir/core/types"
)

// AddInterval is the kernel of a date or time plus or minus an interval; at and
// by are the arguments that hold them. It reports false for types that do not go together.
func AddInterval(t, interval types.Type, at, by int, minus bool) (Kernel, bool) {
	if !t.IsTemporal() || !interval.IsInterval() {
		return Kernel{}, false
	}
	sign := int64(1)
	if minus {
		sign = -1
	}
	months := interval.Kind == types.IntervalYearMonth
	return Kernel{Name: "+", Eval: func(c *Call) error {
		x, n := c.Ints(at), c.Ints(by)
		for _, r := range c.Active() {
			if months {
				putInt(c.Out, int(r), addMonthsTo(x.At(r), sign*n.At(r), t))
			} else {
				putInt(c.Out, int(r), addMillisTo(x.At(r), sign*n.At(r), t))
			}
		}
		return nil
	}}, true
}

// addMonthsTo moves by the calendar: for TIMESTAMP_LTZ by that of UTC.
func addMonthsTo(x, months int64, t types.Type) int64 {
	if t.Kind == types.Date {
		return AddMonths(x, months)
	}
	perDay := t.TimeUnit() * 86_400
	day := floorDiv(x, perDay)
	return x + (AddMonths(day, months)-day)*perDay
}

func addMillisTo(x, millis int64, t types.Type) int64 {
	switch t.Kind {
	case types.Date:
		return x + millis/millisPerDay
	case types.Time:
		return floorMod(x+millis, millisPerDay)
	}
	return x + millis*(t.TimeUnit()/1000)
}

// ScaleInterval is the kernel of an interval times or divided by a BIGINT or
// DOUBLE; at and by are the arguments that hold them.
func ScaleInterval(factor types.Type, at, by int, divide bool) Kernel {
	return Kernel{Name: "*", Eval: func(c *Call) error {
		x := c.Ints(at)
		if factor.Kind == types.Double {
			f, mask := operand[float64](c.Args[by])
			for _, r := range c.Active() {
				k := f[r&mask]
				if divide {
					k = 1 / k
				}
				putInt(c.Out, int(r), saturate(float64(x.At(r))*k, -1<<63, 1<<63-1))
			}
			return nil
		}
		n := c.Ints(by)
		for _, r := range c.Active() {
			k := n.At(r)
			switch {
			case !divide:
				putInt(c.Out, int(r), x.At(r)*k)
			case k == 0:
				return c.fail(r, DivisionByZero())
			default:
				putInt(c.Out, int(r), x.At(r)/k)
			}
		}
		return nil
	}}
}

// unitNanos is the nanoseconds of a unit of fixed length; 0 for the others.
func unitNanos(unit string) int64 {
	switch unit {
	case "NANOSECOND":
		return 1
	case "MICROSECOND":
		return 1_000
	case "MILLISECOND":
		return 1_000_000
	case "SECOND":
		return 1_000_000_000
	case "MINUTE":
		return 60_000_000_000
	case "HOUR":
		return 3_600_000_000_000
	case "DAY":
		return 86_400_000_000_000
	case "WEEK":
		return 7 * 86_400_000_000_000
	}
	return 0
}

// unitMonths is the months of a unit; 0 for units of fixed length.
func unitMonths(unit string) int64 {
	switch unit {
	case "MONTH":
		return 1
	case "QUARTER":
		return 3
	case "YEAR":
		return 12
	case "DECADE":
		return 120
	case "CENTURY":
		return 1_200
	case "MILLENNIUM":
		return 12_000
	}
	return 0
}

// TimestampAdd is the kernel of TIMESTAMPADD(unit, count, value).
func TimestampAdd(unit string, from, to types.Type) Kernel {
	months, nanos := unitMonths(unit), unitNanos(unit)
	tick := int64(1_000_000_000)
	switch {
	case to.IsTimestamp():
		tick /= to.TimeUnit()
	case to.Kind == types.Time:
		tick = 1_000_000
	default:
		tick = 86_400_000_000_000
	}
	return Kernel{Name: "TIMESTAMPADD", Eval: func(c *Call) error {
		n, x := c.Ints(1), c.Ints(2)
		for _, r := range c.Active() {
			v := x.At(r)
			if !from.Same(to) {
				v = convertTime(v, from, to, c.Env)
			}
			switch {
			case months != 0:
				v = addMonthsTo(v, n.At(r)*months, to)
			case nanos >= tick:
				v += n.At(r) * (nanos / tick)
			default:
				v += n.At(r) / (tick / nanos)
			}
			if to.Kind == types.Time {
				v = floorMod(v, millisPerDay)
			}
			putInt(c.Out, int(r), v)
		}
		return nil
	}}
}

// TimestampDiff counts whole units from argument from to argument to, both of type t.
func TimestampDiff(unit string, t types.Type, from, to int) func(c *Call, r uint32) int64 {
	months, nanos := unitMonths(unit), unitNanos(unit)
	perDay, tick := int64(1), int64(86_400_000_000_000)
	switch {
	case t.IsTimestamp():
		perDay, tick = t.TimeUnit()*86_400, 1_000_000_000/t.TimeUnit()
	case t.Kind == types.Time:
		perDay, tick = millisPerDay, 1_000_000
	}
	return func(c *Call, r uint32) int64 {
		a, b := c.Ints(from).At(r), c.Ints(to).At(r)
		switch {
		case months != 0:
			return monthsBetween(a, b, perDay) / months
		case nanos >= tick:
			return (b - a) / (nanos / tick)
		}
		return (b - a) * (tick / nanos)
	}
}

// monthsBetween counts whole months: as many as can be added to a, the day held
// within its month, without passing b.
func monthsBetween(a, b, perDay int64) int64 {
	aDay, bDay := floorDiv(a, perDay), floorDiv(b, perDay)
	months := monthsOfDays(aDay, bDay)
	if AddMonths(aDay, months) == bDay && b-bDay*perDay < a-aDay*perDay {
		months--
	}
	return months
}

func monthsOfDays(a, b int64) int64 {
	if b < a {
		return -monthsOfDays(b, a)
	}
	ay, am, _ := Civil(a)
	by, bm, _ := Civil(b)
	months := (by-ay)*12 + bm - am
	if AddMonths(a, months) > b {
		months--
	}
	return months
}

// DiffUnits is the kernel of TIMESTAMPDIFF(unit, from, to).
func DiffUnits(unit string, t types.Type) Kernel {
	diff := TimestampDiff(unit, t, 1, 2)
	return Kernel{Name: "TIMESTAMPDIFF", Eval: func(c *Call) error {
		for _, r := range c.Active() {
			putInt(c.Out, int(r), diff(c, r))
		}
		return nil
	}}
}

// DiffInterval is the kernel of (to - from) unit: whole months, or all milliseconds
// whatever the unit is.
func DiffInterval(unit string, t types.Type) Kernel {
	each := unitMonths(unit)
	if each == 0 {
		unit, each = "MILLISECOND", 1
	}
	diff := TimestampDiff(unit, t, 1, 0)
	return Kernel{Name: "MINUS_DATE", Eval: func(c *Call) error {
		for _, r := range c.Active() {
			putInt(c.Out, int(r), diff(c, r)*each)
		}
		return nil
	}}
}
