package vector

import "math/bits"

// Bitmap is Arrow's validity: bit i of byte i/8, least significant first, set
// when row i is not NULL. A nil Bitmap means that every row is valid.
type Bitmap []byte

// NewBitmap makes a bitmap of n bits, all clear. Its capacity is whole 64-bit words.
func NewBitmap(n int) Bitmap { return Bitmap(alloc((n + 7) / 8)) }

// NewBitmapSet makes a bitmap of n bits, all set.
func NewBitmapSet(n int) Bitmap {
	b := NewBitmap(n)
	for i := range b {
		b[i] = 0xff
	}
	return b
}

// Get reports bit i; every bit of a nil bitmap is set.
func (b Bitmap) Get(i int) bool { return b == nil || b[i>>3]&(1<<(i&7)) != 0 }

// Set sets bit i.
func (b Bitmap) Set(i int) { b[i>>3] |= 1 << (i & 7) }

// Clear clears bit i.
func (b Bitmap) Clear(i int) { b[i>>3] &^= 1 << (i & 7) }

// SetTo sets bit i to v.
func (b Bitmap) SetTo(i int, v bool) {
	if v {
		b.Set(i)
	} else {
		b.Clear(i)
	}
}

// Count is the number of set bits among the first n.
func (b Bitmap) Count(n int) int {
	if b == nil {
		return n
	}
	c := 0
	for i := 0; i < n/8; i++ {
		c += bits.OnesCount8(b[i])
	}
	if r := n & 7; r != 0 {
		c += bits.OnesCount8(b[n/8] & (1<<r - 1))
	}
	return c
}

// And writes the intersection of a and b over n bits into dst, which may be
// reused, and returns it; nil when both are nil.
func And(dst, a, b Bitmap, n int) Bitmap {
	if a == nil && b == nil {
		return nil
	}
	size := (n + 7) / 8
	if cap(dst) < size {
		dst = NewBitmap(n)
	}
	dst = dst[:size]
	switch {
	case a == nil:
		copy(dst, b[:size])
	case b == nil:
		copy(dst, a[:size])
	default:
		a, b = a[:size], b[:size]
		for i := range dst {
			dst[i] = a[i] & b[i]
		}
	}
	return dst
}
