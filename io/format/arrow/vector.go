package arrow

import (
	"errors"
	"fmt"
	"math"

	apache "github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

var errShort = errors.New("a buffer is shorter than its array")

// Vector is a column of a record as a type that it converts to. It shares the
// record's memory where the layouts are the same.
func Vector(a apache.Array, t types.Type) (v vector.Vector, err error) {
	err = guarded(func() error {
		v, err = vectorOf(a, t)
		return err
	})
	return v, err
}

func vectorOf(a apache.Array, t types.Type) (vector.Vector, error) {
	switch a := a.(type) {
	case *array.Null:
		return vector.Nulls(t, a.Len()), nil
	case array.ExtensionArray:
		return vectorOf(a.Storage(), t)
	case *array.Dictionary:
		return dictionary(a, t)
	case *array.RunEndEncoded:
		return runs(a, t)
	}
	v, err := values(a, t)
	if err != nil {
		return v, err
	}
	v.Len = a.Len()
	v.Valid, err = validity(a)
	return v, err
}

// values are those of an array without its NULLs.
func values(a apache.Array, t types.Type) (vector.Vector, error) {
	switch a := a.(type) {
	case *array.Boolean:
		return booleans(a)
	case *array.Int8:
		return integers(a.Int8Values(), t)
	case *array.Int16:
		return integers(a.Int16Values(), t)
	case *array.Int32:
		return integers(a.Int32Values(), t)
	case *array.Int64:
		return integers(a.Int64Values(), t)
	case *array.Uint8:
		return integers(a.Uint8Values(), t)
	case *array.Uint16:
		return integers(a.Uint16Values(), t)
	case *array.Uint32:
		return integers(a.Uint32Values(), t)
	case *array.Uint64:
		return unsigned(a.Uint64Values()), nil
	case *array.Float16:
		return halves(a), nil
	case *array.Float32:
		if t.Kind == types.Double {
			return vector.Of(types.PhysFloat64, widened[float64](a.Float32Values())), nil
		}
		return vector.Of(types.PhysFloat32, a.Float32Values()), nil
	case *array.Float64:
		return vector.Of(types.PhysFloat64, a.Float64Values()), nil
	case *array.Decimal128, *array.Decimal256:
		return decimals(a, t)
	}
	switch a.DataType().ID() {
	case apache.DATE32, apache.DATE64, apache.TIME32, apache.TIME64, apache.TIMESTAMP, apache.DURATION, apache.INTERVAL_MONTHS:
		return times(a, t)
	case apache.LIST, apache.LARGE_LIST, apache.FIXED_SIZE_LIST, apache.MAP, apache.STRUCT:
		return nested(a, t)
	}
	return strings(a)
}

// validity is which values are not NULL; nil: all.
func validity(a apache.Array) (vector.Bitmap, error) {
	if a.NullN() == 0 {
		return nil, nil
	}
	bits, from, n := a.NullBitmapBytes(), a.Data().Offset(), a.Len()
	if len(bits)*8 < from+n {
		return nil, errShort
	}
	return bitsFrom(bits, from, n), nil
}

// bitsFrom are bits [from, from+n).
func bitsFrom(bits []byte, from, n int) vector.Bitmap {
	if from == 0 {
		return vector.Bitmap(bits[:(n+7)/8])
	}
	out, in := vector.NewBitmap(n), vector.Bitmap(bits)
	for i := range n {
		out.SetTo(i, in.Get(from+i))
	}
	return out
}

func booleans(a *array.Boolean) (vector.Vector, error) {
	buffer := a.Data().Buffers()[1]
	from, n := a.Data().Offset(), a.Len()
	if n == 0 {
		return vector.NewFlat(types.PhysBool, 0), nil
	}
	if buffer == nil || buffer.Len()*8 < from+n {
		return vector.Vector{}, errShort
	}
	return vector.Vector{Phys: types.PhysBool, Data: bitsFrom(buffer.Bytes(), from, n)}, nil
}

type number interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | float32
}

func widened[D int8 | int16 | int32 | int64 | float64, S number](xs []S) []D {
	out := make([]D, len(xs))
	for i, x := range xs {
		out[i] = D(x)
	}
	return out
}

func integers[S number](xs []S, t types.Type) (vector.Vector, error) {
	switch t.Phys() {
	case types.PhysInt8:
		return vector.Of(types.PhysInt8, widened[int8](xs)), nil
	case types.PhysInt16:
		return vector.Of(types.PhysInt16, widened[int16](xs)), nil
	case types.PhysInt32:
		return vector.Of(types.PhysInt32, widened[int32](xs)), nil
	case types.PhysInt64:
		return vector.Of(types.PhysInt64, widened[int64](xs)), nil
	}
	return vector.Vector{}, fmt.Errorf("integers as %s", t)
}

func unsigned(xs []uint64) vector.Vector {
	out := make([]types.Int128, len(xs))
	for i, x := range xs {
		out[i] = types.Int128{Lo: x}
	}
	return vector.Of(types.PhysInt128, out)
}

func halves(a *array.Float16) vector.Vector {
	out := make([]float32, a.Len())
	for i, x := range a.Values() {
		out[i] = types.FromHalf(x.Uint16()) // the library's own loses the smallest numbers
	}
	return vector.Of(types.PhysFloat32, out)
}

func decimals(a apache.Array, t types.Type) (vector.Vector, error) {
	out := make([]types.Int128, a.Len())
	switch a := a.(type) {
	case *array.Decimal128:
		for i, x := range a.Values() {
			out[i] = types.Int128{Lo: x.LowBits(), Hi: x.HighBits()}
		}
	case *array.Decimal256:
		for i, x := range a.Values() {
			words := x.Array()
			if sign := uint64(int64(words[1]) >> 63); (words[2] != sign || words[3] != sign) && a.IsValid(i) {
				return vector.Vector{}, errors.New("a decimal is out of range")
			}
			out[i] = types.Int128{Lo: words[0], Hi: int64(words[1])}
		}
	}
	if t.Phys() == types.PhysInt128 {
		return vector.Of(types.PhysInt128, out), nil
	}
	short := make([]int64, len(out))
	for i, x := range out {
		if !x.FitsInt64() && a.IsValid(i) {
			return vector.Vector{}, errors.New("a decimal is out of range")
		}
		short[i] = int64(x.Lo)
	}
	return vector.Of(types.PhysInt64, short), nil
}

// times are dates, times of day, instants and lengths of time in the unit of the type.
func times(a apache.Array, t types.Type) (vector.Vector, error) {
	switch a := a.(type) {
	case *array.Date32:
		return vector.Of(types.PhysInt32, cast[int32](a.Date32Values())), nil
	case *array.Date64:
		return scaled32(a, cast[int64](a.Date64Values()), 1, 86_400_000)
	case *array.Time32:
		xs := widened[int64](cast[int32](a.Time32Values()))
		return scaled32(a, xs, 1_000, ticks(a.DataType().(*apache.Time32Type).Unit))
	case *array.Time64:
		return scaled32(a, cast[int64](a.Time64Values()), 1_000, ticks(a.DataType().(*apache.Time64Type).Unit))
	case *array.Timestamp:
		return scaled(a, cast[int64](a.TimestampValues()), t.TimeUnit(), ticks(a.DataType().(*apache.TimestampType).Unit))
	case *array.Duration:
		return scaled(a, cast[int64](a.DurationValues()), 1_000, ticks(a.DataType().(*apache.DurationType).Unit))
	case *array.MonthInterval:
		months := cast[int32](a.MonthIntervalValues())
		if t.Phys() == types.PhysInt64 {
			return vector.Of(types.PhysInt64, widened[int64](months)), nil
		}
		return vector.Of(types.PhysInt32, months), nil
	}
	return vector.Vector{}, fmt.Errorf("%s as %s", a.DataType(), t)
}

func cast[D, S ~int32 | ~int64](xs []S) []D {
	out := make([]D, len(xs))
	for i, x := range xs {
		out[i] = D(x)
	}
	return out
}

func ticks(u apache.TimeUnit) int64 {
	return [...]int64{apache.Second: 1, apache.Millisecond: 1_000, apache.Microsecond: 1_000_000, apache.Nanosecond: 1_000_000_000}[u]
}

// scaled turns ticks of one unit into those of another, rounding towards the past.
func scaled(a apache.Array, xs []int64, to, from int64) (vector.Vector, error) {
	mul, div := max(1, to/from), max(1, from/to)
	limit := math.MaxInt64 / mul
	for i, x := range xs {
		if (x > limit || x < -limit) && a.IsValid(i) {
			return vector.Vector{}, errors.New("a time is out of range")
		}
		q := x / div
		if x%div < 0 {
			q--
		}
		xs[i] = q * mul
	}
	return vector.Of(types.PhysInt64, xs), nil
}

func scaled32(a apache.Array, xs []int64, to, from int64) (vector.Vector, error) {
	v, err := scaled(a, xs, to, from)
	if err != nil {
		return v, err
	}
	return vector.Of(types.PhysInt32, cast[int32](xs)), nil
}

// keepDictionary is the largest dictionary handed on as one: work on a batch is
// done once an entry there.
const keepDictionary = 4096

// dictionary keeps a small dictionary of flat values without NULL.
func dictionary(a *array.Dictionary, t types.Type) (vector.Vector, error) {
	dict, err := vectorOf(a.Dictionary(), t)
	if err != nil {
		return dict, err
	}
	valid, err := validity(a)
	if err != nil {
		return dict, err
	}
	codes := make([]uint32, a.Len())
	for i := range codes {
		if !valid.Get(i) {
			continue
		}
		c := a.GetValueIndex(i)
		if c < 0 || c >= dict.Len {
			return dict, fmt.Errorf("code %d of a dictionary of %d", c, dict.Len)
		}
		codes[i] = uint32(c)
	}
	if dict.Len > 0 && dict.Len <= keepDictionary && dict.Valid == nil && dict.Form == vector.Flat && dict.Phys < types.PhysList && dict.Phys != types.PhysBool {
		return vector.Vector{Phys: dict.Phys, Len: len(codes), Form: vector.Dict, Codes: codes, Dict: &dict, Valid: valid}, nil
	}
	return chosen(&dict, codes, valid), nil
}

// chosen are the values that codes name, NULL where valid says so.
func chosen(of *vector.Vector, codes []uint32, valid vector.Bitmap) vector.Vector {
	if valid != nil {
		for i := range codes {
			if !valid.Get(i) {
				codes[i] = kernel.NoRow
			}
		}
	}
	var out vector.Vector
	flat := of.Flatten()
	kernel.GatherNullable(&out, &flat, codes)
	return out
}

func runs(a *array.RunEndEncoded, t types.Type) (vector.Vector, error) {
	inner, err := vectorOf(a.Values(), t)
	if err != nil {
		return inner, err
	}
	codes := make([]uint32, a.Len())
	for i := range codes {
		at := a.GetPhysicalIndex(i)
		if at < 0 || at >= inner.Len {
			return inner, errors.New("runs end before their array")
		}
		codes[i] = uint32(at)
	}
	return chosen(&inner, codes, nil), nil
}
