package sink

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// Results carries the rows of a query from its Collect operators to the client.
type Results struct {
	schema *types.Schema
	limit  int // rows that may wait

	mu        sync.Mutex
	queue     []*stream.Batch
	rows      int
	delivered bool // rows have been handed to the client
	over      bool
	err       error
	spaces    map[any]func() // who waits for space
	arrived   chan struct{}
}

// NewResults makes a Results for rows of a schema; up to about limit rows wait for the client.
func NewResults(schema *types.Schema, limit int) *Results {
	return &Results{schema: schema, limit: limit, arrived: make(chan struct{}, 1)}
}

// Schema is that of the rows.
func (r *Results) Schema() *types.Schema { return r.schema }

// Deliver copies a batch for the client.
func (r *Results) Deliver(b *stream.Batch) error {
	copied := stream.NewBuilder(r.schema.Types())
	copied.Append(b, nil)
	out := copied.Finish()
	r.mu.Lock()
	if !r.over {
		r.queue = append(r.queue, out)
		r.rows += out.Rows
	}
	r.mu.Unlock()
	r.signal()
	return nil
}

// Full asks who not to deliver more until its space is called.
func (r *Results) Full(who any, space func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows < r.limit || r.over {
		return false
	}
	if r.spaces == nil {
		r.spaces = map[any]func(){}
	}
	r.spaces[who] = space
	return true
}

func (r *Results) signal() {
	select {
	case r.arrived <- struct{}{}:
	default:
	}
}

// Next is the next batch; io.EOF after the last, or why the job failed. The
// batch belongs to the client.
func (r *Results) Next(ctx context.Context) (*stream.Batch, error) {
	for {
		if b, err, ok := r.take(); ok {
			return b, err
		}
		select {
		case <-r.arrived:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *Results) take() (b *stream.Batch, err error, ok bool) {
	r.mu.Lock()
	var wake map[any]func()
	defer func() {
		r.mu.Unlock()
		for _, f := range wake {
			f()
		}
	}()
	if len(r.queue) > 0 {
		b = r.queue[0]
		r.queue = r.queue[1:]
		r.rows -= b.Rows
		r.delivered = true
		if r.rows < r.limit {
			wake, r.spaces = r.spaces, nil
		}
		return b, nil, true
	}
	if r.over {
		if r.err != nil {
			return nil, r.err, true
		}
		return nil, io.EOF, true
	}
	return nil, nil, false
}

// errDelivered refuses to repeat rows.
var errDelivered = errors.New("rows of the query have been delivered already; it cannot restart without repeating them")

// Restart forgets what waits, so that another attempt may begin; it refuses when
// rows have been handed out.
func (r *Results) Restart() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.delivered {
		return errDelivered
	}
	r.queue, r.rows = nil, 0
	return nil
}

// Finish says that no rows will follow, or why the job failed.
func (r *Results) Finish(err error) {
	r.mu.Lock()
	r.over, r.err = true, err
	r.mu.Unlock()
	r.signal()
}

// Close drops what waits: the client wants nothing more. The job should be cancelled beside.
func (r *Results) Close() {
	r.mu.Lock()
	r.queue, r.rows, r.over = nil, 0, true
	wake := r.spaces
	r.spaces = nil
	r.mu.Unlock()
	r.signal()
	for _, f := range wake {
		f()
	}
}
