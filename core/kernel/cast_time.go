package kernel

import (
	"math"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// castTemporal goes between dates and times, digit loss cut off; TIMESTAMP_LTZ
// reads and shows local time. A time that 64 bits of the finer unit have no room
// for is an error, or NULL where try is set.
func castTemporal(from, to types.Type, try bool) func(*Call) error {
	most := farthest(from, to)
	return func(c *Call) error {
		x := c.Ints(0)
		for _, r := range c.Active() {
			v := x.At(r)
			if v > most || v < -most {
				if !try {
					return c.fail(r, outOfRange(to))
				}
				c.SetNull(int(r))
				continue
			}
			putInt(c.Out, int(r), convertTime(v, from, to, c.Env))
		}
		return nil
	}
}

// farthest is the largest value that a cast of times has room for.
func farthest(from, to types.Type) int64 {
	if !to.IsTimestamp() {
		return math.MaxInt64
	}
	switch {
	case from.Kind == types.Date:
		return math.MaxInt64 / (86_400 * to.TimeUnit())
	case from.TimeUnit() >= to.TimeUnit():
		return math.MaxInt64
	}
	return math.MaxInt64 / (to.TimeUnit() / from.TimeUnit())
}

func outOfRange(t types.Type) error {
	return sqlerr.Newf(sqlerr.NumericOutOfRange, "the time is out of the range of %s", t.WithNull(true)).
		WithHint("with 7 to 9 digits of a second times reach from 1677 to 2262; TIMESTAMP(6) reaches much farther")
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
