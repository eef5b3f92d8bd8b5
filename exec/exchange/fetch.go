package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/state/spill"
)

// Parts are what a receiver reads of an output: channels First up to, not including,
// End; less than 0: to the last.
type Parts struct {
	Output OutputID `json:"output"`
	First  int      `json:"first"`
	End    int      `json:"end"`
}

// Fetch is the receiver's end of a channel from an output, here or in another process.
type Fetch struct {
	Queue *Queue
	start func()
	stop  func()
}

// Start asks for the first blocks.
func (f *Fetch) Start() { f.start() }

// Stop ends the reading, when the receiver is over.
func (f *Fetch) Stop() { f.stop() }

// NewLocalFetch reads an output of this process: a block when the receiver has taken
// the one before, on its goroutine. fail is called when it cannot be read.
func NewLocalFetch(o *Outputs, p Parts, ts []types.Type, arrived func(), fail func(error)) *Fetch {
	l := &localFetch{outputs: o, parts: p, decoder: newBlockPool(ts), fail: fail}
	l.queue = NewQueue(1, arrived, l.next)
	l.queue.onClose = l.stop
	return &Fetch{Queue: l.queue, start: l.next, stop: l.stop}
}

type localFetch struct {
	outputs *Outputs
	parts   Parts
	queue   *Queue
	decoder *blockPool
	fail    func(error)

	mu     sync.Mutex
	reader *spill.PartReader
	over   bool
	stored []byte
}

// next puts the next block into the queue.
func (l *localFetch) next() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	e, err := l.read()
	if err != nil {
		l.end()
		l.fail(&LostError{l.parts.Output, err})
		return
	}
	if e.Kind == stream.ElemEndOfInput {
		l.end()
	}
	l.queue.Send(e)
}

func (l *localFetch) read() (Element, error) {
	if l.reader == nil {
		r, err := l.outputs.open(l.parts)
		if err != nil {
			return Element{}, err
		}
		l.reader = r
	}
	n := l.reader.Size()
	if n == 0 {
		return Element{Kind: stream.ElemEndOfInput}, nil
	}
	if cap(l.stored) < n {
		l.stored = make([]byte, n)
	}
	if err := l.reader.Read(l.stored[:n]); err != nil {
		return Element{}, err
	}
	return l.decoder.decode(l.stored[:n])
}

func (l *localFetch) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

func (l *localFetch) end() {
	l.over = true
	if l.reader != nil {
		_ = l.reader.Close() // it was only read
		l.reader = nil
	}
}

// blockPool decodes blocks into memory that receivers give back.
type blockPool struct {
	types []types.Type
	mu    sync.Mutex
	free  []*spill.Block
}

func newBlockPool(ts []types.Type) *blockPool { return &blockPool{types: ts} }

func (p *blockPool) decode(stored []byte) (Element, error) {
	p.mu.Lock()
	var b *spill.Block
	if n := len(p.free); n > 0 {
		b, p.free = p.free[n-1], p.free[:n-1]
	} else {
		b = &spill.Block{}
	}
	p.mu.Unlock()
	batch, err := b.Decode(stored, p.types)
	if err != nil {
		return Element{}, err
	}
	buf := &Buffer{Batch: batch, Bytes: len(stored), recycle: func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.free = append(p.free, b)
	}}
	buf.refs.Store(1)
	return Element{Kind: stream.ElemBatch, Buffer: buf}, nil
}

// fetched is the receiver's end of a channel from an output of another process.
type fetched struct {
	link    *Link
	id      uint32
	parts   Parts
	credit  int
	queue   *Queue
	decoder *blockPool
	fail    func(error)
}

// NewFetch reads an output of the process at the other end of a link.
func (l *Link) NewFetch(p Parts, ts []types.Type, credit int, arrived func(), fail func(error)) *Fetch {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	f := &fetched{link: l, id: l.next, parts: p, credit: credit, decoder: newBlockPool(ts), fail: fail}
	f.queue = NewQueue(credit, arrived, f.taken)
	f.queue.each, f.queue.onClose = true, f.stop
	l.fetches[f.id] = f
	return &Fetch{Queue: f.queue, start: f.start, stop: f.stop}
}

func (f *fetched) start() {
	name, err := json.Marshal(fetchBody{f.parts, f.credit})
	if err != nil {
		f.lost(err)
		return
	}
	f.link.wire.post(outFrame{kind: frameFetch, channel: f.id, raw: name})
	if err := f.link.wire.broken(); err != nil { // before this channel was there to hear of it
		f.lost(err)
	}
}

func (f *fetched) taken() { f.link.wire.post(outFrame{kind: frameCredit, channel: f.id}) }

func (f *fetched) stop() {
	f.link.mu.Lock()
	_, open := f.link.fetches[f.id]
	delete(f.link.fetches, f.id)
	f.link.mu.Unlock()
	if open {
		f.link.wire.post(outFrame{kind: frameUnwants, channel: f.id})
	}
}

// lost ends a channel whose output cannot be read.
func (f *fetched) lost(err error) { f.fail(&LostError{f.parts.Output, err}) }

// take handles a frame of the output's process.
func (f *fetched) take(kind uint8, payload []byte) error {
	switch {
	case kind == frameBlock:
		e, err := f.decoder.decode(payload)
		if err != nil {
			f.lost(err)
			return nil
		}
		f.queue.Send(e)
	case kind == frameLost:
		f.lost(errors.New(string(trimZero(payload))))
	case kind == uint8(stream.ElemEndOfInput):
		f.link.mu.Lock()
		delete(f.link.fetches, f.id)
		f.link.mu.Unlock()
		f.queue.Send(Element{Kind: stream.ElemEndOfInput})
	default:
		return fmt.Errorf("frame of unknown kind %d", kind)
	}
	return nil
}

// fetchBody is what a fetch asks for.
type fetchBody struct {
	Parts
	Credit int `json:"credit"`
}

// served is the sender's end of a channel from an output here. The connection's
// reader alone uses it: a block goes out for every credit that comes in.
type served struct {
	wire   *wire
	id     uint32
	reader *spill.PartReader // nil: nothing more is sent
}

// mostCredit bounds what a peer may ask for at once.
const mostCredit = 1024

// offer begins to serve what a peer asks for.
func (n *Network) offer(w *wire, id uint32, payload []byte) (*served, error) {
	var b fetchBody
	if err := json.Unmarshal(trimZero(payload), &b); err != nil || b.Credit < 1 || b.Credit > mostCredit {
		return nil, errors.New("frame is damaged: it asks for nothing that is there")
	}
	s := &served{wire: w, id: id}
	r, err := n.outputs.open(b.Parts)
	if err != nil {
		s.lose(err)
		return s, nil
	}
	s.reader = r
	for range b.Credit {
		s.send()
	}
	return s, nil
}

// send sends the next block, or that there is none.
func (s *served) send() {
	if s.reader == nil {
		return
	}
	n := s.reader.Size()
	if n == 0 {
		s.close()
		s.wire.post(outFrame{kind: uint8(stream.ElemEndOfInput), channel: s.id, element: Element{Kind: stream.ElemEndOfInput}})
		return
	}
	b := s.wire.pool.get(n)
	if err := s.reader.Read(b); err != nil {
		s.lose(err)
		return
	}
	s.wire.post(outFrame{kind: frameBlock, channel: s.id, raw: b})
}

// lose tells the receiver that there is nothing to read.
func (s *served) lose(err error) {
	s.close()
	s.wire.post(outFrame{kind: frameLost, channel: s.id, raw: []byte(err.Error())})
}

func (s *served) close() {
	if s.reader != nil {
		_ = s.reader.Close() // it was only read
		s.reader = nil
	}
}
