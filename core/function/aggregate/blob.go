package aggregate

import (
	"encoding/binary"
	"errors"
)

// blob is bytes of a group that lie in the heap. It grows by doubling, so that
// what growing leaves behind is at most as large as what is in use.
type blob struct {
	off      uint64
	len, cap uint32
}

func (b *blob) bytes(h *Heap) []byte { return h.Get(b.off, int(b.len)) }

// set replaces the bytes, in place where they fit.
func (b *blob) set(h *Heap, x []byte) {
	b.len = 0
	b.reserve(h, len(x), len(x))
	copy(h.Bytes[b.off:], x)
	b.len = uint32(len(x))
}

func (b *blob) append(h *Heap, x []byte) {
	need := int(b.len) + len(x)
	b.reserve(h, need, max(need, 2*int(b.cap), 32))
	copy(h.Bytes[b.off+uint64(b.len):], x)
	b.len = uint32(need)
}

// reserve makes room for need bytes, taking want where the blob has to move.
func (b *blob) reserve(h *Heap, need, want int) {
	if need <= int(b.cap) {
		return
	}
	old := b.bytes(h)
	off := uint64(len(h.Bytes))
	h.Bytes = append(h.Bytes, make([]byte, want)...)
	copy(h.Bytes[off:], old)
	b.off, b.cap = off, uint32(want)
}

func (b *blob) detach(h *Heap, dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, b.len)
	return append(dst, b.bytes(h)...)
}

var errTorn = errors.New("aggregate: stored state is cut short")

func (b *blob) attach(h *Heap, src []byte) (rest []byte, err error) {
	if len(src) < 4 {
		return nil, errTorn
	}
	n := int(binary.LittleEndian.Uint32(src))
	if src = src[4:]; len(src) < n {
		return nil, errTorn
	}
	*b = blob{}
	b.set(h, src[:n])
	return src[n:], nil
}
