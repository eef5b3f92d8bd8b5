package vector

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/weir-engine/weir/core/types"
)

// ArrowType is the Arrow type of a SQL type.
func ArrowType(t types.Type) (arrow.DataType, error) {
	switch t.Kind {
	case types.Null:
		return arrow.Null, nil
	case types.Boolean:
		return arrow.FixedWidthTypes.Boolean, nil
	case types.TinyInt:
		return arrow.PrimitiveTypes.Int8, nil
	case types.SmallInt:
		return arrow.PrimitiveTypes.Int16, nil
	case types.Integer:
		return arrow.PrimitiveTypes.Int32, nil
	case types.BigInt:
		return arrow.PrimitiveTypes.Int64, nil
	case types.Float:
		return arrow.PrimitiveTypes.Float32, nil
	case types.Double:
		return arrow.PrimitiveTypes.Float64, nil
	case types.Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}, nil
	case types.Char, types.Varchar, types.Variant:
		return arrow.BinaryTypes.StringView, nil
	case types.Binary, types.Varbinary, types.Bitmap:
		return arrow.BinaryTypes.BinaryView, nil
	case types.Date:
		return arrow.FixedWidthTypes.Date32, nil
	case types.Time:
		return arrow.FixedWidthTypes.Time32ms, nil
	case types.Timestamp:
		return &arrow.TimestampType{Unit: arrowUnit(t)}, nil
	case types.TimestampLTZ:
		return &arrow.TimestampType{Unit: arrowUnit(t), TimeZone: "UTC"}, nil
	case types.IntervalYearMonth:
		return arrow.FixedWidthTypes.MonthInterval, nil
	case types.IntervalDaySecond:
		return arrow.FixedWidthTypes.Duration_ms, nil
	}
	return arrowNestedType(t)
}

func arrowUnit(t types.Type) arrow.TimeUnit {
	switch t.TimeUnit() {
	case 1_000:
		return arrow.Millisecond
	case 1_000_000:
		return arrow.Microsecond
	}
	return arrow.Nanosecond
}

func arrowNestedType(t types.Type) (arrow.DataType, error) {
	switch t.Kind {
	case types.Array, types.Multiset:
		elem, err := ArrowType(*t.Elem)
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(elem), nil
	case types.Map:
		key, err := ArrowType(*t.Key)
		if err != nil {
			return nil, err
		}
		value, err := ArrowType(*t.Elem)
		if err != nil {
			return nil, err
		}
		return arrow.MapOf(key, value), nil
	case types.Row:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			at, err := ArrowType(f.Type)
			if err != nil {
				return nil, err
			}
			fields[i] = arrow.Field{Name: f.Name, Type: at, Nullable: true}
		}
		return arrow.StructOf(fields...), nil
	}
	return nil, fmt.Errorf("type %s has no Arrow form", t)
}

// Array wraps a vector of type t as an Arrow array, without a copy where the
// layouts are the same: only short decimals, and vectors that are not Flat, are
// widened first. The array shares the vector's memory.
func Array(v *Vector, t types.Type) (arrow.Array, error) {
	dt, err := ArrowType(t)
	if err != nil {
		return nil, err
	}
	data, err := arrowData(v, t, dt)
	if err != nil {
		return nil, err
	}
	defer data.Release()
	return array.MakeFromData(data), nil
}

func arrowData(v *Vector, t types.Type, dt arrow.DataType) (arrow.ArrayData, error) {
	flat := v.Flatten()
	nulls := flat.Len - flat.Valid.Count(flat.Len)
	if v.Phys == types.PhysNull {
		return array.NewData(arrow.Null, flat.Len, []*memory.Buffer{nil}, nil, flat.Len, 0), nil
	}
	buffers := []*memory.Buffer{nil}
	if flat.Valid != nil {
		buffers[0] = memory.NewBufferBytes(flat.Valid)
	}
	switch v.Phys {
	case types.PhysBytes:
		buffers = append(buffers, memory.NewBufferBytes(flat.Data))
		for _, b := range flat.Bufs {
			buffers = append(buffers, memory.NewBufferBytes(b))
		}
	case types.PhysList, types.PhysStruct:
		return arrowNested(&flat, t, dt, buffers, nulls)
	case types.PhysInt64:
		if t.Kind == types.Decimal {
			flat.Data = widenDecimals(&flat)
		}
		buffers = append(buffers, memory.NewBufferBytes(flat.Data))
	default:
		buffers = append(buffers, memory.NewBufferBytes(flat.Data))
	}
	return array.NewData(dt, flat.Len, buffers, nil, nulls, 0), nil
}

func widenDecimals(v *Vector) []byte {
	out := NewFlat(types.PhysInt128, v.Len)
	dst := Values[types.Int128](&out)
	for i, x := range Values[int64](v)[:v.Len] {
		dst[i] = types.Int128{Lo: uint64(x), Hi: x >> 63}
	}
	return out.Data
}

func arrowNested(v *Vector, t types.Type, dt arrow.DataType, buffers []*memory.Buffer, nulls int) (arrow.ArrayData, error) {
	var kids []arrow.ArrayData
	kidTypes := nestedTypes(t)
	for i := range v.Kids {
		kdt, err := ArrowType(kidTypes[i])
		if err != nil {
			return nil, err
		}
		kid, err := arrowData(&v.Kids[i], kidTypes[i], kdt)
		if err != nil {
			return nil, err
		}
		defer kid.Release()
		kids = append(kids, kid)
	}
	if t.Kind == types.Row {
		return array.NewData(dt, v.Len, buffers, kids, nulls, 0), nil
	}
	buffers = append(buffers, memory.NewBufferBytes(v.Data))
	if m, ok := dt.(*arrow.MapType); ok {
		entries := array.NewData(m.Elem(), v.Kids[0].Len, []*memory.Buffer{nil}, kids, 0, 0)
		defer entries.Release()
		kids = []arrow.ArrayData{entries}
	}
	return array.NewData(dt, v.Len, buffers, kids, nulls, 0), nil
}

func nestedTypes(t types.Type) []types.Type {
	switch t.Kind {
	case types.Map:
		return []types.Type{*t.Key, *t.Elem}
	case types.Row:
		out := make([]types.Type, len(t.Fields))
		for i, f := range t.Fields {
			out[i] = f.Type
		}
		return out
	}
	return []types.Type{*t.Elem}
}
