package parquet

import (
	"encoding/binary"
	"errors"
)

var errDelta = errors.New("delta-encoded data is malformed")

// deltaInts decodes DELTA_BINARY_PACKED data into at most limit integers, and
// says how many bytes it took. Wrapping is part of the encoding.
func deltaInts(src []byte, limit int) (out []int64, n int, err error) {
	r := deltaReader{src: src}
	block, minis, total := r.uvarint(), r.uvarint(), r.uvarint()
	last := r.zigzag()
	switch {
	case r.bad || minis == 0 || block == 0 || block%minis != 0 || block/minis%32 != 0 || block > 1<<20 || total > uint64(limit):
		return nil, 0, errDelta
	case total == 0:
		return nil, r.at, nil
	}
	out = make([]int64, 1, total)
	out[0] = last
	for len(out) < int(total) {
		least := r.zigzag()
		widths := r.bytes(int(minis))
		for _, width := range widths {
			if len(out) == int(total) {
				break
			}
			if out, last = r.miniblock(out, int(total), int(block/minis), uint(width), least, last); r.bad {
				return nil, 0, errDelta
			}
		}
		if r.bad {
			return nil, 0, errDelta
		}
	}
	return out, r.at, nil
}

type deltaReader struct {
	src []byte
	at  int
	bad bool
}

func (r *deltaReader) miniblock(out []int64, total, size int, width uint, least, last int64) ([]int64, int64) {
	if width > 64 {
		r.bad = true
		return out, last
	}
	packed := r.bytes(size * int(width) / 8)
	if r.bad {
		return out, last
	}
	for i := range min(size, total-len(out)) {
		last += least + int64(bitsAt(packed, uint(i)*width, width))
		out = append(out, last)
	}
	return out, last
}

// bitsAt is width bits from a bit on; bytes behind src count as zero.
func bitsAt(src []byte, bit, width uint) uint64 {
	var window [16]byte
	if int(bit>>3) < len(src) {
		copy(window[:9], src[bit>>3:])
	}
	x := binary.LittleEndian.Uint64(window[:])>>(bit&7) | uint64(window[8])<<(64-bit&7)
	if bit&7 == 0 {
		x = binary.LittleEndian.Uint64(window[:])
	}
	if width == 64 {
		return x
	}
	return x & (1<<width - 1)
}

func (r *deltaReader) uvarint() uint64 {
	u, n := binary.Uvarint(r.src[r.at:])
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.at += n
	return u
}

func (r *deltaReader) zigzag() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *deltaReader) bytes(n int) []byte {
	if n > len(r.src)-r.at {
		r.bad = true
		return nil
	}
	r.at += n
	return r.src[r.at-n : r.at]
}

// plainFromDelta turns DELTA_BINARY_PACKED into PLAIN values of width bytes.
func plainFromDelta(dst []byte, src []byte, width, limit int) ([]byte, error) {
	xs, _, err := deltaInts(src, limit)
	if err != nil {
		return nil, err
	}
	for _, x := range xs {
		if width == 4 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(x))
		} else {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(x))
		}
	}
	return dst, nil
}

// plainFromDeltaLength turns DELTA_LENGTH_BYTE_ARRAY into PLAIN strings.
func plainFromDeltaLength(dst []byte, src []byte, limit int) ([]byte, error) {
	lengths, n, err := deltaInts(src, limit)
	if err != nil {
		return nil, err
	}
	rest := src[n:]
	for _, l := range lengths {
		if l < 0 || l > int64(len(rest)) {
			return nil, errDelta
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(l))
		dst = append(dst, rest[:l]...)
		rest = rest[l:]
	}
	return dst, nil
}

// plainFromDeltaStrings turns DELTA_BYTE_ARRAY into PLAIN strings, or, with a
// width, into PLAIN values of that many bytes.
func plainFromDeltaStrings(dst []byte, src []byte, width, limit int) ([]byte, error) {
	prefixes, n, err := deltaInts(src, limit)
	if err != nil {
		return nil, err
	}
	suffixes, m, err := deltaInts(src[n:], limit)
	if err != nil {
		return nil, err
	}
	if len(prefixes) != len(suffixes) {
		return nil, errDelta
	}
	rest, last := src[n+m:], []byte(nil)
	for i, p := range prefixes {
		s := suffixes[i]
		if p < 0 || p > int64(len(last)) || s < 0 || s > int64(len(rest)) || len(dst) > 1<<30 {
			return nil, errDelta
		}
		last = append(append([]byte(nil), last[:p]...), rest[:s]...)
		rest = rest[s:]
		if width == 0 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(last)))
		} else if len(last) != width {
			return nil, errDelta
		}
		dst = append(dst, last...)
	}
	return dst, nil
}

// plainFromSplit turns BYTE_STREAM_SPLIT into PLAIN values.
func plainFromSplit(dst []byte, src []byte, width int) ([]byte, error) {
	n := len(src) / width
	if n*width != len(src) {
		return nil, errShortPage
	}
	at := len(dst)
	dst = append(dst, src...)
	for i := range width {
		stream := src[i*n : (i+1)*n]
		for k, b := range stream {
			dst[at+k*width+i] = b
		}
	}
	return dst, nil
}
