package scalar

import (
	"strings"
	"time"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
)

// zoneArg is the time zone of argument i, looked up whenever its name changes.
func zoneArg(c *kernel.Call, i int) func(r uint32) (*time.Location, error) {
	names := c.Strings(i)
	var last string
	var zone *time.Location
	return func(r uint32) (*time.Location, error) {
		var err error
		if name := names.At(r); zone == nil || string(name) != last {
			last = string(name)
			zone, err = zoneOf(last)
		}
		return zone, err
	}
}

// shortZones are Java's abbreviations that name a place.
var shortZones = map[string]string{
	"PST": "America/Los_Angeles", "CST": "America/Chicago", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "CTT": "Asia/Shanghai",
	"ECT": "Europe/Paris", "AET": "Australia/Sydney", "BST": "Asia/Dhaka",
}

// zoneOf knows places, Java's abbreviations, and offsets as GMT+8 and GMT-08:30.
func zoneOf(name string) (*time.Location, error) {
	if offset, ok := strings.CutPrefix(name, "GMT"); ok && offset != "" {
		if len(offset) == 2 { // GMT+8
			offset = offset[:1] + "0" + offset[1:]
		}
		for _, form := range []string{"-07", "-07:00", "-0700"} {
			if t, err := time.Parse(form, offset); err == nil {
				return t.Location(), nil
			}
		}
	}
	if place, ok := shortZones[name]; ok {
		name = place
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, sqlerr.Newf(sqlerr.BadInput, "unknown time zone '%s'", name).WithHint("a place such as Europe/Berlin, UTC, or GMT+8")
	}
	return zone, nil
}

// instantIn is the instant of a local time, both in milliseconds. Of two instants,
// or of none when clocks go forward, it is that of standard time.
func instantIn(local int64, zone *time.Location) int64 {
	_, before := time.UnixMilli(local - 86_400_000).In(zone).Zone()
	_, behind := time.UnixMilli(local + 86_400_000).In(zone).Zone()
	early, late := local-int64(max(before, behind))*1000, local-int64(min(before, behind))*1000
	if _, offset := time.UnixMilli(early).In(zone).Zone(); offset == max(before, behind) {
		if _, offset = time.UnixMilli(late).In(zone).Zone(); offset != min(before, behind) {
			return early
		}
	}
	return late
}

func convertTZ(c *kernel.Call) error {
	x, from, to, out := c.Strings(0), zoneArg(c, 1), zoneArg(c, 2), c.MakeBytes()
	for _, r := range c.Active() {
		source, err := from(r)
		if err != nil {
			return c.Fail(r, err)
		}
		target, err := to(r)
		if err != nil {
			return c.Fail(r, err)
		}
		day, nanos, ok := standardText.ParseLenient(x.At(r))
		if !ok {
			c.SetNull(int(r))
			continue
		}
		instant := instantIn(day*86_400_000+nanos/1_000_000, source)
		_, offset := time.UnixMilli(instant).In(target).Zone()
		day, nanos = kernel.SplitMillis(instant + int64(offset)*1000)
		start := len(out.Buf)
		out.Buf = standardText.Append(out.Buf, day, nanos)
		out.End(r, start)
	}
	out.Done()
	return nil
}
