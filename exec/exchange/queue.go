package exchange

import (
	"sync"
	"sync/atomic"

	"github.com/weir-engine/weir/core/stream"
)

// Element is one thing in a channel: a batch in its buffer, or control.
type Element struct {
	Kind      stream.ElementKind
	Buffer    *Buffer // ElemBatch
	Watermark stream.Watermark
	Barrier   stream.Barrier
	Marker    stream.Marker
}

// Sender is the sender's end of a channel. One goroutine calls it.
type Sender interface {
	// Send never blocks. Elements arrive in order.
	Send(e Element)
	// Full asks not to send more batches until the sender's task is woken.
	Full() bool
	// Closed reports that the receiver wants nothing more.
	Closed() bool
}

// Queue is one channel inside a process, and the receiver's end of every
// channel. It holds as many batches as it has credit for; what a sender
// overruns by is held too, so that Send need not wait.
type Queue struct {
	capacity int32
	arrived  func() // wakes the receiver
	popped   func() // tells the sender that it has credit again
	each     bool   // popped is called for every batch, not only where Full ends
	onClose  func() // nil: popped will do

	length  atomic.Int32 // elements
	batches atomic.Int32
	closed  atomic.Bool

	mu   sync.Mutex
	ring []Element
	head int
}

// NewQueue makes a channel for capacity batches. arrived is called after each
// Send, popped when taking a batch has made a full queue one with room, both on
// the caller's goroutine.
func NewQueue(capacity int, arrived, popped func()) *Queue {
	return &Queue{capacity: int32(capacity), arrived: arrived, popped: popped, ring: make([]Element, 8)}
}

// Send puts an element in, waking the receiver.
func (q *Queue) Send(e Element) {
	q.mu.Lock()
	if q.closed.Load() {
		q.mu.Unlock()
		e.Buffer.Release()
		return
	}
	n := int(q.length.Load())
	if n == len(q.ring) {
		q.grow(n)
	}
	q.ring[(q.head+n)&(len(q.ring)-1)] = e
	q.length.Add(1)
	if e.Kind == stream.ElemBatch {
		q.batches.Add(1)
	}
	q.mu.Unlock()
	q.arrived()
}

func (q *Queue) grow(n int) {
	ring := make([]Element, 2*len(q.ring))
	for i := range n {
		ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
	}
	q.ring, q.head = ring, 0
}

// Full reports that the credit is used up.
func (q *Queue) Full() bool { return q.batches.Load() >= q.capacity }

// Closed reports that the receiver wants nothing more.
func (q *Queue) Closed() bool { return q.closed.Load() }

// Len is the number of elements waiting.
func (q *Queue) Len() int { return int(q.length.Load()) }

// Batches is the number of batches waiting.
func (q *Queue) Batches() int { return int(q.batches.Load()) }

// Pop takes the next element; false when there is none.
func (q *Queue) Pop() (Element, bool) {
	if q.length.Load() == 0 {
		return Element{}, false
	}
	q.mu.Lock()
	if q.length.Load() == 0 {
		q.mu.Unlock()
		return Element{}, false
	}
	e := q.ring[q.head]
	q.ring[q.head] = Element{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.length.Add(-1)
	room := false
	if e.Kind == stream.ElemBatch {
		room = q.batches.Add(-1) == q.capacity-1 || q.each
	}
	q.mu.Unlock()
	if room && q.popped != nil {
		q.popped()
	}
	return e, true
}

// Peek is the next element without taking it.
func (q *Queue) Peek() (Element, bool) {
	if q.length.Load() == 0 {
		return Element{}, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.length.Load() == 0 {
		return Element{}, false
	}
	return q.ring[q.head], true
}

// Close drops what waits and whatever is sent later.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed.Store(true)
	var drop []*Buffer
	for i := range int(q.length.Load()) {
		drop = append(drop, q.ring[(q.head+i)&(len(q.ring)-1)].Buffer)
	}
	q.length.Store(0)
	q.batches.Store(0)
	clear(q.ring)
	q.mu.Unlock()
	for _, b := range drop {
		b.Release()
	}
	switch {
	case q.onClose != nil:
		q.onClose()
	case q.popped != nil:
		q.popped()
	}
}
