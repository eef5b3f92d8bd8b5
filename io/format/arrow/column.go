package arrow

import (
	"errors"
	"fmt"

	apache "github.com/apache/arrow/go/v17/arrow"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// Column is a column of a file.
type Column struct {
	Name string
	Type types.Type // as inferred from the file; meaningless where Err is set
	Err  error      // why the column cannot be read: it is of a type SQL does not have
}

func columnsOf(s *apache.Schema) (out []Column) {
	for _, f := range s.Fields() {
		c := Column{Name: f.Name}
		c.Type, c.Err = typeOf(f)
		out = append(out, c)
	}
	return out
}

var simple = map[apache.Type]types.Type{
	apache.NULL: types.IntType, apache.BOOL: types.BooleanType,
	apache.INT8: types.TinyIntType, apache.INT16: types.SmallType, apache.INT32: types.IntType, apache.INT64: types.BigIntType,
	apache.UINT8: types.SmallType, apache.UINT16: types.IntType, apache.UINT32: types.BigIntType, apache.UINT64: types.DecimalType(20, 0),
	apache.FLOAT16: types.FloatType, apache.FLOAT32: types.FloatType, apache.FLOAT64: types.DoubleType,
	apache.STRING: types.StringType, apache.LARGE_STRING: types.StringType, apache.STRING_VIEW: types.StringType,
	apache.BINARY: types.BytesType, apache.LARGE_BINARY: types.BytesType, apache.BINARY_VIEW: types.BytesType,
	apache.DATE32: types.DateType, apache.DATE64: types.DateType,
	apache.INTERVAL_MONTHS: types.YearMonth, apache.DURATION: types.DaySecond,
}

// typeOf is the SQL type of a field.
func typeOf(f apache.Field) (types.Type, error) {
	t, err := typeOfData(f.Type)
	return t.WithNull(f.Nullable || f.Type.ID() == apache.NULL), err
}

func typeOfData(t apache.DataType) (types.Type, error) {
	if known, ok := simple[t.ID()]; ok {
		return known, nil
	}
	switch t := t.(type) {
	case *apache.FixedSizeBinaryType:
		return types.Type{Kind: types.Binary, Length: t.ByteWidth}, nil
	case apache.DecimalType:
		p, s := int(t.GetPrecision()), int(t.GetScale())
		if p < 1 || p > types.MaxDecimalPrecision || s < 0 || s > p {
			return types.Type{}, fmt.Errorf("DECIMAL(%d, %d) is out of range", p, s)
		}
		return types.DecimalType(p, s), nil
	case *apache.Time32Type, *apache.Time64Type:
		return types.Type{Kind: types.Time, Precision: 3}, nil // as Flink has it: milliseconds
	case *apache.TimestampType:
		out := types.TimestampType(precisionOf(t.Unit))
		if t.TimeZone != "" {
			out.Kind = types.TimestampLTZ
		}
		return out, nil
	case *apache.DictionaryType:
		return typeOfData(t.ValueType)
	case *apache.RunEndEncodedType:
		return typeOfData(t.Encoded())
	case apache.ExtensionType:
		return typeOfData(t.StorageType())
	}
	return nestedType(t)
}

func nestedType(t apache.DataType) (types.Type, error) {
	switch t := t.(type) {
	case *apache.MapType: // before lists, which it is one of
		key, err := typeOf(t.KeyField())
		if err != nil {
			return key, err
		}
		value, err := typeOf(t.ItemField())
		return types.MapType(key, value), err
	case *apache.ListViewType, *apache.LargeListViewType:
		return types.Type{}, fmt.Errorf("%s is not supported", t)
	case apache.ListLikeType:
		elem, err := typeOf(t.ElemField())
		return types.ArrayType(elem), err
	case *apache.StructType:
		row := types.RowType()
		for _, f := range t.Fields() {
			typ, err := typeOf(f)
			if err != nil {
				return row, err
			}
			row.Fields = append(row.Fields, types.Field{Name: f.Name, Type: typ})
		}
		if len(row.Fields) == 0 {
			return row, errors.New("a struct without fields is not supported")
		}
		return row, nil
	}
	return types.Type{}, fmt.Errorf("type %s is not supported", t)
}

func precisionOf(u apache.TimeUnit) int {
	switch u {
	case apache.Second:
		return 0
	case apache.Millisecond:
		return 3
	case apache.Microsecond:
		return 6
	}
	return 9
}

// ConvertsTo reports whether a column can be read as t, and otherwise says why not.
// Besides its own type that is any wider integer, a longer decimal of its scale,
// another precision of a timestamp, bytes for strings, and rows of some of its fields.
func (c *Column) ConvertsTo(t types.Type) error {
	if c.Err != nil {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "arrow: column %s: %s", c.Name, c.Err)
	}
	if !converts(c.Type, t) {
		return sqlerr.Newf(sqlerr.DatatypeMismatch, "arrow: column %s is %s, the table declares %s", c.Name, c.Type, t)
	}
	return nil
}

func converts(from, to types.Type) bool {
	switch {
	case from.IsInteger() && to.IsInteger():
		return to.Kind >= from.Kind
	case from.IsTimestamp():
		return to.IsTimestamp()
	case from.IsString() || from.IsBinary():
		return to.IsString() || to.Kind == types.Varbinary || to.Kind == types.Binary && from.Kind == types.Binary && from.Length == to.Length
	case from.Kind != to.Kind:
		return from.Kind == types.Float && to.Kind == types.Double
	}
	switch from.Kind {
	case types.Decimal:
		return from.Scale == to.Scale && from.Precision <= to.Precision
	case types.Array:
		return converts(*from.Elem, *to.Elem)
	case types.Map:
		return converts(*from.Key, *to.Key) && converts(*from.Elem, *to.Elem)
	case types.Row:
		for _, f := range to.Fields {
			at := fieldOf(from, f.Name)
			if at < 0 || !converts(from.Fields[at].Type, f.Type) {
				return false
			}
		}
	}
	return true
}

func fieldOf(row types.Type, name string) int {
	for i, f := range row.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}
