package exchange

import (
	"sync"
	"sync/atomic"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// Buffer is a dense batch on its way, with the memory it lies in. Broadcast
// channels share one; the last Release recycles it.
type Buffer struct {
	Batch   *stream.Batch
	Bytes   int // of its rows
	refs    atomic.Int32
	builder *stream.Builder
	home    *pool
	recycle func() // of a frame's memory
}

// Release says that the receiver has processed the batch.
func (b *Buffer) Release() {
	if b == nil || b.refs.Add(-1) != 0 {
		return
	}
	if b.home != nil {
		b.home.put(b)
	}
	if b.recycle != nil {
		b.recycle()
	}
}

// pool keeps the buffers that a writer fills. Receivers give back on their own goroutines.
type pool struct {
	types []types.Type
	mu    sync.Mutex
	free  []*Buffer
}

func newPool(ts []types.Type) *pool { return &pool{types: ts} }

func (p *pool) get() *Buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return &Buffer{builder: stream.NewBuilder(p.types), home: p}
}

// spare is how many free buffers a pool keeps; the rest is left to the collector.
const spare = 16

func (p *pool) put(b *Buffer) {
	b.Batch = nil
	b.builder.Reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < spare {
		p.free = append(p.free, b)
	}
}
