package parquet

import (
	"math/bits"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// stored says how a column is written.
type stored struct {
	field    types.Field
	physical format.Type
	width    int // bytes of a value; 0: BYTE_ARRAY and BOOLEAN
	element  format.SchemaElement
	// The path to a leaf, and the levels of a value that is there: of a flat column 0 or 1, and 0.
	path           []string
	maxDef, maxRep int
	options        ColumnOptions
}

// storedAs maps a column to the Parquet type that other readers know it by.
func storedAs(f types.Field) (stored, error) {
	s := stored{field: f}
	e := &s.element
	e.Name = f.Name
	e.RepetitionType = thrift.New(format.Required)
	if f.Type.Nullable {
		e.RepetitionType = thrift.New(format.Optional)
	}
	switch t := f.Type; t.Kind {
	case types.Boolean:
		s.physical = format.Boolean
	case types.TinyInt:
		s.integer(8, deprecated.Int8)
	case types.SmallInt:
		s.integer(16, deprecated.Int16)
	case types.Integer:
		s.physical, s.width = format.Int32, 4
	case types.BigInt:
		s.physical, s.width = format.Int64, 8
	case types.Float:
		s.physical, s.width = format.Float, 4
	case types.Double:
		s.physical, s.width = format.Double, 8
	case types.Decimal:
		s.decimal(t)
	case types.Char, types.Varchar:
		s.physical = format.ByteArray
		e.LogicalType.Value = &format.StringType{}
		e.ConvertedType = thrift.New(deprecated.UTF8)
	case types.Binary, types.Varbinary:
		s.physical = format.ByteArray
	case types.Date:
		s.physical, s.width = format.Int32, 4
		e.LogicalType.Value = &format.DateType{}
		e.ConvertedType = thrift.New(deprecated.Date)
	case types.Time:
		s.physical, s.width = format.Int32, 4
		e.LogicalType.Value = &format.TimeType{Unit: timeUnit(1_000)}
	case types.Timestamp, types.TimestampLTZ:
		s.physical, s.width = format.Int64, 8
		e.LogicalType.Value = &format.TimestampType{IsAdjustedToUTC: t.Kind == types.TimestampLTZ, Unit: timeUnit(t.TimeUnit())}
	default:
		return s, sqlerr.Newf(sqlerr.FeatureNotSupported, "parquet: column %s of type %s cannot be written", f.Name, t.WithNull(true))
	}
	e.Type = thrift.New(s.physical)
	return s, nil
}

func (s *stored) integer(width int8, converted deprecated.ConvertedType) {
	s.physical, s.width = format.Int32, 4
	s.element.LogicalType.Value = &format.IntType{BitWidth: width, IsSigned: true}
	s.element.ConvertedType = thrift.New(converted)
}

func (s *stored) decimal(t types.Type) {
	switch {
	case t.Precision <= 9:
		s.physical, s.width = format.Int32, 4
	case t.Precision <= types.MaxShortDecimal:
		s.physical, s.width = format.Int64, 8
	default:
		limit := types.Pow10Int128(t.Precision)
		s.physical, s.width = format.FixedLenByteArray, (64+bits.Len64(uint64(limit.Hi)))/8+1
		s.element.TypeLength = thrift.New(int32(s.width))
	}
	s.element.LogicalType.Value = &format.DecimalType{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	s.element.ConvertedType = thrift.New(deprecated.Decimal)
	s.element.Precision, s.element.Scale = thrift.New(int32(t.Precision)), thrift.New(int32(t.Scale))
}

func timeUnit(unit int64) format.TimeUnit {
	switch unit {
	case 1_000:
		return format.TimeUnit{Value: &format.MilliSeconds{}}
	case 1_000_000:
		return format.TimeUnit{Value: &format.MicroSeconds{}}
	}
	return format.TimeUnit{Value: &format.NanoSeconds{}}
}
