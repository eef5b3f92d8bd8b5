package parquet

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// padding is the readable bytes behind every buffer, so that decoders may load
// whole words at the end of a page.
const padding = 32

// Pool keeps buffers for reuse. Fresh memory costs a page fault per 4 KiB, which
// is more than decoding what is written to it. It is safe for concurrent use.
type Pool struct {
	mu   sync.Mutex
	free [40][]*buffer // by power of two
	held int64         // bytes in free
}

// poolKeeps bounds what lies in a pool unused.
const poolKeeps = 64 << 20

// buffer is counted memory: the chunk that fills it holds one reference, each
// batch that points into it another.
type buffer struct {
	mem  []byte // aligned to 8; len is a power of two plus padding
	refs atomic.Int32
	pool *Pool
}

// get gives a buffer of at least n bytes, with one reference. Its contents are arbitrary.
func (p *Pool) get(n int) *buffer {
	class := bits.Len(uint(max(n, 4096) - 1))
	p.mu.Lock()
	if list := p.free[class]; len(list) > 0 {
		b := list[len(list)-1]
		p.free[class] = list[:len(list)-1]
		p.held -= int64(len(b.mem))
		p.mu.Unlock()
		b.refs.Store(1)
		return b
	}
	p.mu.Unlock()
	words := make([]uint64, (1<<class+padding)/8)
	b := &buffer{mem: unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8), pool: p}
	b.refs.Store(1)
	return b
}

func (b *buffer) retain() { b.refs.Add(1) }

func (b *buffer) release() {
	if b.refs.Add(-1) != 0 {
		return
	}
	p := b.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held+int64(len(b.mem)) > poolKeeps {
		return
	}
	class := bits.Len(uint(len(b.mem)-padding) - 1)
	p.free[class] = append(p.free[class], b)
	p.held += int64(len(b.mem))
}
