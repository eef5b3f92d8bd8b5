package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/io/connector"
)

// atLeastOnce writes without transactions: what is flushed is visible, and
// after a failure it comes again.
type atLeastOnce struct {
	client  *kgo.Client
	watch   *watch
	encoder *encoder
	failed  failure
}

func (w *atLeastOnce) Write(_ context.Context, b *stream.Batch) error {
	return w.watch.judge(w.encoder.produce(w.watch.ctx, w.client, b, &w.failed))
}

func (w *atLeastOnce) Flush(context.Context) error {
	return w.watch.judge(w.failed.flush(w.watch.ctx, w.client))
}

func (w *atLeastOnce) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	return nil, nil
}
func (w *atLeastOnce) Snapshot(int64) ([]byte, error) { return nil, nil }

func (w *atLeastOnce) Close() error {
	w.watch.close()
	w.client.Close()
	return nil
}

// exactlyOnce writes in the transaction of one producer until a barrier, and
// then in that of the next.
type exactlyOnce struct {
	pool    *pool
	watch   *watch
	pinger  *kgo.Client // of the watch: the producers' own come and go
	encoder *encoder
	current *producer // nil: none since the last barrier
}

func (w *exactlyOnce) Write(_ context.Context, b *stream.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	if w.current == nil {
		x, err := w.pool.reacquire(w.watch.ctx)
		if err != nil {
			return w.watch.judge(err)
		}
		w.current = x
	}
	if err := w.current.begin(); err != nil {
		return err
	}
	return w.current.explain(w.watch.judge(w.encoder.produce(w.watch.ctx, w.current.client, b, &w.current.failed)))
}

func (w *exactlyOnce) Flush(context.Context) error {
	if w.current == nil {
		return nil
	}
	return w.current.explain(w.watch.judge(w.current.failed.flush(w.watch.ctx, w.current.client)))
}

// PrepareCommit hands the open transaction over to the committer. One that
// nothing was written to stays for the rows to come.
func (w *exactlyOnce) PrepareCommit(ctx context.Context, checkpoint int64) ([]connector.Committable, error) {
	w.pool.barrier(checkpoint)
	p := w.current
	if p == nil || !p.open {
		return nil, nil
	}
	if err := w.Flush(ctx); err != nil {
		return nil, err
	}
	t, err := p.prepare(ctx, checkpoint)
	if err != nil {
		return nil, err
	}
	w.pool.wait(p)
	w.current = nil
	return []connector.Committable{t.encode()}, nil
}

func (w *exactlyOnce) Snapshot(int64) ([]byte, error) { return w.pool.snapshot(w.current) }

// closeTimeout is how long a writer that closes tries to abort what it has begun.
const closeTimeout = 5 * time.Second

// Close aborts what was not prepared: it will be written again, and readers of
// committed records should not wait for its timeout.
func (w *exactlyOnce) Close() error {
	defer w.pinger.Close()
	w.watch.close()
	p := w.current
	w.current = nil
	if p == nil {
		return nil
	}
	defer p.client.Close()
	if !p.open || w.watch.outage() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := p.client.AbortBufferedRecords(ctx)
	if err == nil {
		err = p.client.EndTransaction(ctx, kgo.TryAbort)
	}
	if err != nil && p.failed.err() == nil {
		return failed(err, "abort transaction of %s", p.id)
	}
	return nil
}
