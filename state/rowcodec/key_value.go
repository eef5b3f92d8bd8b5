package rowcodec

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// A zero byte of a string becomes 00 FF, its end 00 00: whatever follows, a
// string sorts before all that it is a prefix of.
const escapedZero = 0xff

// putEscaped writes s escaped and ended, and returns the bytes written.
func putEscaped(dst, s []byte) uint32 {
	n := 0
	for {
		z := bytes.IndexByte(s, 0)
		if z < 0 {
			break
		}
		n += copy(dst[n:], s[:z])
		dst[n], dst[n+1] = 0, escapedZero
		n += 2
		s = s[z+1:]
	}
	n += copy(dst[n:], s)
	dst[n], dst[n+1] = 0, 0
	return uint32(n + 2)
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// floatKeyAt orders floats as SQL does: -0 equals 0, NaN is above all.
func floatKeyAt(v *vector.Vector, r int) uint64 {
	if v.Phys == types.PhysFloat32 {
		f := vector.Values[float32](v)[r]
		switch {
		case f == 0:
			f = 0
		case f != f:
			f = float32(math.NaN())
		}
		b := math.Float32bits(f)
		return uint64(b ^ (uint32(int32(b)>>31) | 1<<31))
	}
	f := vector.Values[float64](v)[r]
	switch {
	case f == 0:
		f = 0
	case f != f:
		f = math.NaN()
	}
	b := math.Float64bits(f)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

func floatOfKey(u uint64, width uint32) (bits uint64) {
	if width == 4 {
		b := uint32(u)
		if b&(1<<31) != 0 {
			return uint64(b ^ 1<<31)
		}
		return uint64(^b)
	}
	if u&(1<<63) != 0 {
		return u ^ 1<<63
	}
	return ^u
}

// appendKeyValue appends row r of any Flat column, nested ones included: the slow,
// general form of what the place functions do. Elements of an array are led by
// a tag each and ended by a byte below every tag, all inverted with their column.
func appendKeyValue(dst []byte, v *vector.Vector, r int, o Order) []byte {
	if !v.IsValid(r) {
		return append(dst, o.nullTag())
	}
	dst = append(dst, tagValue)
	at := len(dst)
	dst = appendKeyBody(dst, v, r)
	if o.Desc {
		invert(dst[at:])
	}
	return dst
}

func appendKeyBody(dst []byte, v *vector.Vector, r int) []byte {
	switch v.Phys {
	case types.PhysBool:
		if v.Bits().Get(v.Index(r)) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.PhysBytes:
		s := v.Bytes(r)
		at := len(dst)
		dst = append(dst, make([]byte, len(s)+countZeros(s)+2)...)
		putEscaped(dst[at:], s)
		return dst
	case types.PhysInt128:
		x := vector.Values[types.Int128](v.Base())[v.Index(r)]
		dst = binary.BigEndian.AppendUint64(dst, uint64(x.Hi)^1<<63)
		return binary.BigEndian.AppendUint64(dst, x.Lo)
	case types.PhysFloat32, types.PhysFloat64:
		return appendFixed(dst, floatKeyAt(v.Base(), v.Index(r)), v.Phys.Width())
	case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
		w := v.Phys.Width()
		return appendFixed(dst, uint64(v.ValueAt(r).I)^1<<(8*w-1), w)
	case types.PhysStruct:
		base := v.Base()
		for k := range base.Kids {
			dst = appendKeyValue(dst, &base.Kids[k], v.Index(r), Order{})
		}
		return dst
	case types.PhysList:
		return appendKeyList(dst, v.Base(), v.Index(r))
	}
	return dst
}

const (
	listEnd  = 0x00
	listItem = 0x01
)

func appendKeyList(dst []byte, v *vector.Vector, at int) []byte {
	off := v.Offsets()
	for i := int(off[at]); i < int(off[at+1]); i++ {
		dst = append(dst, listItem)
		for k := range v.Kids {
			dst = appendKeyValue(dst, &v.Kids[k], i, Order{})
		}
	}
	return append(dst, listEnd)
}

func appendFixed(dst []byte, u uint64, width int) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, width)...)
	putFixed(dst[at:], u, uint32(width))
	return dst
}
