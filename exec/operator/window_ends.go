package operator

import (
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// WindowEnds reads a column of window ends as the instants that watermarks speak
// of, in milliseconds. The ends of windows over TIMESTAMP_LTZ are local times of
// the session.
type WindowEnds struct {
	milli     int64       // ticks of the column a millisecond
	env       *kernel.Env // nil: the ends are instants
	local, at int64       // the last end, and its instant
	ends      []int64
}

// NewWindowEnds makes a reader of columns of a type.
func NewWindowEnds(ctx *Context, t types.Type, zoned bool) WindowEnds {
	w := WindowEnds{milli: t.TimeUnit() / 1000, local: stream.MinWatermark}
	if zoned && ctx.Env != nil && ctx.Env.LocalToUTC != nil {
		w.env = ctx.Env
	}
	return w
}

// Of is the ends of a column's rows, until the next call. A row without an end is late by any watermark.
func (w *WindowEnds) Of(v *vector.Vector) []int64 {
	flat := v.Flatten()
	w.ends = append(w.ends[:0], vector.Values[int64](&flat)[:flat.Len]...)
	ends := w.ends
	for i, end := range ends {
		ends[i] = end / w.milli
	}
	if w.env != nil {
		w.toInstants(ends)
	}
	if valid := flat.RowValid(); valid != nil {
		for i := range ends {
			if !valid.Get(i) {
				ends[i] = stream.MinWatermark + 1
			}
		}
	}
	return ends
}

// toInstants goes by the last millisecond of each window, as aggregation does: the
// end itself may be an hour further where clocks are set forward.
func (w *WindowEnds) toInstants(ends []int64) {
	for i, end := range ends {
		if end != w.local { // mostly a batch is of few windows
			w.local, w.at = end, w.env.LocalToUTC(end-1)+1
		}
		ends[i] = w.at
	}
}
