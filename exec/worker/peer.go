package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// peer is the other end of a control connection. What is posted goes out in order
// by one goroutine; nobody who posts ever waits.
type peer struct {
	name string
	send func(*message) error

	mu    sync.Mutex
	out   []*message
	calls map[uint64]chan replyBody
	last  uint64 // call
	err   error  // why it is gone
	news  chan struct{}
	gone  chan struct{}

	heard atomic.Int64 // when a message came last, nanoseconds since began
	began time.Time
}

func newPeer(name string, send func(*message) error) *peer {
	return &peer{name: name, send: send, calls: map[uint64]chan replyBody{}, news: make(chan struct{}, 1), gone: make(chan struct{}), began: time.Now()}
}

// post sends a message some time; to a peer that is gone, never.
func (p *peer) post(k kind, call uint64, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		p.end(fmt.Errorf("encode message of kind %d: %w", k, err))
		return
	}
	p.postMessage(&message{kind: k, call: call, body: b})
}

func (p *peer) postMessage(m *message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.out = append(p.out, m)
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// write sends what is posted until the peer is gone.
func (p *peer) write() {
	for {
		select {
		case <-p.news:
		case <-p.gone:
			return
		}
		p.mu.Lock()
		out := p.out
		p.out = nil
		p.mu.Unlock()
		for _, m := range out {
			if err := p.send(m); err != nil {
				p.end(err)
				return
			}
		}
	}
}

// end says that the peer is gone; the first cause counts.
func (p *peer) end(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	p.err, p.out = cause, nil
	close(p.gone)
}

// cause is why the peer is gone; nil: it is not.
func (p *peer) cause() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// hear notes that something came.
func (p *peer) hear() { p.heard.Store(int64(time.Since(p.began))) }

// beat sends heartbeats, and gives up a peer that says nothing for too long.
func (p *peer) beat(interval, timeout time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-p.gone:
			return
		}
		if silence := time.Since(p.began) - time.Duration(p.heard.Load()); silence > timeout {
			p.end(fmt.Errorf("%s has said nothing for %v (heartbeat.timeout)", p.name, silence.Round(time.Millisecond)))
			return
		}
		p.post(kindHeartbeat, 0, struct{}{})
	}
}

// call asks and waits for the answer.
func (p *peer) call(ctx context.Context, k kind, body, answer any) error {
	id, reply := p.begin()
	defer p.forget(id)
	p.post(k, id, body)
	select {
	case r := <-reply:
		if err := r.Error.decode(); err != nil || answer == nil {
			return err
		}
		return json.Unmarshal(r.Answer, answer)
	case <-p.gone:
		return &goneError{p.name, p.cause()}
	case <-ctx.Done():
		p.post(kindAbandon, id, struct{}{})
		return ctx.Err()
	}
}

func (p *peer) begin() (id uint64, reply chan replyBody) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	reply = make(chan replyBody, 1)
	p.calls[p.last] = reply
	return p.last, reply
}

func (p *peer) forget(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, id)
}

// replied hands an answer to whoever waits for it, if anybody still does.
func (p *peer) replied(m *message) error {
	var r replyBody
	if err := m.decode(&r); err != nil {
		return err
	}
	p.mu.Lock()
	reply := p.calls[m.call]
	delete(p.calls, m.call)
	p.mu.Unlock()
	if reply != nil {
		reply <- r
	}
	return nil
}

// answer replies to a call.
func (p *peer) answer(call uint64, value any, err error) {
	r := replyBody{Error: encodeError(err)}
	if err == nil && value != nil {
		b, merr := json.Marshal(value)
		r.Answer, r.Error = b, encodeError(merr)
	}
	p.post(kindReply, call, r)
}

// errLeft is why a peer is gone that closed the connection.
var errLeft = errors.New("its connection has ended")
