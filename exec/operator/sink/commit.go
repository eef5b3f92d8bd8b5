package sink

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

// committer commits on a goroutine of its own, one checkpoint after the other.
type committer struct {
	inner  connector.Committer
	done   func(checkpoint int64, err error)
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	work []prepared
	wake chan struct{}
}

func newCommitter(ctx context.Context, inner connector.Committer, done func(int64, error)) *committer {
	ctx, cancel := context.WithCancel(ctx)
	c := &committer{inner: inner, done: done, cancel: cancel, wake: make(chan struct{}, 1)}
	c.wg.Go(func() { c.run(ctx) })
	return c
}

func (c *committer) commit(p prepared) {
	c.mu.Lock()
	c.work = append(c.work, p)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *committer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		c.mu.Lock()
		work := c.work
		c.work = nil
		c.mu.Unlock()
		for _, p := range work {
			err := c.guarded(ctx, p.Committables)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				err = fmt.Errorf("commit checkpoint %d: %w", p.Checkpoint, err)
			}
			c.done(p.Checkpoint, err)
		}
	}
}

// guarded turns a connector's panic into an error.
func (c *committer) guarded(ctx context.Context, cs []connector.Committable) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the committer panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return commitAll(ctx, c.inner, cs)
}

func (c *committer) close() error {
	c.cancel()
	c.wg.Wait()
	return c.inner.Close()
}

// The waits between two tries of what cannot be committed yet.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// errLost is what cannot be committed any more.
var errLost = errors.New("a part of the output is lost")

// commitAll commits until every committable is through, or one is lost.
func commitAll(ctx context.Context, c connector.Committer, cs []connector.Committable) error {
	for wait := firstRetry; len(cs) > 0; wait = min(2*wait, lastRetry) {
		outcomes, err := c.Commit(ctx, cs)
		if err != nil {
			return err
		}
		var again []connector.Committable
		for i, o := range outcomes {
			switch o {
			case connector.Retry:
				again = append(again, cs[i])
			case connector.Lost:
				return sqlerr.Wrap(sqlerr.ConnectorFailure, errLost, "committable %q", string(cs[i])).
					WithHint("it was prepared for a checkpoint and has expired outside; restore from an older checkpoint or accept the loss by starting fresh")
			}
		}
		if cs = again; len(cs) == 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return nil
}

// Recover commits what the restored checkpoint left uncommitted, then rolls
// back whatever else of this job lies open outside.
func (s *Sink) Recover(ctx context.Context, wc connector.WriterContext, committables []connector.Committable) error {
	c, err := s.spec.OpenCommitter(ctx, wc)
	if err != nil || c == nil {
		return err
	}
	err = commitAll(ctx, c, committables)
	if err == nil {
		err = c.AbortLeftovers(ctx, committables)
	}
	if cerr := c.Close(); err == nil {
		err = cerr
	}
	return err
}
