package parquet

import (
	"encoding/binary"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// encoding is that of values without a dictionary.
func (s *stored) encoding(v2 bool) format.Encoding {
	if !v2 {
		return format.Plain
	}
	switch s.physical {
	case format.Boolean:
		return format.RLE
	case format.Int32, format.Int64:
		return format.DeltaBinaryPacked
	case format.ByteArray, format.FixedLenByteArray:
		return format.DeltaByteArray
	}
	return format.Plain
}

// appendValues appends the values of a page in the chunk's encoding.
func (c *chunkWriter) appendValues(dst []byte, s span) ([]byte, error) {
	v := &c.values
	switch c.encoding {
	case format.RLEDictionary:
		width := c.dict.width()
		return appendRuns(append(dst, byte(width)), c.dict.codes[s.first:s.end], uint(width)), nil
	case format.RLE:
		return appendBooleanRuns(dst, v.Bits(), s.first, s.end), nil
	case format.DeltaBinaryPacked:
		packed, err := c.deltas(s)
		return append(dst, packed...), err
	case format.DeltaByteArray:
		packed, err := c.deltaStrings(s)
		return append(dst, packed...), err
	}
	return c.appendPlain(dst, s.first, s.end), nil
}

// appendPlain appends values [from, to) as PLAIN.
func (l *leaf) appendPlain(dst []byte, from, to int) []byte {
	v := &l.values
	switch w := v.Phys.Width(); {
	case v.Phys == types.PhysBool:
		return appendBits(dst, v.Bits(), from, to)
	case v.Phys == types.PhysBytes:
		for _, s := range l.strings[from:to] {
			b := s.Bytes(v.Bufs)
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
			dst = append(dst, b...)
		}
		return dst
	case v.Phys == types.PhysInt128:
		for _, x := range vector.Values[types.Int128](v)[from:to] {
			dst = appendBig(dst, x, l.width)
		}
		return dst
	case w == l.width:
		return append(dst, v.Data[from*w:to*w]...)
	case w == 1:
		return appendWide(dst, vector.Values[int8](v)[from:to])
	case w == 2:
		return appendWide(dst, vector.Values[int16](v)[from:to])
	}
	return appendNarrow(dst, vector.Values[int64](v)[from:to]) // short decimals of up to nine digits
}

func appendWide[T int8 | int16](dst []byte, xs []T) []byte {
	for _, x := range xs {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(x)))
	}
	return dst
}

func appendNarrow(dst []byte, xs []int64) []byte {
	for _, x := range xs {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(x))
	}
	return dst
}

func appendBig(dst []byte, x types.Int128, width int) []byte {
	var big [16]byte
	binary.BigEndian.PutUint64(big[:], uint64(x.Hi))
	binary.BigEndian.PutUint64(big[8:], x.Lo)
	return append(dst, big[16-width:]...)
}

// appendBits appends bits [from, to).
func appendBits(dst []byte, bits vector.Bitmap, from, to int) []byte {
	for r := from; r < to; r += 8 {
		var b byte
		for i := range min(8, to-r) {
			if bits.Get(r + i) {
				b |= 1 << i
			}
		}
		dst = append(dst, b)
	}
	return dst
}

func appendBooleanRuns(dst []byte, bits vector.Bitmap, from, to int) []byte {
	xs := make([]uint32, to-from)
	for i := range xs {
		if bits.Get(from + i) {
			xs[i] = 1
		}
	}
	at := len(dst)
	dst = appendRuns(append(dst, 0, 0, 0, 0), xs, 1)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// appendPlaces appends the values at places as PLAIN.
func (l *leaf) appendPlaces(dst []byte, places []uint32) []byte {
	for _, p := range places {
		dst = l.appendPlain(dst, int(p), int(p)+1)
	}
	return dst
}

// deltas are integers as DELTA_BINARY_PACKED.
func (l *leaf) deltas(s span) ([]byte, error) {
	var e delta.BinaryPackedEncoding
	if l.physical == format.Int64 {
		return e.EncodeInt64(nil, vector.Values[int64](&l.values)[s.first:s.end])
	}
	plain := l.appendPlain(alignedBytes(4 * (s.end - s.first))[:0], s.first, s.end)
	return e.EncodeInt32(nil, as[int32](plain, s.end-s.first))
}

// deltaStrings are strings and long decimals as DELTA_BYTE_ARRAY.
func (l *leaf) deltaStrings(s span) ([]byte, error) {
	var e delta.ByteArrayEncoding
	if l.physical == format.FixedLenByteArray {
		return e.EncodeFixedLenByteArray(nil, l.appendPlain(nil, s.first, s.end), l.width)
	}
	var all []byte
	ends := make([]uint32, 1, s.end-s.first+1)
	for _, x := range l.strings[s.first:s.end] {
		all = append(all, x.Bytes(l.values.Bufs)...)
		ends = append(ends, uint32(len(all)))
	}
	return e.EncodeByteArray(nil, all, ends)
}
