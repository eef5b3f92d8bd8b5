package kafka

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// watch notices that no broker answers any more. The clients themselves try for
// ever: a short outage is nobody's business, but a job that waits for brokers
// that do not come back must say so.
type watch struct {
	client   *kgo.Client
	patience time.Duration
	ctx      context.Context // ends with an outage
	cancel   context.CancelFunc
	gone     atomic.Pointer[error]
	wg       sync.WaitGroup
}

// pings is how often brokers are asked while one waits.
const pings = 10

// newWatch watches with a client, until ctx ends or the watch is closed.
func newWatch(ctx context.Context, client *kgo.Client, patience time.Duration) *watch {
	w := &watch{client: client, patience: patience}
	w.ctx, w.cancel = context.WithCancel(ctx)
	w.wg.Go(w.run)
	return w
}

func (w *watch) run() {
	every := max(w.patience/pings, time.Millisecond)
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-tick.C:
		}
		asked, cancel := context.WithTimeout(w.ctx, max(every, time.Second))
		err := w.client.Ping(asked)
		cancel()
		switch {
		case err == nil:
			last = time.Now()
		case time.Since(last) >= w.patience:
			err = failed(err, "no broker has answered for %v", w.patience)
			w.gone.Store(&err)
			w.cancel()
			return
		}
	}
}

// outage is why the brokers are given up; nil while they are not.
func (w *watch) outage() error {
	if err := w.gone.Load(); err != nil {
		return *err
	}
	return nil
}

// judge gives the outage as the reason for what failed by it.
func (w *watch) judge(err error) error {
	if outage := w.outage(); err != nil && outage != nil {
		return outage
	}
	return err
}

func (w *watch) close() {
	w.cancel()
	w.wg.Wait()
}

// reachPause is between two tries to reach a broker.
const reachPause = 100 * time.Millisecond

// reach does what takes a broker, again while none can be reached, until ctx
// ends: where connections are refused the client gives up at once, and for as
// long as a broker restarts they are.
func reach(ctx context.Context, do func(context.Context) error) error {
	for {
		err := do(ctx)
		if err == nil || !unreachable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(reachPause):
		}
	}
}

// unreachable reports a failure to connect, or of a connection.
func unreachable(err error) bool {
	return errors.As(err, new(*net.OpError)) || kgo.IsRetryableBrokerErr(err)
}
