package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	// The binder puts the name in its place.
	declare(function.Function{Name: "CURRENT_DATABASE", Stable: true, Doc: function.Doc{
		Syntax: "CURRENT_DATABASE()", Category: "session", Text: "The name of the current database.",
	}}, takes(returns(types.StringType), 0), nil)
	for _, f := range []struct {
		name    string
		aliases []string
		t       types.Type
		text    string
		of      func(millis int64, env *kernel.Env) int64
	}{
		{"CURRENT_TIMESTAMP", []string{"NOW"}, types.TimestampLTZType(3), "The present instant: one for a bounded query, that of each row otherwise.", instant},
		{"CURRENT_ROW_TIMESTAMP", nil, types.TimestampLTZType(3), "The instant at which the row is processed.", instant},
		{"PROCTIME", nil, types.TimestampLTZType(3), "The processing time of the row, as a time attribute.", instant},
		{"LOCALTIMESTAMP", nil, types.TimestampType(3), "The present time in the session's time zone.", local},
		{"LOCALTIME", []string{"CURRENT_TIME"}, types.Type{Kind: types.Time}, "The present time of day in the session's time zone.", func(ms int64, env *kernel.Env) int64 {
			_, nanos := kernel.SplitMillis(local(ms, env))
			return nanos / 1_000_000_000 * 1000
		}},
		{"CURRENT_DATE", nil, types.DateType, "The present day in the session's time zone.", func(ms int64, env *kernel.Env) int64 {
			day, _ := kernel.SplitMillis(local(ms, env))
			return day
		}},
	} {
		declare(function.Function{Name: f.name, Aliases: f.aliases, Stable: true, Doc: timeDoc(f.name, f.text)},
			takes(returns(f.t), 0), nowCode(f.of))
	}
	declare(function.Function{
		Name: "CURRENT_WATERMARK", Volatile: true,
		Doc: timeDoc("CURRENT_WATERMARK(rowtime)", "The watermark that the row met, or NULL before the first one."),
	},
		nullable(takes(sameAs(0), 1, aTemporal)), watermarkCode)
}

func instant(millis int64, _ *kernel.Env) int64 { return millis }

func local(millis int64, env *kernel.Env) int64 { return env.Local(millis, 1000) }

func nowCode(of func(millis int64, env *kernel.Env) int64) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		now := of(c.Env.NowMillis, c.Env)
		for _, r := range c.Selected() {
			c.PutInt(r, now)
		}
		return nil
	}})
}

func watermarkCode(s Site) (kernel.Kernel, error) {
	unit := int64(1)
	if s.Type.IsTimestamp() {
		unit = s.Type.TimeUnit() / 1000
	}
	return kernel.Kernel{Nulls: kernel.NullAware, Eval: func(c *kernel.Call) error {
		for _, r := range c.Selected() {
			if c.Env.Watermark == -1<<63 {
				c.SetNull(int(r))
				continue
			}
			c.PutInt(r, c.Env.Watermark*unit)
		}
		return nil
	}}, nil
}
