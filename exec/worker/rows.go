package worker

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/exchange"
)

// uplinkResults sends the rows of a Collect to the job manager, a few batches
// ahead of the client.
type uplinkResults struct {
	peer  *peer
	key   attemptKey
	types []types.Type

	mu     sync.Mutex
	ahead  int            // batches that the client has not taken
	spaces map[any]func() // who waits for it
}

// mostAhead is how many batches of an attempt are on their way to the client.
const mostAhead = 8

// Deliver copies a batch and sends it.
func (r *uplinkResults) Deliver(b *stream.Batch) error {
	body, err := json.Marshal(attemptBody{Job: r.key.job, Attempt: r.key.number})
	if err != nil {
		return fmt.Errorf("encode rows: %w", err)
	}
	dense := stream.NewBuilder(r.types) // what b's strings point into may be much more than b
	dense.Append(b, b.Sel)
	r.mu.Lock()
	r.ahead++
	r.mu.Unlock()
	r.peer.postMessage(&message{kind: kindRows, body: body, rows: exchange.EncodeBatch(dense.Finish())})
	return nil
}

// Full asks who not to deliver more until its space is called.
func (r *uplinkResults) Full(who any, space func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ahead < mostAhead {
		return false
	}
	if r.spaces == nil {
		r.spaces = map[any]func(){}
	}
	r.spaces[who] = space
	return true
}

// taken says that the client has room for another batch.
func (r *uplinkResults) taken() {
	r.mu.Lock()
	r.ahead--
	wake := r.spaces
	r.spaces = nil
	r.mu.Unlock()
	for _, f := range wake {
		f()
	}
}
