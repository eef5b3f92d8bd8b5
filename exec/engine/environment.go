package engine

import (
	"time"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
)

// optNow is when the session planned a job: CURRENT_TIMESTAMP of a batch job,
// the same in all its subtasks.
const optNow = "weir.now"

// NewEnv is what expressions may know, from the options of a job or a session.
func NewEnv(options option.Values) *kernel.Env {
	env := &kernel.Env{NowMillis: time.Now().UnixMilli()}
	if now, err := time.Parse(time.RFC3339Nano, options[optNow]); err == nil {
		env.NowMillis = now.UnixMilli()
	}
	zone := time.Local
	if name := options.Text(OptZone); name != "default" {
		if z, err := time.LoadLocation(name); err == nil { // checked at SET
			zone = z
		}
	}
	setZone(env, zone)
	return env
}

// setZone gives an environment a time zone; UTC needs no functions.
func setZone(env *kernel.Env, zone *time.Location) {
	if zone == time.UTC || zone.String() == "UTC" {
		return
	}
	env.ZoneOffset = func(epochMillis int64) int64 {
		_, seconds := time.UnixMilli(epochMillis).In(zone).Zone()
		return int64(seconds) * 1000
	}
	env.LocalToUTC = func(localMillis int64) int64 {
		u := time.UnixMilli(localMillis).UTC()
		local := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), zone)
		return local.UnixMilli()
	}
}
