package sink

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/weir-engine/weir/io/connector"
)

// committer commits on a goroutine of its own, one checkpoint after the other.
type committer struct {
	commits
	done   func(checkpoint int64, err error)
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	work []prepared
	wake chan struct{}
}

func newCommitter(ctx context.Context, how commits, done func(int64, error)) *committer {
	ctx, cancel := context.WithCancel(ctx)
	c := &committer{commits: how, done: done, cancel: cancel, wake: make(chan struct{}, 1)}
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
	return c.all(ctx, cs)
}

func (c *committer) close() error {
	c.cancel()
	c.wg.Wait()
	return c.inner.Close()
}
