package ast

// NumberKind says how a number was written, which decides its type.
type NumberKind uint8

// The ways to write a number.
const (
	Integer NumberKind = iota // 42: INT or BIGINT, DECIMAL beyond
	Decimal                   // 4.2, .5, 4.: DECIMAL of just these digits
	Double                    // 42e0: DOUBLE
)

// NumberLit is an unsigned number. A sign before it is a Unary around it.
type NumberLit struct {
	At
	Text string // as written
	Kind NumberKind
}

// StringLit is a character string, its escapes resolved.
type StringLit struct {
	At
	Value   string
	Charset string // of _UTF8'…', without the underscore; empty where none was written
}

// BinaryLit is x'0aff'.
type BinaryLit struct {
	At
	Value []byte
}

// BoolLit is TRUE or FALSE.
type BoolLit struct {
	At
	Value bool
}

// NullLit is NULL, or UNKNOWN: a NULL that is known to be BOOLEAN.
type NullLit struct {
	At
	Unknown bool
}

// DatetimeKind is the type word before a datetime literal.
type DatetimeKind uint8

// The types that have literals.
const (
	DateLiteral DatetimeKind = iota
	TimeLiteral
	TimestampLiteral
	TimestampLTZLiteral // TIMESTAMP WITH LOCAL TIME ZONE '…'
)

// DatetimeLit is DATE '2026-01-31', TIME '10:00:00', TIMESTAMP '2026-01-31 10:00:00.5'.
// The parser has checked the shape of the text, not the calendar.
type DatetimeLit struct {
	At
	Kind DatetimeKind
	Text string
}

// IntervalLit is INTERVAL [-]'1 10:00' DAY TO MINUTE.
type IntervalLit struct {
	At
	Negative  bool   // a sign before the quotes
	Text      string // between the quotes, perhaps with a sign of its own
	Qualifier IntervalQualifier
	Months    int64 // the value, signs applied, of a year-month interval
	Millis    int64 // the value, signs applied, of a day-time interval; digits below milliseconds are cut off
}

// Unspecified stands for a precision that was not written.
const Unspecified = -1

// IntervalQualifier is DAY, SECOND(3, 6), DAY TO SECOND(3).
type IntervalQualifier struct {
	Start    TimeUnit // YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND
	End      TimeUnit // empty in a single-field qualifier
	Leading  int      // digits of the first field, or Unspecified
	Fraction int      // digits of fractional seconds, or Unspecified
}

// YearMonth reports whether the interval counts months rather than milliseconds.
func (q IntervalQualifier) YearMonth() bool {
	return q.Start == Year || q.Start == Quarter || q.Start == Month
}

// TimeUnit is a unit of time in upper case.
type TimeUnit string

// The units of intervals, EXTRACT, FLOOR … TO, TIMESTAMPADD and TIMESTAMPDIFF.
const (
	Nanosecond  TimeUnit = "NANOSECOND"
	Microsecond TimeUnit = "MICROSECOND"
	Millisecond TimeUnit = "MILLISECOND"
	Second      TimeUnit = "SECOND"
	Minute      TimeUnit = "MINUTE"
	Hour        TimeUnit = "HOUR"
	Day         TimeUnit = "DAY"
	Week        TimeUnit = "WEEK"
	Month       TimeUnit = "MONTH"
	Quarter     TimeUnit = "QUARTER"
	Year        TimeUnit = "YEAR"
	Decade      TimeUnit = "DECADE"
	Century     TimeUnit = "CENTURY"
	Millennium  TimeUnit = "MILLENNIUM"
	DOW         TimeUnit = "DOW"
	DOY         TimeUnit = "DOY"
	ISODOW      TimeUnit = "ISODOW"
	ISOYear     TimeUnit = "ISOYEAR"
	Epoch       TimeUnit = "EPOCH"
)

func (*NumberLit) expr()   {}
func (*StringLit) expr()   {}
func (*BinaryLit) expr()   {}
func (*BoolLit) expr()     {}
func (*NullLit) expr()     {}
func (*DatetimeLit) expr() {}
func (*IntervalLit) expr() {}
