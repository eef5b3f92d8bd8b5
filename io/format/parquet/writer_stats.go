package parquet

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// bounds are what a page says of its values: where the least and the greatest
// stand among the chunk's, -1: there are none, or only NaN.
type bounds struct {
	low, high int
	nulls     int64
	values    bool
}

func (l *leaf) bounds(s span) bounds {
	b := bounds{low: -1, high: -1, nulls: int64(s.to - s.from - (s.end - s.first)), values: s.end > s.first}
	if !b.values {
		return b
	}
	v := &l.values
	low, high := -1, -1
	switch v.Phys {
	case types.PhysBool:
		low, high = extremesOfBits(v.Bits(), s.first, s.end)
	case types.PhysBytes:
		low, high = extremesOfStrings(l.strings[s.first:s.end], v.Bufs)
	case types.PhysInt8:
		low, high = extremes(vector.Values[int8](v)[s.first:s.end])
	case types.PhysInt16:
		low, high = extremes(vector.Values[int16](v)[s.first:s.end])
	case types.PhysInt32:
		low, high = extremes(vector.Values[int32](v)[s.first:s.end])
	case types.PhysInt64:
		low, high = extremes(vector.Values[int64](v)[s.first:s.end])
	case types.PhysInt128:
		low, high = extremesOfLong(vector.Values[types.Int128](v)[s.first:s.end])
	case types.PhysFloat32:
		low, high = extremesOfFloats(vector.Values[float32](v)[s.first:s.end])
	case types.PhysFloat64:
		low, high = extremesOfFloats(vector.Values[float64](v)[s.first:s.end])
	}
	if low >= 0 {
		b.low, b.high = low+s.first, high+s.first
	}
	return b
}

func extremes[T int8 | int16 | int32 | int64](xs []T) (low, high int) {
	least, most := xs[0], xs[0]
	for i, x := range xs {
		if x < least {
			least, low = x, i
		}
		if x > most {
			most, high = x, i
		}
	}
	return low, high
}

// extremesOfFloats leaves NaN out; -1: there is nothing else.
func extremesOfFloats[T float32 | float64](xs []T) (low, high int) {
	low, high = -1, -1
	for i, x := range xs {
		if x != x {
			continue
		}
		if low < 0 || x < xs[low] {
			low = i
		}
		if high < 0 || x > xs[high] {
			high = i
		}
	}
	return low, high
}

func extremesOfLong(xs []types.Int128) (low, high int) {
	for i, x := range xs {
		if x.Less(xs[low]) {
			low = i
		}
		if xs[high].Less(x) {
			high = i
		}
	}
	return low, high
}

func extremesOfStrings(xs []vector.View, bufs [][]byte) (low, high int) {
	least, most := xs[0].Bytes(bufs), xs[0].Bytes(bufs)
	for i := range xs {
		b := xs[i].Bytes(bufs)
		if string(b) < string(least) {
			least, low = b, i
		}
		if string(b) > string(most) {
			most, high = b, i
		}
	}
	return low, high
}

func extremesOfBits(bits vector.Bitmap, from, to int) (low, high int) {
	for i := range to - from {
		if !bits.Get(from + i) {
			low = i
		} else {
			high = i
		}
	}
	if !bits.Get(from + low) {
		return low, high
	}
	return high, high
}

// statistics are min, max and the number of NULLs. Long strings have no min and
// max: they would only make the footer large.
func (c *chunkWriter) statistics() format.Statistics {
	var st format.Statistics
	low, high := -1, -1
	for _, p := range c.pages {
		st.NullCount += p.nulls
		if p.low < 0 {
			continue
		}
		if low < 0 || c.compare(p.low, low) < 0 {
			low = p.low
		}
		if high < 0 || c.compare(p.high, high) > 0 {
			high = p.high
		}
	}
	if low < 0 {
		return st
	}
	st.MinValue, st.MaxValue = c.statValue(low, -1), c.statValue(high, 1)
	if len(st.MinValue) > 64 || len(st.MaxValue) > 64 {
		st.MinValue, st.MaxValue = nil, nil
	}
	return st
}

// statValue is PLAIN without a length; zeros of floats carry the sign that widens the range.
func (l *leaf) statValue(at, sign int) []byte {
	if l.strings != nil {
		return append([]byte{}, l.strings[at].Bytes(l.values.Bufs)...)
	}
	b := l.appendPlain(nil, at, at+1)
	zero := math.Copysign(0, float64(sign))
	switch {
	case l.physical == format.Float && math.Float32frombits(binary.LittleEndian.Uint32(b)) == 0:
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(zero)))
	case l.physical == format.Double && math.Float64frombits(binary.LittleEndian.Uint64(b)) == 0:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(zero))
	}
	return b
}

// compare orders two values of the chunk that are not NaN.
func (l *leaf) compare(a, b int) int {
	v := &l.values
	switch v.Phys {
	case types.PhysBool:
		return compareBits(v.Bits().Get(a), v.Bits().Get(b))
	case types.PhysBytes:
		return compareBytes(l.strings[a].Bytes(v.Bufs), l.strings[b].Bytes(v.Bufs))
	case types.PhysInt128:
		return compareLong(vector.Values[types.Int128](v)[a], vector.Values[types.Int128](v)[b])
	case types.PhysInt8:
		return compareAt(vector.Values[int8](v), a, b)
	case types.PhysInt16:
		return compareAt(vector.Values[int16](v), a, b)
	case types.PhysInt32:
		return compareAt(vector.Values[int32](v), a, b)
	case types.PhysFloat32:
		return compareAt(vector.Values[float32](v), a, b)
	case types.PhysFloat64:
		return compareAt(vector.Values[float64](v), a, b)
	}
	return compareAt(vector.Values[int64](v), a, b)
}

// indexBytes is how much of a string an index of pages holds.
const indexBytes = 64

// shortened is a bound of a page that is no longer than an index holds: a prefix,
// whose last character is the next one where it must not lie below.
func (l *leaf) shortened(b []byte, upper bool) []byte {
	if len(b) <= indexBytes || l.physical != format.ByteArray {
		return b
	}
	n := indexBytes
	if l.field.Type.IsString() {
		for n > 0 && !utf8.RuneStart(b[n]) {
			n--
		}
	}
	short := b[:n:n]
	if !upper {
		return short
	}
	if !l.field.Type.IsString() {
		for i := n - 1; i >= 0; i-- {
			if short[i] != 0xff {
				return append(short[:i:i], short[i]+1)
			}
		}
		return b
	}
	for len(short) > 0 {
		r, size := utf8.DecodeLastRune(short)
		short = short[: len(short)-size : len(short)-size]
		if next := r + 1; r != utf8.RuneError && utf8.ValidRune(next) {
			return utf8.AppendRune(short, next)
		}
	}
	return b
}
