package job

import (
	"fmt"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/graph"
)

// restarts decides whether a failed job runs again, and when: a state machine.
type restarts struct {
	config  graph.Restart
	count   int   // so far
	delay   int64 // exponential: the next
	started int64 // when the attempt began to run
	losses  int   // of task managers, so far
}

func newRestarts(c graph.Restart) (*restarts, error) {
	switch c.Strategy {
	case "none", "fixed-delay", "exponential-delay":
		return &restarts{config: c}, nil
	}
	return nil, sqlerr.Newf(sqlerr.InvalidOption, "option 'restart-strategy.type' cannot be '%s'", c.Strategy).
		WithHint("it takes none, fixed-delay or exponential-delay")
}

// The defaults of exponential-delay, in milliseconds, as Flink has them.
const (
	exponentialFirst = 1_000
	exponentialMax   = 60_000
	exponentialReset = 3_600_000
)

// running says that all tasks run.
func (r *restarts) running(now int64) { r.started = now }

// lossDelay is the pause behind the loss of a task manager, in milliseconds.
const lossDelay = 1_000

// next is the delay before another attempt, in milliseconds; false: there is none.
// lost: the last one failed because a connection, or a whole task manager, is gone.
func (r *restarts) next(now int64, lost bool) (delay int64, again bool) {
	switch r.config.Strategy {
	case "none":
		if lost && r.losses < r.config.Losses {
			r.losses++
			return lossDelay, true
		}
	case "fixed-delay":
		if r.config.Attempts >= 0 && r.count >= r.config.Attempts {
			return 0, false
		}
		r.count++
		return r.config.Delay, true
	case "exponential-delay":
		return r.exponential(now), true
	}
	return 0, false
}

func (r *restarts) exponential(now int64) int64 {
	first, most, reset := r.config.Delay, r.config.MaxDelay, r.config.Reset
	if first <= 0 {
		first = exponentialFirst
	}
	if most <= 0 {
		most = exponentialMax
	}
	if reset <= 0 {
		reset = exponentialReset
	}
	if r.started > 0 && now-r.started >= reset {
		r.delay = 0
	}
	r.started = 0
	r.count++
	if r.delay == 0 {
		r.delay = first
	} else {
		r.delay = min(r.delay*3/2, most)
	}
	return r.delay
}

func (r *restarts) String() string {
	return fmt.Sprintf("%s, %d restarts", r.config.Strategy, r.count)
}
