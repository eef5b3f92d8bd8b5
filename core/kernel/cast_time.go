package kernel

import (
	"github.com/weir-engine/weir/core/types"
)

// castTemporal goes between dates and times, digit loss cut off; TIMESTAMP_LTZ
// reads and shows local time.
func castTemporal(from, to types.Type) func(*Call) error {
	return func(c *Call) error {
		x := c.Ints(0)
		for _, r := range c.Active() {
			putInt(c.Out, int(r), convertTime(x.At(r), from, to, c.Env))
		}
		return nil
	}
}

func convertTime(x int64, from, to types.Type, env *Env) int64 {
	if from.Kind == types.TimestampLTZ && to.Kind == types.TimestampLTZ {
		return cutTicks(rescaleTicks(x, from.TimeUnit(), to.TimeUnit()), to)
	}
	unit := int64(1000)
	local := x // local time in ticks of unit
	switch from.Kind {
	case types.Date:
		local = x * millisPerDay
	case types.Timestamp:
		unit = from.TimeUnit()
	case types.TimestampLTZ:
		unit = from.TimeUnit()
		local = env.Local(x, unit)
	}
	switch to.Kind {
	case types.Date:
		return floorDiv(local, unit*86_400)
	case types.Time:
		return cutMillis(floorMod(local, unit*86_400)*1000/unit, to.Precision)
	}
	ticks := cutTicks(rescaleTicks(local, unit, to.TimeUnit()), to)
	if to.Kind == types.TimestampLTZ {
		return env.Instant(ticks, to.TimeUnit())
	}
	return ticks
}

func rescaleTicks(x, from, to int64) int64 {
	if from <= to {
		return x * (to / from)
	}
	return floorDiv(x, from/to)
}

// cutTicks drops the digits of a second beyond a timestamp type's precision.
func cutTicks(x int64, t types.Type) int64 {
	digits := min((t.Precision+2)/3*3, 9)
	if digits == 0 {
		digits = 3
	}
	step := types.Pow10(digits - t.Precision)
	return x - floorMod(x, step)
}

func cutMillis(ms int64, precision int) int64 {
	if precision >= 3 {
		return ms
	}
	return ms - ms%types.Pow10(3-precision)
}
