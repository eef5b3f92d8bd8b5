package types

import (
	"fmt"
	"math"
	"strings"
)

// Kind is the root of a SQL type.
type Kind uint8

// The kinds. Their order is part of serialised plans: append only.
const (
	Invalid Kind = iota
	Null
	Boolean
	TinyInt
	SmallInt
	Integer
	BigInt
	Float
	Double
	Decimal
	Char
	Varchar
	Binary
	Varbinary
	Date
	Time
	Timestamp
	TimestampLTZ
	IntervalYearMonth
	IntervalDaySecond
	Array
	Map
	Multiset
	Row
	Variant // a JSON value with the types of its parts
	Bitmap  // a set of 32-bit integers, compressed
)

// MaxLength is the length of STRING and BYTES.
const MaxLength = math.MaxInt32

// MaxDecimalPrecision is the largest precision of DECIMAL.
const MaxDecimalPrecision = 38

// Type is a SQL type. Only the fields of its Kind are meaningful; the others are zero.
type Type struct {
	Kind      Kind    `json:"k"`
	Nullable  bool    `json:"n,omitempty"`
	Length    int     `json:"l,omitempty"`    // CHAR, VARCHAR, BINARY, VARBINARY: code points or bytes
	Precision int     `json:"p,omitempty"`    // DECIMAL: 1–38; TIME, TIMESTAMP, TIMESTAMP_LTZ: 0–9
	Scale     int     `json:"s,omitempty"`    // DECIMAL: 0–Precision
	Key       *Type   `json:"key,omitempty"`  // MAP
	Elem      *Type   `json:"elem,omitempty"` // ARRAY, MULTISET, MAP (the value)
	Fields    []Field `json:"f,omitempty"`    // ROW
}

// Nullable constructors of the types without parameters.
var (
	NullType    = Type{Kind: Null, Nullable: true}
	BooleanType = Type{Kind: Boolean, Nullable: true}
	TinyIntType = Type{Kind: TinyInt, Nullable: true}
	SmallType   = Type{Kind: SmallInt, Nullable: true}
	IntType     = Type{Kind: Integer, Nullable: true}
	BigIntType  = Type{Kind: BigInt, Nullable: true}
	FloatType   = Type{Kind: Float, Nullable: true}
	DoubleType  = Type{Kind: Double, Nullable: true}
	StringType  = Type{Kind: Varchar, Length: MaxLength, Nullable: true}
	BytesType   = Type{Kind: Varbinary, Length: MaxLength, Nullable: true}
	DateType    = Type{Kind: Date, Nullable: true}
	TimeType    = Type{Kind: Time, Nullable: true}
	YearMonth   = Type{Kind: IntervalYearMonth, Nullable: true}
	DaySecond   = Type{Kind: IntervalDaySecond, Nullable: true}
	VariantType = Type{Kind: Variant, Nullable: true}
	BitmapType  = Type{Kind: Bitmap, Nullable: true}
)

// DecimalType is DECIMAL(p, s), nullable.
func DecimalType(p, s int) Type { return Type{Kind: Decimal, Precision: p, Scale: s, Nullable: true} }

// TimestampType is TIMESTAMP(p), nullable.
func TimestampType(p int) Type { return Type{Kind: Timestamp, Precision: p, Nullable: true} }

// TimestampLTZType is TIMESTAMP_LTZ(p), nullable.
func TimestampLTZType(p int) Type { return Type{Kind: TimestampLTZ, Precision: p, Nullable: true} }

// CharType is CHAR(n), nullable.
func CharType(n int) Type { return Type{Kind: Char, Length: n, Nullable: true} }

// VarcharType is VARCHAR(n), nullable.
func VarcharType(n int) Type { return Type{Kind: Varchar, Length: n, Nullable: true} }

// ArrayType is ARRAY<elem>, nullable.
func ArrayType(elem Type) Type { return Type{Kind: Array, Elem: &elem, Nullable: true} }

// MapType is MAP<key, value>, nullable.
func MapType(key, value Type) Type { return Type{Kind: Map, Key: &key, Elem: &value, Nullable: true} }

// RowType is ROW<fields>, nullable.
func RowType(fields ...Field) Type { return Type{Kind: Row, Fields: fields, Nullable: true} }

// NotNull returns t without NULL.
func (t Type) NotNull() Type { t.Nullable = false; return t }

// WithNull returns t with the given nullability.
func (t Type) WithNull(nullable bool) Type { t.Nullable = nullable; return t }

// Equal reports whether two types are the same, nullability included.
func (t Type) Equal(o Type) bool { return t.Nullable == o.Nullable && t.Same(o) }

// Same reports whether two types are the same but for the nullability of the outermost.
func (t Type) Same(o Type) bool {
	if t.Kind != o.Kind || t.Length != o.Length || t.Precision != o.Precision || t.Scale != o.Scale {
		return false
	}
	if !samePtr(t.Key, o.Key) || !samePtr(t.Elem, o.Elem) || len(t.Fields) != len(o.Fields) {
		return false
	}
	for i := range t.Fields {
		if t.Fields[i].Name != o.Fields[i].Name || !t.Fields[i].Type.Equal(o.Fields[i].Type) {
			return false
		}
	}
	return true
}

func samePtr(a, b *Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// IsInteger reports TINYINT to BIGINT.
func (t Type) IsInteger() bool { return t.Kind >= TinyInt && t.Kind <= BigInt }

// IsNumeric reports integers, FLOAT, DOUBLE and DECIMAL.
func (t Type) IsNumeric() bool { return t.Kind >= TinyInt && t.Kind <= Decimal }

// IsApproximate reports FLOAT and DOUBLE.
func (t Type) IsApproximate() bool { return t.Kind == Float || t.Kind == Double }

// IsString reports CHAR and VARCHAR.
func (t Type) IsString() bool { return t.Kind == Char || t.Kind == Varchar }

// IsBinary reports BINARY and VARBINARY.
func (t Type) IsBinary() bool { return t.Kind == Binary || t.Kind == Varbinary }

// IsTimestamp reports TIMESTAMP and TIMESTAMP_LTZ.
func (t Type) IsTimestamp() bool { return t.Kind == Timestamp || t.Kind == TimestampLTZ }

// IsTemporal reports DATE, TIME and both timestamps.
func (t Type) IsTemporal() bool { return t.Kind >= Date && t.Kind <= TimestampLTZ }

// IsInterval reports both intervals.
func (t Type) IsInterval() bool { return t.Kind == IntervalYearMonth || t.Kind == IntervalDaySecond }

// IsNested reports ARRAY, MAP, MULTISET and ROW.
func (t Type) IsNested() bool { return t.Kind >= Array && t.Kind <= Row }

// HasOrder reports the types whose values can be more or less than others.
func (t Type) HasOrder() bool { return t.Kind != Variant && t.Kind != Bitmap }

var kindNames = [...]string{
	"INVALID", "NULL", "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL",
	"CHAR", "VARCHAR", "BINARY", "VARBINARY", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ",
	"INTERVAL YEAR TO MONTH", "INTERVAL DAY TO SECOND", "ARRAY", "MAP", "MULTISET", "ROW", "VARIANT", "BITMAP",
}

func (k Kind) String() string { return kindNames[k] }

// String prints the type as Flink's DESCRIBE does: DECIMAL(12, 2) NOT NULL.
func (t Type) String() string {
	s := t.base()
	if !t.Nullable {
		s += " NOT NULL"
	}
	return s
}

func (t Type) base() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	case Varchar:
		if t.Length == MaxLength {
			return "STRING"
		}
		return fmt.Sprintf("VARCHAR(%d)", t.Length)
	case Varbinary:
		if t.Length == MaxLength {
			return "BYTES"
		}
		return fmt.Sprintf("VARBINARY(%d)", t.Length)
	case Char, Binary:
		return fmt.Sprintf("%s(%d)", t.Kind, t.Length)
	case Time, Timestamp, TimestampLTZ:
		return fmt.Sprintf("%s(%d)", t.Kind, t.Precision)
	case Array, Multiset:
		return fmt.Sprintf("%s<%s>", t.Kind, t.Elem)
	case Map:
		return fmt.Sprintf("MAP<%s, %s>", t.Key, t.Elem)
	case Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = "`" + f.Name + "` " + f.Type.String()
		}
		return "ROW<" + strings.Join(parts, ", ") + ">"
	}
	return t.Kind.String()
}
