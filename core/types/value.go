package types

import "math"

// Value is one value of a type outside a column: literals, defaults, statistics.
// Which fields count is decided by the type's Phys. Values never appear per row.
type Value struct {
	Null  bool    `json:"null,omitempty"`
	I     int64   `json:"i,omitempty"`     // integers, booleans (0, 1), times; the bits of a FLOAT (as float64) or DOUBLE; the low word of an Int128
	Hi    int64   `json:"hi,omitempty"`    // the high word of an Int128
	B     []byte  `json:"b,omitempty"`     // strings and bytes
	Items []Value `json:"items,omitempty"` // ARRAY elements, ROW fields, MAP key and value alternating
}

// NullValue is NULL of any type.
func NullValue() Value { return Value{Null: true} }

// IntValue is an integer, a time, or a short decimal's unscaled value.
func IntValue(i int64) Value { return Value{I: i} }

// BoolValue is a BOOLEAN.
func BoolValue(b bool) Value {
	if b {
		return Value{I: 1}
	}
	return Value{}
}

// FloatValue is a FLOAT or DOUBLE.
func FloatValue(f float64) Value { return Value{I: int64(math.Float64bits(f))} }

// StringValue is a string.
func StringValue(s string) Value { return Value{B: []byte(s)} }

// BytesValue is a BYTES; b is kept.
func BytesValue(b []byte) Value { return Value{B: b} }

// Int128Value is a long decimal's unscaled value.
func Int128Value(v Int128) Value { return Value{I: int64(v.Lo), Hi: v.Hi} }

// Float reads a FLOAT or DOUBLE.
func (v Value) Float() float64 { return math.Float64frombits(uint64(v.I)) }

// Bool reads a BOOLEAN.
func (v Value) Bool() bool { return v.I != 0 }

// Str reads a string.
func (v Value) Str() string { return string(v.B) }

// Int128 reads a long decimal's unscaled value.
func (v Value) Int128() Int128 { return Int128{Lo: uint64(v.I), Hi: v.Hi} }
