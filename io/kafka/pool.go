package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync"

	"github.com/weir-engine/weir/io/connector"
)

// pool holds the transactional ids of one subtask. An id is free, current (the
// writer's), or busy: prepared for a checkpoint, or committed but still named by
// a checkpoint that a restore may go back to.
//
//	free ─ acquire ─▶ current ─ prepare ─▶ busy ─ commit … two barriers … ─▶ free
//
// Why two barriers: the engine may hear of a commit a little after us, so that
// the first checkpoint behind it may name the committable once more. The second
// does not, and when that is complete nothing names it any more.
type pool struct {
	sink *sink
	wc   connector.WriterContext

	mu   sync.Mutex // writer and committer run on goroutines of their own
	free []*producer
	busy map[string]*producer // by transactional id
	next int                  // number of the next new id
}

func newPool(s *sink, wc connector.WriterContext) *pool {
	return &pool{sink: s, wc: wc, busy: map[string]*producer{}}
}

// poolState is stored in checkpoints: which ids may not be touched after a restore.
type poolState struct {
	Subtask int   `json:"subtask"`
	Busy    []int `json:"busy,omitempty"`
	Free    []int `json:"free,omitempty"`
	Next    int   `json:"next"`
}

// idsPerAttempt keeps the ids of an attempt that has lost its pool's state apart
// from all ids before.
const idsPerAttempt = 1 << 10

// restore takes the state of this subtask's last writer. States of other
// subtasks, dealt here at another parallelism, name ids that this one never uses.
// Where its own is missing, what is busy is not known, and no older id is used.
func (p *pool) restore(parts [][]byte) error {
	p.next = p.wc.Attempt * idsPerAttempt
	for _, part := range parts {
		var st poolState
		if err := json.Unmarshal(part, &st); err != nil {
			return fmt.Errorf("kafka: read state of writer: %w", err)
		}
		if st.Subtask != p.wc.Subtask {
			continue
		}
		p.next = st.Next
		for _, n := range st.Free {
			p.free = append(p.free, p.producer(n))
		}
		for _, n := range st.Busy {
			x := p.producer(n)
			x.committed, x.first = true, true // before the restore; the next checkpoint does not name it
			p.busy[x.id] = x
		}
	}
	return nil
}

func (p *pool) producer(n int) *producer {
	return &producer{number: n, id: fmt.Sprintf("%s%d-%d", p.sink.scope(p.wc), p.wc.Subtask, n)}
}

// acquire is a producer that is ready to begin a transaction. Its InitProducerID
// aborts whatever a crashed writer has left open under this id.
func (p *pool) acquire(ctx context.Context) (*producer, error) {
	x := p.pick()
	return x, p.connect(ctx, x)
}

// reacquire is acquire while writing: it waits for brokers that cannot be reached
// until ctx ends.
func (p *pool) reacquire(ctx context.Context) (*producer, error) {
	x := p.pick()
	return x, reach(ctx, func(ctx context.Context) error { return p.connect(ctx, x) })
}

func (p *pool) connect(ctx context.Context, x *producer) error {
	if x.client != nil {
		return nil
	}
	return x.connect(ctx, p.sink, p.wc)
}

func (p *pool) pick() *producer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		x := p.free[n-1]
		p.free = p.free[:n-1]
		return x
	}
	p.next++
	return p.producer(p.next - 1)
}

// wait keeps a prepared producer until its commit is recorded.
func (p *pool) wait(x *producer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy[x.id] = x
}

// barrier counts the checkpoints behind each commit.
func (p *pool) barrier(checkpoint int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.busy {
		switch {
		case !x.committed:
		case !x.first:
			x.first = true
		case x.clean == 0:
			x.clean = checkpoint
		}
	}
}

// completed frees ids that no checkpoint from this one on names.
func (p *pool) completed(checkpoint int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, x := range p.busy {
		if x.clean != 0 && x.clean <= checkpoint {
			delete(p.busy, id)
			x.reset()
			p.free = append(p.free, x)
		}
	}
}

// prepared finds the producer that holds a transaction; nil when it is another process's.
func (p *pool) prepared(t *transaction) *producer {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.busy[t.ID]
	if x == nil || x.client == nil || x.committed || x.producerID != t.ProducerID || x.epoch != t.Epoch {
		return nil
	}
	return x
}

// settled notes a commit.
func (p *pool) settled(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.busy[id]; x != nil {
		x.committed = true
	}
}

func (p *pool) snapshot(current *producer) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	st := poolState{Subtask: p.wc.Subtask, Next: p.next}
	for _, x := range p.busy {
		st.Busy = append(st.Busy, x.number)
	}
	for _, x := range p.free {
		st.Free = append(st.Free, x.number)
	}
	if current != nil {
		st.Free = append(st.Free, current.number)
	}
	sort.Ints(st.Busy)
	sort.Ints(st.Free)
	return json.Marshal(&st)
}

// close ends the clients; what is prepared stays open on the broker.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.busy {
		x.disconnect()
	}
	for _, x := range p.free {
		x.disconnect()
	}
}
