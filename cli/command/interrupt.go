package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts turns SIGINT and SIGTERM into the end of what runs: the first ends
// the innermost scope in order, the second the process.
type interrupts struct {
	out io.Writer

	mu    sync.Mutex
	end   context.CancelFunc // of the innermost scope
	asked bool               // its end
}

// listen begins with the outermost scope; stop takes no more signals.
func (i *interrupts) listen() (ctx context.Context, stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	ctx, leave := i.scope(context.Background())
	go func() {
		for {
			select {
			case <-signals:
				i.signalled()
			case <-done:
				return
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); leave() }
}

// scope makes ctx what the next signal ends, until leave is called.
func (i *interrupts) scope(parent context.Context) (ctx context.Context, leave func()) {
	ctx, cancel := context.WithCancel(parent)
	i.mu.Lock()
	defer i.mu.Unlock()
	outer, asked := i.end, i.asked
	i.end, i.asked = cancel, false
	return ctx, func() {
		cancel()
		i.mu.Lock()
		defer i.mu.Unlock()
		i.end, i.asked = outer, asked
	}
}

func (i *interrupts) signalled() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.asked {
		os.Exit(exitInterrupted)
	}
	fmt.Fprintln(i.out, "stopping; once more to stop at once")
	i.asked = true
	i.end()
}
