package types

// Phys is how the values of a type lie in a column: the element type that
// kernels loop over. Layouts are Arrow's.
type Phys uint8

// The physical layouts. Their order is part of the state and wire formats: append only.
const (
	PhysNull    Phys = iota // no values
	PhysBool                // bits, least significant first
	PhysInt8                // TINYINT
	PhysInt16               // SMALLINT
	PhysInt32               // INT; DATE: days since 1970-01-01; TIME: milliseconds of the day; INTERVAL YEAR TO MONTH: months
	PhysInt64               // BIGINT; DECIMAL(p ≤ 18): unscaled; timestamps: TimeUnit since the epoch; INTERVAL DAY TO SECOND: milliseconds
	PhysInt128              // DECIMAL(p > 18): unscaled, low word first
	PhysFloat32             // FLOAT
	PhysFloat64             // DOUBLE
	PhysBytes               // strings and bytes: 16-byte views into buffers
	PhysList                // ARRAY, MULTISET and MAP (a list of entries)
	PhysStruct              // ROW
)

// MaxShortDecimal is the largest precision whose unscaled values fit 64 bits.
const MaxShortDecimal = 18

// Phys is the layout of a type.
func (t Type) Phys() Phys {
	switch t.Kind {
	case Boolean:
		return PhysBool
	case TinyInt:
		return PhysInt8
	case SmallInt:
		return PhysInt16
	case Integer, Date, Time, IntervalYearMonth:
		return PhysInt32
	case BigInt, Timestamp, TimestampLTZ, IntervalDaySecond:
		return PhysInt64
	case Decimal:
		if t.Precision <= MaxShortDecimal {
			return PhysInt64
		}
		return PhysInt128
	case Float:
		return PhysFloat32
	case Double:
		return PhysFloat64
	case Char, Varchar, Binary, Varbinary, Variant, Bitmap: // a VARIANT as its JSON, a BITMAP as Roaring stores it
		return PhysBytes
	case Array, Map, Multiset:
		return PhysList
	case Row:
		return PhysStruct
	}
	return PhysNull
}

// Width is the bytes of one value of a fixed layout; 0 for bits and nested layouts.
func (p Phys) Width() int {
	switch p {
	case PhysInt8:
		return 1
	case PhysInt16:
		return 2
	case PhysInt32, PhysFloat32:
		return 4
	case PhysInt64, PhysFloat64:
		return 8
	case PhysInt128, PhysBytes:
		return 16
	}
	return 0
}

// IsFixed reports layouts whose values all have Width bytes and point nowhere.
func (p Phys) IsFixed() bool { return p >= PhysInt8 && p <= PhysFloat64 }

// Int128 is a two's complement 128-bit integer, laid out as Arrow's decimal128.
type Int128 struct {
	Lo uint64
	Hi int64
}

// TimeUnit is ticks per second of a timestamp's 64-bit value: milliseconds up to
// precision 3, microseconds up to 6, nanoseconds above.
func (t Type) TimeUnit() int64 {
	switch {
	case t.Precision <= 3:
		return 1_000
	case t.Precision <= 6:
		return 1_000_000
	}
	return 1_000_000_000
}
