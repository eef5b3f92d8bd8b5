package source

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/io/connector"
)

// fetchAhead is how many fetches may wait for the task.
const fetchAhead = 2

// MetricRead is the nanoseconds that a reader was in its Next, where a job is profiled.
const MetricRead = "readTimeNanos"

// fetched is what the reader's goroutine hands to the task.
type fetched struct {
	connector.Fetch
	need bool // the reader has no splits left
	err  error
}

// reading runs a connector's reader. The task assigns splits and takes fetches;
// the goroutine makes all calls of the reader.
type reading struct {
	reader  connector.Reader
	wake    func()          // tells the task that something was fetched
	took    *metric.Counter // nanoseconds that the reader was at work; nil: nobody asks
	out     chan fetched
	started bool
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu        sync.Mutex
	assigned  []connector.Split
	interrupt context.CancelFunc // of the Next under way
	news      chan struct{}
}

func newReading(r connector.Reader, wake func()) *reading {
	return &reading{reader: r, wake: wake, out: make(chan fetched, fetchAhead), news: make(chan struct{}, 1), cancel: func() {}}
}

// start starts the goroutine, once.
func (g *reading) start(ctx context.Context) {
	if g.started {
		return
	}
	g.started = true
	ctx, g.cancel = context.WithCancel(ctx)
	g.wg.Go(func() { g.run(ctx) })
}

// assign gives the reader splits; a Next under way is interrupted, which loses nothing.
func (g *reading) assign(splits []connector.Split) {
	g.mu.Lock()
	g.assigned = append(g.assigned, splits...)
	if g.interrupt != nil {
		g.interrupt()
	}
	g.mu.Unlock()
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// poll takes a fetch without waiting.
func (g *reading) poll() (fetched, bool) {
	select {
	case f := <-g.out:
		return f, true
	default:
		return fetched{}, false
	}
}

func (g *reading) run(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			g.hand(ctx, fetched{err: fmt.Errorf("the reader panicked: %v\n%s", p, debug.Stack())})
		}
	}()
	for ctx.Err() == nil {
		next, err := g.takeAssigned(ctx)
		if err == nil {
			var f connector.Fetch
			if f, err = g.next(next); err == nil {
				if f.Batch != nil || len(f.Spans) > 0 {
					g.hand(ctx, fetched{Fetch: f})
				}
				continue
			}
		}
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, connector.ErrNeedSplits):
			g.hand(ctx, fetched{need: true})
			select { // until there are splits again
			case <-g.news:
			case <-ctx.Done():
			}
		case errors.Is(err, context.Canceled) && next.Err() != nil: // interrupted by an assignment
		default:
			g.hand(ctx, fetched{err: err})
			return
		}
	}
}

// next is one call of the reader.
func (g *reading) next(ctx context.Context) (connector.Fetch, error) {
	if g.took == nil {
		return g.reader.Next(ctx)
	}
	begun := time.Now()
	f, err := g.reader.Next(ctx)
	g.took.Add(int64(time.Since(begun)))
	return f, err
}

// takeAssigned gives new splits to the reader, and a context for its next call
// that ends when there are more.
func (g *reading) takeAssigned(ctx context.Context) (context.Context, error) {
	g.mu.Lock()
	splits := g.assigned
	g.assigned = nil
	if g.interrupt != nil {
		g.interrupt() // gives the last context back
	}
	next, cancel := context.WithCancel(ctx)
	g.interrupt = cancel
	g.mu.Unlock()
	if len(splits) == 0 {
		return next, nil
	}
	return next, g.reader.Assign(splits)
}

func (g *reading) hand(ctx context.Context, f fetched) {
	select {
	case g.out <- f:
		g.wake()
	case <-ctx.Done():
		if f.Release != nil {
			f.Release()
		}
	}
}

// close ends the goroutine and closes the reader.
func (g *reading) close() error {
	g.cancel()
	g.wg.Wait()
	for {
		f, ok := g.poll()
		if !ok {
			break
		}
		if f.Release != nil {
			f.Release()
		}
	}
	g.mu.Lock()
	if g.interrupt != nil {
		g.interrupt()
	}
	g.mu.Unlock()
	return g.reader.Close()
}
