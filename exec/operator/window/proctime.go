package window

import (
	"math"
	"slices"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// now is the processing time, which never goes back: neither behind windows that
// have been fired, nor behind those that others had fired before a restart.
func (a *Aggregate) now() int64 {
	now := a.ctx.Clock()
	if a.mark != stream.MinWatermark && a.mark != stream.MaxWatermark {
		now = max(now, a.mark+1)
	}
	if a.ahead.marks != nil {
		now = max(now, a.ahead.until+1)
	}
	return now
}

// takeTimes gives all rows of a batch the present time.
func (a *Aggregate) takeTimes(b *stream.Batch) (sel []uint32) {
	a.times = slices.Grow(a.times[:0], b.Rows)[:b.Rows]
	now := a.now()
	for r := range a.times {
		a.times[r] = now
	}
	return b.Sel
}

// Tick fires the windows that the clock has passed.
func (a *Aggregate) Tick(now int64, out operator.Output) (next int64, err error) {
	a.alarm = 0
	if a.mark == stream.MaxWatermark {
		return 0, nil
	}
	if a.fire.active { // the rows of the last windows are still on their way
		a.alarm = now + 1
		return a.alarm, nil
	}
	if now-1 > a.mark {
		if err := a.startFiring(now - 1); err != nil {
			return 0, err
		}
	}
	if _, err = a.Resume(out); err != nil {
		return 0, err
	}
	return 0, a.arm()
}

// arm asks for a Tick when the next window that has rows ends.
func (a *Aggregate) arm() error {
	if a.alarm != 0 {
		return nil
	}
	state := a.slices
	if a.session != nil {
		state = a.session.due
	}
	times, err := state.Times(math.MinInt64, math.MaxInt64, a.fire.times[:0])
	a.fire.times = times
	if err != nil || len(times) == 0 {
		return err
	}
	end := times[0]
	if a.w.Kind == logical.Hop || a.w.Kind == logical.Cumulate { // slices are kept for the windows to come
		end = max(end, a.fire.next)
	}
	a.alarm = a.w.instant(end-1) + 1
	a.ctx.Alarm(a.alarm)
	return nil
}

var _ operator.Clocked = (*Aggregate)(nil)
