package exchange

import (
	"sync/atomic"

	"github.com/weir-engine/weir/core/stream"
)

// Port is the sender's end of a channel to another process.
type Port struct {
	link   *Link
	id     uint32
	name   string
	wake   func()
	fail   func(error)
	credit atomic.Int32 // batches that may be sent; less than 0 when the sender overran
	closed atomic.Bool
}

// Open announces the channel to the peer, which must expect it by now. It comes before the first Send.
func (p *Port) Open() { p.link.wire.post(outFrame{kind: frameOpen, channel: p.id, name: p.name}) }

// Forget drops the channel: it is over.
func (p *Port) Forget() { p.link.forget(p) }

// Send hands an element to the connection's writer.
func (p *Port) Send(e Element) {
	if p.closed.Load() && e.Kind == stream.ElemBatch {
		e.Buffer.Release()
		return
	}
	if e.Kind == stream.ElemBatch {
		p.credit.Add(-1)
	}
	p.link.wire.post(outFrame{kind: uint8(e.Kind), channel: p.id, element: e})
}

// Full reports that there is no credit.
func (p *Port) Full() bool { return p.credit.Load() <= 0 }

// Closed reports that the receiver wants nothing more.
func (p *Port) Closed() bool { return p.closed.Load() }
