package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/weir-engine/weir/cli/gateway/protocol"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
)

// patience is how long a fetch waits for a statement or for rows before it says
// that there are none yet: clients ask again at once.
const patience = 500 * time.Millisecond

// operation is one statement: it executes, then its result is fetched.
type operation struct {
	session *session
	id      string
	execute func(ctx context.Context) (*outcome, error)
	ctx     context.Context // ends when the operation is stopped
	cancel  context.CancelFunc

	executed chan struct{} // closed when result or err is there, and the session is free again
	over     chan struct{} // closed when nothing of the operation runs any more

	mu       sync.Mutex
	canceled bool
	err      error

	fetching chan struct{} // holds a token while somebody reads result
	result   *outcome
	next     int64 // token of the page that comes next
	last     *page // the page of token next-1, or, at the end, of next; nil: none
	pending  *stream.Batch
	from     int // first row of pending that has not been handed out
}

func newOperation(s *session, execute func(ctx context.Context) (*outcome, error)) *operation {
	o := &operation{
		session: s, id: newHandle(), execute: execute,
		executed: make(chan struct{}), over: make(chan struct{}), fetching: make(chan struct{}, 1),
	}
	o.ctx, o.cancel = context.WithCancel(s.gateway.ctx)
	return o
}

// run executes the statement once those before it are, and sees to the end of
// its result when the operation is stopped.
func (o *operation) run(before chan struct{}) {
	defer o.cancel()
	defer close(o.over)
	if before != nil {
		<-before // also when stopped: what comes next must not overtake
	}
	result, err := (*outcome)(nil), o.ctx.Err()
	if err == nil {
		result, err = o.execute(o.ctx)
		o.session.refresh()
	}
	o.mu.Lock()
	o.result, o.err = result, err
	o.mu.Unlock()
	o.session.done()
	close(o.executed)
	if result == nil || result.close == nil {
		return
	}
	select {
	case <-o.ctx.Done():
	case <-result.ended:
	}
	if err := result.close(); err != nil {
		o.fail(err)
	}
}

// fail keeps the first error.
func (o *operation) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && !o.canceled {
		o.err = err
	}
}

// stop cancels the operation; wait waits until nothing of it runs.
func (o *operation) stop() {
	o.mu.Lock()
	o.canceled = true
	o.mu.Unlock()
	o.cancel()
}

func (o *operation) wait(ctx context.Context) {
	select {
	case <-o.over:
	case <-ctx.Done():
	}
}

// status is Flink's word for how the operation fares: a query is FINISHED as soon
// as its rows can be fetched.
func (o *operation) status() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.canceled:
		return protocol.StatusCanceled
	case o.err != nil:
		return protocol.StatusError
	case o.isExecuted():
		return protocol.StatusFinished
	}
	return protocol.StatusRunning
}

func (o *operation) isExecuted() bool {
	select {
	case <-o.executed:
		return true
	default:
		return false
	}
}

// cancelNow cancels what executes, or a query whose rows still flow; it is an
// error where there is nothing left to cancel.
func (o *operation) cancelNow(ctx context.Context) error {
	select {
	case <-o.over:
		return refusal{sqlerr.Newf(sqlerr.BadInput, "Failed to convert the Operation Status from %s to CANCELED for %s.", o.status(), o.id), http.StatusConflict}
	default:
	}
	o.stop()
	o.wait(ctx)
	return nil
}

// failure is why there are no rows to fetch; nil where there are.
func (o *operation) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.canceled {
		return sqlerr.Newf(sqlerr.Canceled, "operation %s was cancelled", o.id)
	}
	return o.err
}

// page is what a fetch hands out.
type page struct {
	kind     string // protocol.Payload or EOS
	batch    *stream.Batch
	from, to int // rows of batch
}

// fetch is the page of a token; nil, and no error, while the statement executes. With
// bare, the first page of a query is its columns alone, so that they are there
// before a row is, or what fails while rows are made.
func (o *operation) fetch(ctx context.Context, token int64, bare bool) (*page, error) {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-o.executed:
	case <-wait.Done():
		return nil, ctx.Err()
	}
	select {
	case o.fetching <- struct{}{}: // one at a time reads the result
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-o.fetching }()
	if err := o.failure(); err != nil {
		return nil, err
	}
	switch {
	case token == 0 && o.next == 0 && o.last == nil && bare && o.result.query:
		o.last = &page{kind: protocol.Payload}
		o.next++
		return o.last, nil
	case token == o.next && (o.last == nil || o.last.kind != protocol.EOS):
		p, err := o.read(wait)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return p, err
	case token == o.next, token == o.next-1 && o.last != nil && o.last.kind != protocol.EOS:
		return o.last, nil
	case token == o.next-1 && o.last != nil: // the page before the end, whose rows are gone: Flink has none either
		return &page{kind: protocol.Payload}, nil
	}
	return nil, refusal{sqlerr.Newf(sqlerr.BadInput, "Expecting token to be %d or %d, but found %d.", o.next, max(o.next-1, 0), token), http.StatusBadRequest}
}

// read makes the next page. Who calls it holds fetching.
func (o *operation) read(wait context.Context) (*page, error) {
	p := &page{kind: protocol.Payload}
	if o.pending == nil {
		b, err := o.result.next(wait)
		switch {
		case errors.Is(err, io.EOF):
			if failed := o.failure(); failed != nil { // a job that is stopped ends too
				return nil, failed
			}
			p.kind = protocol.EOS
			close(o.result.ended)
		case err != nil && wait.Err() != nil:
			if failed := o.failure(); failed != nil {
				return nil, failed
			}
		case err != nil:
			close(o.result.ended)
			o.fail(err)
			return nil, err
		default:
			o.pending, o.from = b, 0
		}
	}
	if o.pending != nil {
		p.batch, p.from = o.pending, o.from
		p.to = min(p.from+rowsOfPage(p.batch), p.batch.Len())
		o.from = p.to
		if p.to == p.batch.Len() {
			o.pending = nil
		}
	}
	if p.kind != protocol.EOS {
		o.next++
	}
	o.last = p
	return p, nil
}
