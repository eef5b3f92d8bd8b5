package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// conversion says how stored values become those of a column's type.
type conversion struct {
	kind  conversionKind
	width int   // bytes of a stored value; 0: BYTE_ARRAY
	mul   int64 // convScale: stored * mul / div
	div   int64
}

type conversionKind uint8

const (
	convCopy     conversionKind = iota // as stored
	convBits                           // BOOLEAN
	convNarrow8                        // INT32 to 8 bits
	convNarrow16                       // INT32 to 16 bits
	convWiden                          // INT32 to 64 bits
	convWidenU                         // unsigned INT32 to 64 bits
	convI32to128                       // INT32 to 128 bits
	convI64to128                       // INT64 to 128 bits
	convU64to128                       // unsigned INT64 to 128 bits
	convScale                          // INT64 in another unit
	convMillis                         // TIME in micro- or nanoseconds to INT32 milliseconds
	convInt96                          // nanoseconds of a day and its Julian day
	convBig64                          // big-endian decimal to 64 bits
	convBig128                         // big-endian decimal to 128 bits
	convHalf                           // FLOAT16
	convDouble                         // FLOAT to DOUBLE
	convViews                          // strings and bytes
)

// physicalWidth is the bytes of a stored value; 0 for BYTE_ARRAY and BOOLEAN.
func (c *Column) physicalWidth() int {
	switch c.physical {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	case format.FixedLenByteArray:
		return c.length
	}
	return 0
}

// ConvertsTo reports whether a column can be read as t, and otherwise says why
// not. Besides its own type that is any wider integer, a longer decimal of its
// scale, another precision of a timestamp, and bytes for strings.
func (c *Column) ConvertsTo(t types.Type) error {
	if c.Err == nil && c.shape != nil {
		_, err := newNested(nil, c.shape, t)
		return err
	}
	_, err := c.conversion(t)
	return err
}

func (c *Column) conversion(t types.Type) (conversion, error) {
	if c.Err != nil {
		return conversion{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "parquet: column %s: %s", c.Name, c.Err)
	}
	v := conversion{width: c.physicalWidth(), mul: 1, div: 1}
	var ok bool
	switch {
	case t.IsInteger():
		v.kind, ok = c.toInteger(t)
	case t.Kind == types.Decimal:
		v.kind, ok = c.toDecimal(t)
	case t.IsString() || t.IsBinary():
		v.kind, ok = convViews, c.Type.IsString() || c.Type.IsBinary()
		if t.Kind == types.Binary && c.Type.Kind == types.Binary {
			ok = t.Length == c.Type.Length
		}
	case t.Kind == types.Float:
		ok = c.Type.Kind == types.Float
		if c.half {
			v.kind = convHalf
		}
	case t.Kind == types.Double:
		ok = c.Type.Kind == types.Double || c.Type.Kind == types.Float && !c.half
		if c.physical == format.Float {
			v.kind = convDouble
		}
	case t.Kind == types.Boolean:
		v.kind, ok = convBits, c.Type.Kind == types.Boolean
	case t.Kind == types.Date:
		ok = c.Type.Kind == types.Date
	case t.Kind == types.Time:
		ok = c.Type.Kind == types.Time
		if c.unit != 1_000 {
			v.kind, v.div = convMillis, c.unit/1_000
		}
	case t.IsTimestamp():
		ok = c.toTimestamp(t, &v)
	}
	if !ok {
		return v, sqlerr.Newf(sqlerr.DatatypeMismatch, "parquet: column %s is %s, the table declares %s", c.Name, c.Type, t)
	}
	return v, nil
}

func (c *Column) toInteger(t types.Type) (conversionKind, bool) {
	if !c.Type.IsInteger() || t.Kind < c.Type.Kind {
		return 0, false
	}
	switch {
	case c.physical == format.Int64:
		return convCopy, t.Kind == types.BigInt
	case t.Kind == types.TinyInt:
		return convNarrow8, true
	case t.Kind == types.SmallInt:
		return convNarrow16, true
	case t.Kind == types.Integer:
		return convCopy, true
	case c.unsigned:
		return convWidenU, true
	}
	return convWiden, true
}

func (c *Column) toDecimal(t types.Type) (conversionKind, bool) {
	if c.Type.Kind != types.Decimal || t.Scale != c.Type.Scale || t.Precision < c.Type.Precision {
		return 0, false
	}
	long := t.Phys() == types.PhysInt128
	switch c.physical {
	case format.Int32:
		if long {
			return convI32to128, true
		}
		return convWiden, true
	case format.Int64:
		switch {
		case c.unsigned:
			return convU64to128, long
		case long:
			return convI64to128, true
		}
		return convCopy, true
	}
	if long {
		return convBig128, true
	}
	return convBig64, true
}

func (c *Column) toTimestamp(t types.Type, v *conversion) bool {
	if !c.Type.IsTimestamp() {
		return false
	}
	unit := t.TimeUnit()
	if c.physical == format.Int96 {
		v.kind, v.div = convInt96, 1_000_000_000/unit
		return true
	}
	if unit != c.unit {
		v.kind = convScale
		v.mul, v.div = max(1, unit/c.unit), max(1, c.unit/unit)
	}
	return true
}

var errTimeRange = errors.New("timestamp is out of range")

// fixed converts n stored values of fixed width into dst. BOOLEAN and
// BYTE_ARRAY have their own ways.
func (v *conversion) fixed(dst, src []byte, n int) error {
	src = src[:n*v.width]
	switch v.kind {
	case convCopy:
		copy(dst, src)
	case convNarrow8:
		narrow(as[int8](dst, n), as[int32](src, n))
	case convNarrow16:
		narrow(as[int16](dst, n), as[int32](src, n))
	case convWiden:
		narrow(as[int64](dst, n), as[int32](src, n))
	case convWidenU:
		narrow(as[int64](dst, n), as[uint32](src, n))
	case convDouble:
		narrow(as[float64](dst, n), as[float32](src, n))
	case convI32to128:
		long(as[types.Int128](dst, n), as[int32](src, n))
	case convI64to128:
		long(as[types.Int128](dst, n), as[int64](src, n))
	case convU64to128:
		for i, x := range as[uint64](src, n) {
			as[types.Int128](dst, n)[i] = types.Int128{Lo: x}
		}
	case convScale:
		return v.scale(as[int64](dst, n), as[int64](src, n))
	case convMillis:
		for i, x := range as[int64](src, n) {
			as[int32](dst, n)[i] = int32(x / v.div)
		}
	case convInt96:
		return v.int96(as[int64](dst, n), src)
	case convHalf:
		for i := range n {
			as[float32](dst, n)[i] = types.FromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case convBig64, convBig128:
		for i := range n {
			if err := v.big(dst, i, src[i*v.width:(i+1)*v.width]); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("conversion %d of fixed values", v.kind)
	}
	return nil
}

// as reads memory as n values.
func as[T any](b []byte, n int) []T {
	var t T
	if n == 0 {
		return nil
	}
	_ = b[n*int(unsafe.Sizeof(t))-1]
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

func narrow[D, S int8 | int16 | int32 | int64 | uint32 | float32 | float64](dst []D, src []S) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = D(src[i])
	}
}

func long[S int32 | int64](dst []types.Int128, src []S) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = types.MakeInt128(int64(src[i]))
	}
}

// scale rounds towards the past, as time does.
func (v *conversion) scale(dst, src []int64) error {
	src = src[:len(dst)]
	if v.div > 1 {
		for i, x := range src {
			q := x / v.div
			if x%v.div < 0 {
				q--
			}
			dst[i] = q
		}
		return nil
	}
	limit := math.MaxInt64 / v.mul
	for i, x := range src {
		if x > limit || x < -limit {
			return errTimeRange
		}
		dst[i] = x * v.mul
	}
	return nil
}

const julianEpoch = 2_440_588 // 1970-01-01

func (v *conversion) int96(dst []int64, src []byte) error {
	for i := range dst {
		nanos := int64(binary.LittleEndian.Uint64(src[12*i:]))
		day := int64(binary.LittleEndian.Uint32(src[12*i+8:])) - julianEpoch
		perDay := 86_400_000_000_000 / v.div
		hi, lo := bits.Mul64(uint64(max(day, -day)), uint64(perDay))
		if hi != 0 || lo > math.MaxInt64-uint64(perDay) || nanos < 0 || nanos >= 86_400_000_000_000 {
			return errTimeRange
		}
		dst[i] = day*perDay + nanos/v.div
	}
	return nil
}

var errDecimalRange = errors.New("decimal is out of range")

// big stores a big-endian two's complement number as value i of dst.
func (v *conversion) big(dst []byte, i int, b []byte) error {
	x, ok := bigEndian(b)
	if v.kind == convBig128 {
		if !ok {
			return errDecimalRange
		}
		as[types.Int128](dst, i+1)[i] = x
		return nil
	}
	if !ok || !x.FitsInt64() {
		return errDecimalRange
	}
	as[int64](dst, i+1)[i] = x.Int64()
	return nil
}

func bigEndian(b []byte) (x types.Int128, ok bool) {
	if len(b) == 0 {
		return x, true
	}
	sign := int8(b[0]) >> 7
	for len(b) > 16 {
		if b[0] != byte(sign) {
			return x, false
		}
		b = b[1:]
	}
	if int8(b[0])>>7 != sign {
		return x, false
	}
	x = types.MakeInt128(int64(sign))
	for _, c := range b {
		x.Hi = x.Hi<<8 | int64(x.Lo>>56)
		x.Lo = x.Lo<<8 | uint64(c)
	}
	return x, true
}

// inlineMask keeps the first n bytes of the twelve that lie in a view.
var inlineMask = func() (m [vector.InlineLen + 1][2]uint64) {
	for n := range m {
		m[n][0] = ^uint64(0)
		if n < 8 {
			m[n][0] = 1<<(8*n) - 1
		} else {
			m[n][1] = 1<<(8*(n-8)) - 1
		}
	}
	return m
}()

// viewAt is the view of n bytes at p, which lie at off of buffer buf; 12 bytes
// from p on must be readable.
func viewAt(p unsafe.Pointer, n, buf, off uint32) (v vector.View) {
	w := (*[2]uint64)(unsafe.Pointer(&v))
	if n <= vector.InlineLen {
		lo := *(*uint64)(p) & inlineMask[n][0]
		hi := uint64(*(*uint32)(unsafe.Add(p, 8))) & inlineMask[n][1]
		w[0] = uint64(n) | lo<<32
		w[1] = lo>>32 | hi<<32
		return v
	}
	w[0] = uint64(n) | uint64(*(*uint32)(p))<<32
	w[1] = uint64(buf) | uint64(off)<<32
	return v
}
