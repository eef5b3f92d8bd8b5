package exchange

import (
	"sync/atomic"

	"github.com/weir-engine/weir/core/stream"
)

// remotePort is the sender's end of a channel to another process.
type remotePort struct {
	link   *Link
	id     uint32
	wake   func()
	fail   func(error)
	credit atomic.Int32 // batches that may be sent; less than 0 when the sender overran
	closed atomic.Bool
}

// Send hands an element to the connection's writer.
func (p *remotePort) Send(e Element) {
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
func (p *remotePort) Full() bool { return p.credit.Load() <= 0 }

// Closed reports that the receiver wants nothing more.
func (p *remotePort) Closed() bool { return p.closed.Load() }
