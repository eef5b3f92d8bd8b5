package job

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
	"github.com/weir-engine/weir/io/connector"
)

// assigner deals the splits of one source: a goroutine that alone calls the
// enumerator. A freeze takes the enumerator's snapshot and begins an epoch:
// what is dealt later carries it, and its reader takes it behind that barrier.
type assigner struct {
	e       *execution
	op      string
	vertex  *graph.Vertex
	enum    connector.Enumerator
	epoch   int64
	waiting []int // subtasks that asked and got nothing yet

	// Until all tasks run, nobody gets a second helping: the first to run would take all.
	running  bool
	served   map[int]bool
	deferred []int

	mu   sync.Mutex
	mail []func(ctx context.Context) error
	wake chan struct{}
	wg   sync.WaitGroup
}

func newAssigner(e *execution, v *graph.Vertex, op string, enum connector.Enumerator) *assigner {
	return &assigner{e: e, op: op, vertex: v, enum: enum, served: map[int]bool{}, wake: make(chan struct{}, 1)}
}

func (a *assigner) post(f func(ctx context.Context) error) {
	a.mu.Lock()
	a.mail = append(a.mail, f)
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// request asks for splits for a subtask.
func (a *assigner) request(subtask int) {
	a.post(func(ctx context.Context) error {
		if a.served[subtask] && !a.running {
			a.deferred = append(a.deferred, subtask)
			return nil
		}
		a.served[subtask] = true
		return a.assign(ctx, subtask)
	})
}

// allRun says that every task has opened, and asked if it reads.
func (a *assigner) allRun() {
	a.post(func(ctx context.Context) error {
		a.running = true
		deferred := a.deferred
		a.deferred = nil
		for _, s := range deferred {
			if err := a.assign(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// freeze begins an epoch and hands out the enumerator's snapshot.
func (a *assigner) freeze(epoch int64, then func(state []byte, err error)) {
	a.post(func(context.Context) error {
		state, err := a.enum.Snapshot()
		a.epoch = epoch
		then(state, err)
		return nil
	})
}

func (a *assigner) start(ctx context.Context) {
	a.wg.Go(func() {
		if err := a.run(ctx); err != nil && ctx.Err() == nil {
			a.e.job.post(func() { a.e.fail(fmt.Errorf("assign splits of %s: %w", a.op, err)) })
		}
	})
}

func (a *assigner) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the enumerator panicked: %v\n%s", p, debug.Stack())
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.wake:
		case <-a.enum.Wake():
			if err := a.retry(ctx); err != nil {
				return err
			}
		}
		a.mu.Lock()
		mail := a.mail
		a.mail = nil
		a.mu.Unlock()
		for _, f := range mail {
			if err := f(ctx); err != nil {
				return err
			}
		}
	}
}

func (a *assigner) retry(ctx context.Context) error {
	waiting := a.waiting
	a.waiting = nil
	for _, s := range waiting {
		if err := a.assign(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (a *assigner) assign(ctx context.Context, subtask int) error {
	splits, done, err := a.enum.Assign(ctx, subtask, a.vertex.Parallelism)
	if err != nil {
		return err
	}
	if len(splits) == 0 && !done {
		a.waiting = append(a.waiting, subtask)
	}
	id := worker.TaskID{Job: a.e.graph.ID, Attempt: a.e.number, Vertex: a.vertex.ID, Subtask: subtask}
	a.e.of(id).AssignSplits(id, a.op, splits, done, a.epoch)
	return nil
}

// close waits for the goroutine, whose context is done, and closes the enumerator.
func (a *assigner) close() error {
	a.wg.Wait()
	if err := a.enum.Close(); err != nil {
		return fmt.Errorf("close enumerator of %s: %w", a.op, err)
	}
	return nil
}
