package source

import (
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/operator"
)

// clock tells when a source's watermark goes out, and which splits hold it back.
type clock struct {
	interval, idleAfter int64            // milliseconds
	sent                stream.Watermark // so far
	sentAt              int64
	ended               stream.Watermark // most of the splits that are finished
	idle                bool
}

func newClock(interval, idleAfter int64) clock {
	return clock{interval: interval, idleAfter: idleAfter, sent: stream.MinWatermark, ended: stream.MinWatermark}
}

// finished takes the time of a split that is read to its end: it holds nothing
// back, and when no other is live its time is the source's.
func (c *clock) finished(w stream.Watermark) { c.ended = max(c.ended, w) }

// combined is the least watermark of the splits that are not idle.
func (s *Source) combined() (w stream.Watermark, idle bool) {
	w, idle = stream.MaxWatermark, true
	for _, sp := range s.splits {
		if !sp.idle {
			w, idle = min(w, sp.watermark), false
		}
	}
	if len(s.splits) == 0 && !s.none && !s.done {
		return s.clock.sent, false // splits are on their way
	}
	if idle {
		w = s.clock.ended
		for _, sp := range s.splits {
			w = max(w, sp.watermark)
		}
	}
	return w, idle
}

// markName names the metric of a split's watermark.
func markName(split string) string { return "split." + split + ".watermark.currentWatermark" }

// publish shows what each split holds back; an idle one holds nothing.
func (s *Source) publish() {
	for _, sp := range s.splits {
		if sp.mark == nil {
			return
		}
		if sp.idle {
			sp.mark.Set(stream.MaxWatermark)
		} else {
			sp.mark.Set(sp.watermark)
		}
	}
}

// tell sends the watermark when it is time: the input is quiet, or the interval is over.
func (s *Source) tell(out operator.SourceOutput, quiet bool) error {
	if !s.ctx.StreamingMode {
		return nil
	}
	now := s.ctx.Clock()
	if quiet {
		s.markIdle(now)
	}
	if !quiet && s.clock.interval > 0 && now-s.clock.sentAt < s.clock.interval {
		return nil
	}
	s.publish()
	w, idle := s.combined()
	if w > s.clock.sent {
		s.clock.sent, s.clock.sentAt = w, now
		if err := out.Watermark(w); err != nil {
			return err
		}
	}
	if idle == s.clock.idle {
		return nil
	}
	s.clock.idle = idle
	return out.Idle(idle)
}

// markIdle finds the splits that have had no rows for long, and asks to be
// called when the next one may be.
func (s *Source) markIdle(now int64) {
	if s.clock.idleAfter <= 0 {
		return
	}
	var next int64
	for _, sp := range s.splits {
		if at := sp.lastRow + s.clock.idleAfter; at <= now {
			sp.idle = true
		} else if !sp.idle && (next == 0 || at < next) {
			next = at
		}
	}
	if next > 0 {
		s.ctx.Alarm(next)
	}
}

// Tick is the time at which a split may have become idle; the Pull that follows sees to it.
func (s *Source) Tick(int64, operator.Output) (int64, error) { return 0, nil }
