package protocol

import (
	"fmt"

	"github.com/weir-engine/weir/core/types"
)

// Column is a column of a result.
type Column struct {
	Name        string      `json:"name"`
	LogicalType LogicalType `json:"logicalType"`
	Comment     *string     `json:"comment"`
}

// LogicalType is a SQL type as JSON; members that a type has not are missing.
type LogicalType struct {
	Type                string       `json:"type"`
	Nullable            *bool        `json:"nullable,omitempty"` // NULL alone has none
	Length              *int         `json:"length,omitempty"`
	Precision           *int         `json:"precision,omitempty"`
	Scale               *int         `json:"scale,omitempty"`
	FractionalPrecision *int         `json:"fractionalPrecision,omitempty"`
	Resolution          string       `json:"resolution,omitempty"`
	KeyType             *LogicalType `json:"keyType,omitempty"`
	ValueType           *LogicalType `json:"valueType,omitempty"`
	ElementType         *LogicalType `json:"elementType,omitempty"`
	Fields              *[]RowField  `json:"fields,omitempty"`
}

// RowField is a field of a ROW.
type RowField struct {
	Name      string      `json:"name"`
	FieldType LogicalType `json:"fieldType"`
}

// names are Flink's names of type roots.
var names = map[types.Kind]string{
	types.Null: "NULL", types.Boolean: "BOOLEAN", types.TinyInt: "TINYINT", types.SmallInt: "SMALLINT", types.Integer: "INTEGER",
	types.BigInt: "BIGINT", types.Float: "FLOAT", types.Double: "DOUBLE", types.Decimal: "DECIMAL", types.Char: "CHAR",
	types.Varchar: "VARCHAR", types.Binary: "BINARY", types.Varbinary: "VARBINARY", types.Date: "DATE",
	types.Time: "TIME_WITHOUT_TIME_ZONE", types.Timestamp: "TIMESTAMP_WITHOUT_TIME_ZONE",
	types.TimestampLTZ: "TIMESTAMP_WITH_LOCAL_TIME_ZONE", types.IntervalYearMonth: "INTERVAL_YEAR_MONTH",
	types.IntervalDaySecond: "INTERVAL_DAY_TIME", types.Array: "ARRAY", types.Map: "MAP", types.Multiset: "MULTISET", types.Row: "ROW",
	types.Variant: "VARIANT", types.Bitmap: "BITMAP",
}

var kinds = func() map[string]types.Kind {
	out := map[string]types.Kind{}
	for k, n := range names {
		out[n] = k
	}
	return out
}()

// The precisions that Flink gives every interval of a result.
const (
	leadingDigits = 2
	secondDigits  = 3
)

// TypeOf writes a type.
func TypeOf(t types.Type) (LogicalType, error) {
	name, ok := names[t.Kind]
	if !ok {
		return LogicalType{}, fmt.Errorf("type %s cannot be sent to a client", t)
	}
	out := LogicalType{Type: name}
	if t.Kind == types.Null {
		return out, nil
	}
	out.Nullable = &t.Nullable
	switch t.Kind {
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		out.Length = &t.Length
	case types.Decimal:
		out.Precision, out.Scale = &t.Precision, &t.Scale
	case types.Time, types.Timestamp, types.TimestampLTZ:
		out.Precision = &t.Precision
	case types.IntervalYearMonth:
		out.Precision, out.Resolution = new(int), "MONTH"
		*out.Precision = leadingDigits
	case types.IntervalDaySecond:
		out.Precision, out.FractionalPrecision, out.Resolution = new(int), new(int), "SECOND"
		*out.Precision, *out.FractionalPrecision = leadingDigits, secondDigits
	case types.Array, types.Multiset, types.Map, types.Row:
		return out, out.nest(t)
	}
	return out, nil
}

// nest writes what a type is made of.
func (l *LogicalType) nest(t types.Type) error {
	part := func(t types.Type) (*LogicalType, error) {
		p, err := TypeOf(t)
		return &p, err
	}
	var err error
	switch t.Kind {
	case types.Map:
		if l.KeyType, err = part(*t.Key); err == nil {
			l.ValueType, err = part(*t.Elem)
		}
	case types.Row:
		fields := make([]RowField, len(t.Fields))
		for i, f := range t.Fields {
			fields[i].Name = f.Name
			if fields[i].FieldType, err = TypeOf(f.Type); err != nil {
				return err
			}
		}
		l.Fields = &fields
	default:
		l.ElementType, err = part(*t.Elem)
	}
	return err
}

// SQL reads a type.
func (l *LogicalType) SQL() (types.Type, error) {
	if l == nil {
		return types.Type{}, fmt.Errorf("a type of the result has no part of its own")
	}
	kind, ok := kinds[l.Type]
	if !ok {
		return types.Type{}, fmt.Errorf("the server sends type %s, which this client does not know", l.Type)
	}
	t := types.Type{Kind: kind, Nullable: l.Nullable == nil || *l.Nullable}
	switch kind {
	case types.Array, types.Multiset, types.Map, types.Row:
		return t, l.unnest(&t)
	case types.IntervalYearMonth, types.IntervalDaySecond:
		return t, nil
	}
	set(&t.Length, l.Length)
	set(&t.Precision, l.Precision)
	set(&t.Scale, l.Scale)
	return t, nil
}

func set(to, from *int) {
	if from != nil {
		*to = *from
	}
}

// unnest reads what a type is made of.
func (l *LogicalType) unnest(t *types.Type) error {
	switch t.Kind {
	case types.Row:
		if l.Fields == nil {
			return nil
		}
		for i := range *l.Fields {
			f := &(*l.Fields)[i]
			part, err := f.FieldType.SQL()
			if err != nil {
				return err
			}
			t.Fields = append(t.Fields, types.Field{Name: f.Name, Type: part})
		}
		return nil
	case types.Map:
		key, err := l.KeyType.SQL()
		if err != nil {
			return err
		}
		t.Key = &key
	}
	part := l.ElementType
	if t.Kind == types.Map {
		part = l.ValueType
	}
	elem, err := part.SQL()
	t.Elem = &elem
	return err
}

// ColumnsOf writes the columns of a result.
func ColumnsOf(s *types.Schema) ([]Column, error) {
	out := make([]Column, len(s.Fields))
	for i, f := range s.Fields {
		t, err := TypeOf(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column `%s`: %w", f.Name, err)
		}
		out[i] = Column{Name: f.Name, LogicalType: t}
	}
	return out, nil
}

// Schema reads the columns of a result.
func Schema(cols []Column) (*types.Schema, error) {
	s := &types.Schema{}
	for i := range cols {
		t, err := cols[i].LogicalType.SQL()
		if err != nil {
			return nil, fmt.Errorf("column `%s`: %w", cols[i].Name, err)
		}
		s.Fields = append(s.Fields, types.Field{Name: cols[i].Name, Type: t})
	}
	return s, nil
}
