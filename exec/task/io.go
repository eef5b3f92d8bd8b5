package task

import (
	"sync/atomic"

	"github.com/weir-engine/weir/exec/exchange"
)

// IO is what went over the edges of a subtask so far.
type IO struct {
	RowsIn, BatchesIn, BytesIn    int64
	RowsOut, BatchesOut, BytesOut int64
	QueuedIn                      int64 // batches that wait in its inputs
}

// received counts what came in; the task's goroutine adds, anybody reads.
type received struct{ rows, batches, bytes atomic.Int64 }

func (r *received) count(b *exchange.Buffer) {
	r.rows.Add(int64(b.Batch.Rows))
	r.batches.Add(1)
	r.bytes.Add(int64(b.Bytes))
}

// IO reads what went over the task's edges.
func (t *Task) IO() IO {
	out := IO{RowsIn: t.received.rows.Load(), BatchesIn: t.received.batches.Load(), BytesIn: t.received.bytes.Load()}
	for _, w := range t.config.Writers {
		out.RowsOut += w.Rows.Load()
		out.BatchesOut += w.Batches.Load()
		out.BytesOut += w.Bytes.Load()
	}
	for _, g := range t.gates {
		for _, q := range g.queues {
			out.QueuedIn += int64(q.Batches())
		}
	}
	return out
}
