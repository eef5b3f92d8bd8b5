package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/parquet-go/bitpack"
)

var (
	errRuns      = errors.New("run-length data is malformed")
	errShortPage = errors.New("page ends before its last value")
)

// runs is a position in RLE and bit-packed hybrid data. The bytes behind the
// data are readable for padding.
type runs struct {
	data   []byte // with padding readable behind it
	at     int
	width  uint
	rle    int    // values left in the repeated run
	value  uint32 // of the repeated run
	packed int    // values left in the bit-packed run
	first  int    // where the bit-packed run's bytes begin
	next   int    // value of the bit-packed run to read next
}

// newRuns makes the position at the start of data, whose capacity must reach
// padding bytes further.
func newRuns(data []byte, width uint) runs { return runs{data: data, width: width} }

// header reads the header of the next run.
func (r *runs) header() error {
	h, n := binary.Uvarint(r.data[r.at:])
	if n <= 0 || h>>1 > 1<<31 {
		return errRuns
	}
	r.at += n
	if h&1 == 0 {
		size := int(r.width+7) / 8
		if r.at+size > len(r.data) {
			return errRuns
		}
		r.rle, r.value = int(h>>1), 0
		for i := range size {
			r.value |= uint32(r.data[r.at+i]) << (8 * i)
		}
		r.at += size
		return nil
	}
	groups := int(h >> 1)
	r.first, r.next, r.packed = r.at, 0, groups*8
	size := groups * int(r.width)
	if have := len(r.data) - r.at; size > have {
		// The last run may be cut short: its tail holds no values.
		if r.width == 0 {
			return errRuns
		}
		r.packed, size = have*8/int(r.width), have
	}
	r.at += size
	return nil
}

// read decodes len(dst) values, all of which must be below limit.
func (r *runs) read(dst []uint32, limit uint32) error {
	for len(dst) > 0 {
		switch {
		case r.rle > 0:
			n := min(r.rle, len(dst))
			if r.value >= limit {
				return errCode
			}
			fill(dst[:n], r.value)
			r.rle -= n
			dst = dst[n:]
		case r.packed > 0:
			n := min(r.packed, len(dst))
			r.unpack(dst[:n])
			if limit>>r.width == 0 && maximum(dst[:n]) >= limit {
				return errCode
			}
			r.packed -= n
			dst = dst[n:]
		default:
			if r.at >= len(r.data) {
				return errShortPage
			}
			if err := r.header(); err != nil {
				return err
			}
		}
	}
	return nil
}

var errCode = errors.New("dictionary index is out of range")

// skip passes over n values.
func (r *runs) skip(n int) error {
	for n > 0 {
		switch {
		case r.rle > 0:
			k := min(r.rle, n)
			r.rle -= k
			n -= k
		case r.packed > 0:
			k := min(r.packed, n)
			r.packed -= k
			r.next += k
			n -= k
		default:
			if r.at >= len(r.data) {
				return errShortPage
			}
			if err := r.header(); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpack decodes bit-packed values: single ones up to a byte boundary, then blocks.
func (r *runs) unpack(dst []uint32) {
	if r.width == 0 {
		clear(dst)
		r.next += len(dst)
		return
	}
	for len(dst) > 0 && r.next&7 != 0 {
		dst[0] = r.one()
		dst = dst[1:]
	}
	if n := len(dst) &^ 7; n > 0 {
		from := r.first + r.next>>3*int(r.width)
		src := r.data[from : len(r.data)+bitpack.PaddingInt32]
		bitpack.Unpack(dst[:n], src, r.width)
		r.next += n
		dst = dst[n:]
	}
	for i := range dst {
		dst[i] = r.one()
	}
}

// one decodes the next bit-packed value.
func (r *runs) one() uint32 {
	bit := r.next * int(r.width)
	word := binary.LittleEndian.Uint64(r.data[r.first+bit>>3 : len(r.data)+8])
	r.next++
	return uint32(word >> (bit & 7) & (1<<r.width - 1))
}

// valid decodes n definition levels of one bit into bits [at, at+n) of bitmap,
// which are clear, and returns how many are set. all reports whether they all
// were ones from repeated runs: then the bitmap may not have been written.
func (r *runs) valid(bitmap []byte, at, n int) (set int, err error) {
	for n > 0 {
		switch {
		case r.rle > 0:
			k := min(r.rle, n)
			if r.value&1 != 0 {
				setBits(bitmap, at, k)
				set += k
			}
			r.rle -= k
			at, n = at+k, n-k
		case r.packed > 0:
			k := min(r.packed, n)
			set += r.copyBits(bitmap, at, k)
			r.packed -= k
			r.next += k
			at, n = at+k, n-k
		default:
			if r.at >= len(r.data) {
				return 0, errShortPage
			}
			if err := r.header(); err != nil {
				return 0, err
			}
		}
	}
	return set, nil
}

// ones is the number of levels, at most n, that are sure to be one without
// reading further: the rest of a repeated run.
func (r *runs) ones(n int) int {
	for r.rle == 0 && r.packed == 0 && r.at < len(r.data) {
		if r.header() != nil {
			return 0
		}
	}
	if r.rle > 0 && r.value&1 != 0 {
		return min(r.rle, n)
	}
	return 0
}

// copyBits copies k bits of the packed run into bitmap and counts those set.
func (r *runs) copyBits(bitmap []byte, at, k int) (set int) {
	src := r.data[r.first : len(r.data)+8]
	for done := 0; done < k; {
		n := min(k-done, 56-max(at&7, 0))
		word := binary.LittleEndian.Uint64(src[(r.next+done)>>3:]) >> ((r.next + done) & 7)
		n = min(n, 64-(r.next+done)&7)
		word &= 1<<n - 1
		set += bits.OnesCount64(word)
		orBits(bitmap, at+done, word)
		done += n
	}
	return set
}

// orBits ors up to 56 bits into the bitmap at a bit.
func orBits(bitmap []byte, at int, word uint64) {
	word <<= at & 7
	for i := at >> 3; word != 0; i++ {
		bitmap[i] |= byte(word)
		word >>= 8
	}
}

func setBits(bitmap []byte, at, n int) {
	for n > 0 && at&7 != 0 {
		bitmap[at>>3] |= 1 << (at & 7)
		at, n = at+1, n-1
	}
	for ; n >= 8; at, n = at+8, n-8 {
		bitmap[at>>3] = 0xff
	}
	for ; n > 0; at, n = at+1, n-1 {
		bitmap[at>>3] |= 1 << (at & 7)
	}
}

func fill(dst []uint32, x uint32) {
	for i := range dst {
		dst[i] = x
	}
}

// maximum is the largest of xs. Four lanes keep the comparisons independent.
func maximum(xs []uint32) uint32 {
	var a, b, c, d uint32
	for ; len(xs) >= 4; xs = xs[4:] {
		a, b, c, d = max(a, xs[0]), max(b, xs[1]), max(c, xs[2]), max(d, xs[3])
	}
	for _, x := range xs {
		a = max(a, x)
	}
	return max(a, b, c, d)
}
