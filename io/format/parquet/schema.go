package parquet

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/types"
)

// Column is a top-level column of a file.
type Column struct {
	Name string
	Type types.Type // as inferred from the file; meaningless where Err is set
	Err  error      // why the column cannot be read: it is of a type SQL does not have

	leaf     int    // ordinal among the column chunks: of a nested column, its first
	shape    *shape // of a nested column; nil: it is flat
	maxDef   int    // leaves of nested columns: the levels of a value that is there
	maxRep   int
	physical format.Type
	length   int // FIXED_LEN_BYTE_ARRAY
	optional bool
	unit     int64 // timestamps and times: ticks per second in the file
	unsigned bool
	half     bool // FLOAT16
}

// columnsOf maps the schema tree of a footer to columns.
func columnsOf(elements []format.SchemaElement) ([]Column, error) {
	if len(elements) == 0 {
		return nil, fmt.Errorf("the schema is empty")
	}
	var out []Column
	leaf, at := 0, 1
	for range elements[0].NumChildren.V {
		if at >= len(elements) {
			return nil, fmt.Errorf("the schema is cut off")
		}
		e := &elements[at]
		next, leaves, err := subtree(elements, at)
		if err != nil {
			return nil, err
		}
		c := Column{Name: e.Name, leaf: leaf}
		if e.NumChildren.V > 0 || e.RepetitionType.V == format.Repeated {
			r := shapeReader{elements: elements[:next], at: at, leaf: leaf}
			if c.shape, c.Err = r.part(0, 0); c.Err == nil {
				c.Type = c.shape.typ
			}
		} else {
			c.describe(e)
		}
		out = append(out, c)
		at, leaf = next, leaf+leaves
	}
	return out, nil
}

// subtree is the element behind the subtree at an element, and the leaves in it.
func subtree(elements []format.SchemaElement, at int) (next, leaves int, err error) {
	open := 1
	for ; open > 0; at++ {
		if at >= len(elements) {
			return 0, 0, fmt.Errorf("the schema is cut off")
		}
		n := int(elements[at].NumChildren.V)
		if n < 0 {
			return 0, 0, fmt.Errorf("the schema is malformed")
		}
		if n == 0 {
			leaves++
		}
		open += n - 1
	}
	return at, leaves, nil
}

func (c *Column) describe(e *format.SchemaElement) {
	c.physical, c.length = e.Type.V, int(e.TypeLength.V)
	c.optional = e.RepetitionType.V != format.Required
	if c.physical == format.FixedLenByteArray && (c.length <= 0 || c.length > 1<<20) {
		c.Err = fmt.Errorf("fixed length %d is out of range", c.length)
		return
	}
	t, err := c.logical(e)
	if err != nil {
		c.Err = err
		return
	}
	c.Type = t.WithNull(c.optional)
}

// logical is the SQL type of a leaf, by its logical type, its converted type in
// older files, or its physical type alone.
func (c *Column) logical(e *format.SchemaElement) (types.Type, error) {
	switch l := e.LogicalType.Value.(type) {
	case nil:
		if e.ConvertedType.Valid {
			return c.converted(e)
		}
		return c.bare()
	case *format.StringType, *format.EnumType, *format.JsonType:
		return types.StringType, c.want(format.ByteArray, format.FixedLenByteArray)
	case *format.DecimalType:
		return c.decimal(int(l.Precision), int(l.Scale))
	case *format.DateType:
		return types.DateType, c.want(format.Int32)
	case *format.TimeType:
		return c.time(unitOf(l.Unit))
	case *format.TimestampType:
		return c.timestamp(unitOf(l.Unit), l.IsAdjustedToUTC)
	case *format.IntType:
		return c.integer(int(l.BitWidth), l.IsSigned)
	case *format.UUIDType:
		return types.Type{Kind: types.Binary, Length: 16}, c.want(format.FixedLenByteArray)
	case *format.Float16Type:
		c.half = true
		if c.length != 2 {
			return types.Type{}, fmt.Errorf("FLOAT16 of %d bytes", c.length)
		}
		return types.FloatType, c.want(format.FixedLenByteArray)
	case *format.BsonType:
		return types.BytesType, c.want(format.ByteArray)
	case *format.NullType:
		return c.bare()
	default:
		return types.Type{}, fmt.Errorf("logical type %v is not supported", l)
	}
}

func (c *Column) converted(e *format.SchemaElement) (types.Type, error) {
	switch e.ConvertedType.V {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		return types.StringType, c.want(format.ByteArray, format.FixedLenByteArray)
	case deprecated.Decimal:
		return c.decimal(int(e.Precision.V), int(e.Scale.V))
	case deprecated.Date:
		return types.DateType, c.want(format.Int32)
	case deprecated.TimeMillis:
		return c.time(1_000)
	case deprecated.TimeMicros:
		return c.time(1_000_000)
	case deprecated.TimestampMillis:
		return c.timestamp(1_000, true)
	case deprecated.TimestampMicros:
		return c.timestamp(1_000_000, true)
	case deprecated.Uint8:
		return c.integer(8, false)
	case deprecated.Uint16:
		return c.integer(16, false)
	case deprecated.Uint32:
		return c.integer(32, false)
	case deprecated.Uint64:
		return c.integer(64, false)
	case deprecated.Int8:
		return c.integer(8, true)
	case deprecated.Int16:
		return c.integer(16, true)
	case deprecated.Int32:
		return c.integer(32, true)
	case deprecated.Int64:
		return c.integer(64, true)
	case deprecated.Bson:
		return types.BytesType, c.want(format.ByteArray)
	case deprecated.Interval:
		return types.Type{}, errors.New("INTERVAL, months, days and milliseconds in one value, is not supported")
	}
	return types.Type{}, fmt.Errorf("converted type %d is not supported", e.ConvertedType.V)
}

func (c *Column) bare() (types.Type, error) {
	switch c.physical {
	case format.Boolean:
		return types.BooleanType, nil
	case format.Int32:
		return types.IntType, nil
	case format.Int64:
		return types.BigIntType, nil
	case format.Int96:
		return types.TimestampType(9), nil
	case format.Float:
		return types.FloatType, nil
	case format.Double:
		return types.DoubleType, nil
	case format.ByteArray:
		return types.BytesType, nil
	case format.FixedLenByteArray:
		return types.Type{Kind: types.Binary, Length: c.length}, nil
	}
	return types.Type{}, fmt.Errorf("physical type %d is not supported", c.physical)
}

func (c *Column) want(ts ...format.Type) error {
	for _, t := range ts {
		if c.physical == t {
			return nil
		}
	}
	return fmt.Errorf("physical type %s does not go with the logical type", c.physical)
}

func (c *Column) decimal(precision, scale int) (types.Type, error) {
	if precision < 1 || precision > types.MaxDecimalPrecision || scale < 0 || scale > precision {
		return types.Type{}, fmt.Errorf("DECIMAL(%d, %d) is out of range", precision, scale)
	}
	if c.physical == format.FixedLenByteArray && c.length > 16 {
		return types.Type{}, fmt.Errorf("DECIMAL of %d bytes is out of range", c.length)
	}
	return types.DecimalType(precision, scale), c.want(format.Int32, format.Int64, format.ByteArray, format.FixedLenByteArray)
}

func (c *Column) integer(width int, signed bool) (types.Type, error) {
	c.unsigned = !signed
	kinds := map[int]types.Type{8: types.TinyIntType, 16: types.SmallType, 32: types.IntType, 64: types.BigIntType}
	if !signed {
		kinds = map[int]types.Type{8: types.SmallType, 16: types.IntType, 32: types.BigIntType, 64: types.DecimalType(20, 0)}
	}
	t, ok := kinds[width]
	if !ok {
		return types.Type{}, fmt.Errorf("integers of %d bits are not supported", width)
	}
	if width == 64 {
		return t, c.want(format.Int64)
	}
	return t, c.want(format.Int32)
}

// time is TIME(3) for every unit, as Flink has it: times of day are milliseconds.
func (c *Column) time(unit int64) (types.Type, error) {
	c.unit = unit
	t := types.Type{Kind: types.Time, Precision: 3}
	if unit == 1_000 {
		return t, c.want(format.Int32)
	}
	return t, c.want(format.Int64)
}

func (c *Column) timestamp(unit int64, utc bool) (types.Type, error) {
	c.unit = unit
	t := types.TimestampType(precisionOf(unit))
	if utc {
		t.Kind = types.TimestampLTZ
	}
	return t, c.want(format.Int64)
}

func unitOf(u format.TimeUnit) int64 {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return 1_000
	case *format.MicroSeconds:
		return 1_000_000
	}
	return 1_000_000_000
}

func precisionOf(unit int64) int {
	switch unit {
	case 1_000:
		return 3
	case 1_000_000:
		return 6
	}
	return 9
}
