package task

import (
	"time"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/stream"
)

// The metrics of a job whose operators are timed (graph.Config.Profile).
const (
	MetricBusy       = "busyTimeNanos"     // in the operator's code, without that of those it calls
	MetricExchange   = "exchangeTimeNanos" // of the last operator of a chain: dealing its rows to edges
	MetricBatchesIn  = "numBatchesIn"
	MetricBatchesOut = "numBatchesOut"
)

// stopwatch tells where a chain's time goes. An operator calls the next one in
// its Emit, so the watch is turned from one account to another as the work is
// handed on and comes back: a reading of the clock a batch and operator, none a
// row. A nil stopwatch reads nothing.
type stopwatch struct {
	start   time.Time
	last    time.Duration
	account *metric.Counter // that time goes to; nil: nobody's
}

// turn lets the time from now on go to an account, and returns the one before.
func (w *stopwatch) turn(to *metric.Counter) (before *metric.Counter) {
	if w == nil {
		return nil
	}
	now := time.Since(w.start)
	if w.account != nil {
		w.account.Add(int64(now - w.last))
	}
	before, w.account, w.last = w.account, to, now
	return before
}

// profile begins to count time and batches.
func (t *Task) profile() {
	w := &stopwatch{start: time.Now()}
	t.chain.watch, t.chain.tail.watch = w, w
	for i, n := range t.chain.nodes {
		m := t.config.Contexts[i].Metric
		n.busy, n.batchesIn, n.batchesOut = m.Counter(MetricBusy), m.Counter(MetricBatchesIn), m.Counter(MetricBatchesOut)
		if i == len(t.chain.nodes)-1 && len(t.config.Writers) > 0 {
			t.chain.tail.busy = m.Counter(MetricExchange)
		}
	}
}

// emitted counts a batch that n passes on.
func (n *node) emitted(b *stream.Batch) {
	n.rowsOut.Add(int64(b.Len()))
	if n.batchesOut != nil {
		n.batchesOut.Add(1)
	}
}
