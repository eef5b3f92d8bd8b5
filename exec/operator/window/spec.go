package window

import (
	"math"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
)

// windows is the arithmetic of one windowing, in milliseconds. Windows are
// aligned in local time: that of the session for TIMESTAMP_LTZ, and the values
// themselves for TIMESTAMP.
type windows struct {
	logical.WindowSpec
	env   *kernel.Env
	zoned bool // times are TIMESTAMP_LTZ: local time is the session's
}

func newWindows(spec logical.WindowSpec, env *kernel.Env, zoned, merging bool) (*windows, error) {
	w := &windows{WindowSpec: spec, env: env, zoned: zoned && env != nil && env.ZoneOffset != nil}
	switch {
	case spec.Kind == logical.Session && !merging:
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "SESSION windows without an aggregation are not supported").
			WithHint("group by window_start, window_end and the columns of PARTITION BY")
	case spec.Size <= 0 || (spec.Kind == logical.Hop || spec.Kind == logical.Cumulate) && spec.Slide <= 0:
		return nil, sqlerr.Newf(sqlerr.InvalidDefinition, "the parameters of %s must be positive intervals", spec.Kind)
	case spec.Kind == logical.Cumulate && spec.Size%spec.Slide != 0:
		return nil, sqlerr.Newf(sqlerr.InvalidDefinition, "CUMULATE: the maximum size must be a multiple of the step, but is %d ms with a step of %d ms", spec.Size, spec.Slide)
	}
	return w, nil
}

// floorTo is the largest point of the grid offset + k*step that is not after t.
func floorTo(t, step, offset int64) int64 {
	r := (t - offset) % step
	if r < 0 {
		r += step
	}
	return t - r
}

// step is the distance between window ends.
func (w *windows) step() int64 {
	if w.Kind == logical.Hop || w.Kind == logical.Cumulate {
		return w.Slide
	}
	return w.Size
}

// sliceEnd is the end of the slice that t falls into: the first window end after t.
func (w *windows) sliceEnd(t int64) int64 { return floorTo(t, w.step(), w.Offset) + w.step() }

// lastEnd is the end of the last window that holds the slice ending at end.
func (w *windows) lastEnd(end int64) int64 {
	switch w.Kind {
	case logical.Hop:
		return end + w.Size - w.Slide
	case logical.Cumulate:
		return floorTo(end-1, w.Size, w.Offset) + w.Size
	}
	return end
}

// start is the start of the window that ends at end.
func (w *windows) start(end int64) int64 {
	if w.Kind == logical.Cumulate {
		return floorTo(end-1, w.Size, w.Offset)
	}
	return end - w.Size
}

// local is the local time of an instant.
func (w *windows) local(t int64) int64 {
	if !w.zoned {
		return t
	}
	return t + w.env.ZoneOffset(t)
}

// instant is the instant of a local time.
func (w *windows) instant(t int64) int64 {
	if !w.zoned {
		return t
	}
	return w.env.LocalToUTC(t)
}

// fired reports whether a watermark has passed the window that ends at end: no
// row of it is to come.
func (w *windows) fired(end int64, mark stream.Watermark) bool {
	return mark == stream.MaxWatermark || mark != stream.MinWatermark && w.instant(end-1) <= mark
}

// beyond is a local time at or after the ends of all windows that a watermark has fired.
func (w *windows) beyond(mark stream.Watermark) int64 {
	const day = 24 * 3600 * 1000 // no zone is further off, nor shifts by more
	if mark > math.MaxInt64-2*day {
		return math.MaxInt64
	}
	if mark < math.MinInt64+2*day {
		return math.MinInt64
	}
	if !w.zoned {
		return mark + 2
	}
	return w.local(mark) + day
}
