package kernel

import (
	"math/bits"
	"sync/atomic"

	"github.com/weir-engine/weir/core/vector"
)

var iotas atomic.Pointer[[]uint32]

// Iota is 0, 1, … n-1. It is shared and must not be changed.
func Iota(n int) []uint32 {
	if p := iotas.Load(); p != nil && len(*p) >= n {
		return (*p)[:n:n]
	}
	all := make([]uint32, max(n, 8192))
	for i := range all {
		all[i] = uint32(i)
	}
	iotas.Store(&all)
	return all[:n:n]
}

// room is dst with capacity for n more entries and its length kept.
func room(dst []uint32, n int) []uint32 {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	bigger := make([]uint32, len(dst), len(dst)+n)
	copy(bigger, dst)
	return bigger
}

// KeepValid appends to dst the rows of sel (of all rows when nil) whose bit in
// valid is set.
func KeepValid(dst, sel []uint32, rows int, valid vector.Bitmap) []uint32 {
	if sel == nil {
		return appendSet(dst, valid, rows)
	}
	dst = room(dst, len(sel))
	n := len(dst)
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += int(valid[r>>3] >> (r & 7) & 1)
	}
	return out[:n]
}

// KeepClear appends the rows of sel (of all rows when nil) whose bit is clear.
func KeepClear(dst, sel []uint32, rows int, bitmap vector.Bitmap) []uint32 {
	if sel == nil {
		sel = Iota(rows)
	}
	dst = room(dst, len(sel))
	n := len(dst)
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += int(bitmap[r>>3]>>(r&7)&1 ^ 1)
	}
	return out[:n]
}

// appendSet appends the positions of the set bits among the first rows.
func appendSet(dst []uint32, b vector.Bitmap, rows int) []uint32 {
	dst = room(dst, rows)
	n := len(dst)
	out := dst[:n+rows]
	for i := range (rows + 7) / 8 {
		x := b[i]
		if i == rows>>3 {
			x &= 1<<(rows&7) - 1
		}
		if x == 0xff {
			for j := range 8 {
				out[n+j] = uint32(i*8 + j)
			}
			n += 8
			continue
		}
		for x != 0 {
			out[n] = uint32(i*8 + bits.TrailingZeros8(x))
			n++
			x &= x - 1
		}
	}
	return out[:n]
}

// Subtract appends to dst the rows of a that are not in b; both ascend and b is part of a.
func Subtract(dst, a, b []uint32) []uint32 {
	dst = room(dst, len(a)-len(b))
	j := 0
	for _, r := range a {
		if j < len(b) && b[j] == r {
			j++
			continue
		}
		dst = append(dst, r)
	}
	return dst
}

// Union appends to dst the rows of a and b in order; both ascend and share none.
func Union(dst, a, b []uint32) []uint32 {
	dst = room(dst, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			dst, a = append(dst, a[0]), a[1:]
		} else {
			dst, b = append(dst, b[0]), b[1:]
		}
	}
	return append(append(dst, a...), b...)
}

// SelectCodes appends the rows of sel (all when nil) whose dictionary entry matches.
func SelectCodes(dst, sel []uint32, codes []uint32, match []uint8) []uint32 {
	if sel == nil {
		dst = room(dst, len(codes))
		n := len(dst)
		out := dst[:n+len(codes)]
		for i, code := range codes {
			out[n] = uint32(i)
			n += int(match[code])
		}
		return out[:n]
	}
	dst = room(dst, len(sel))
	n := len(dst)
	out := dst[:n+len(sel)]
	for _, r := range sel {
		out[n] = r
		n += int(match[codes[r]])
	}
	return out[:n]
}

// bit is 1 for true; it compiles without a branch.
func bit(b bool) int {
	var x int
	if b {
		x = 1
	}
	return x
}
