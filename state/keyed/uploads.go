package keyed

import (
	"errors"
	"sync"
)

// ErrClosed is what an upload ends with whose backend was closed before it began.
var ErrClosed = errors.New("the state backend is closed")

// Uploads counts the uploads that are under way, so that a backend does not take
// its memory from under them when it closes. It is safe for concurrent use.
type Uploads struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// Begin counts one in, for which End must be called; false: the backend is closed.
func (u *Uploads) Begin() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.closed {
		u.running.Add(1)
	}
	return !u.closed
}

// End counts one out.
func (u *Uploads) End() { u.running.Done() }

// Close lets no more begin and waits for those under way.
func (u *Uploads) Close() {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.running.Wait()
}
