package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"sync"
)

// kept is how long the outcome of an operation can be asked for, in milliseconds
// (rest.async.store-duration in Flink), and operationLimit how many are kept.
const (
	kept           = 5 * 60 * 1000
	operationLimit = 1000
)

// operations are what clients have started and ask for again by a trigger id.
type operations struct {
	ctx   context.Context
	end   context.CancelFunc
	clock func() int64
	mu    sync.Mutex
	all   map[string]*operation
	wg    sync.WaitGroup
}

// operation is one; it belongs to a place, such as the savepoints of a job.
type operation struct {
	place   string
	done    bool
	ended   int64
	outcome any
	err     error
}

// Triggered names an operation that has begun.
type Triggered struct {
	ID string `json:"request-id"`
}

// State is how far an operation is.
type State struct {
	ID string `json:"id" enum:"IN_PROGRESS,COMPLETED"`
}

// The states of an operation.
var (
	underWay = State{"IN_PROGRESS"}
	complete = State{"COMPLETED"}
)

// Cause is why something failed.
type Cause struct {
	Class string `json:"class"`
	Trace string `json:"stack-trace"`
	Java  string `json:"serialized-throwable"` // the same, for Flink's clients
}

// causeOf is an error in that form; nil where there is none.
func causeOf(err error) *Cause {
	if err == nil {
		return nil
	}
	return &Cause{Class: className(err), Trace: textOf(err), Java: serializedThrowable(textOf(err))}
}

// newID is the form of all Flink's ids.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// start runs f beside the request; id is the client's, or empty.
func (o *operations) start(place, id string, f func(ctx context.Context) (any, error)) (*Triggered, error) {
	if id == "" {
		id = newID()
	} else if !identifier.MatchString(id) {
		return nil, badRequest("Request did not match expected format: triggerId takes 32 hex digits, not %q.", id)
	}
	op := &operation{place: place}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forget()
	if had := o.all[id]; had != nil {
		if had.place != place {
			return nil, refuse(http.StatusConflict, "The trigger id %s is another operation's.", id)
		}
		return &Triggered{id}, nil // asked twice: the first counts
	}
	if len(o.all) >= operationLimit {
		return nil, refuse(http.StatusServiceUnavailable, "%d operations are under way or kept; try again later.", len(o.all))
	}
	if o.all == nil {
		o.all = map[string]*operation{}
	}
	o.all[id] = op
	o.wg.Go(func() {
		outcome, err := f(o.ctx)
		o.mu.Lock()
		defer o.mu.Unlock()
		op.done, op.ended, op.outcome, op.err = true, o.clock(), outcome, err
	})
	return &Triggered{id}, nil
}

// forget drops outcomes that nobody has asked for in time. The caller holds mu.
func (o *operations) forget() {
	for id, op := range o.all {
		if op.done && o.clock()-op.ended > kept {
			delete(o.all, id)
		}
	}
}

// find is a copy of an operation as it stands.
func (o *operations) find(place, id string) (operation, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	op := o.all[id]
	if op == nil || op.place != place {
		return operation{}, notFound("Operation not found under key: %s", id)
	}
	return *op, nil
}

// close gives up what is under way.
func (o *operations) close() {
	o.end()
	o.wg.Wait()
}
