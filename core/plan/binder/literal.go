package binder

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// literal binds a constant; nil if e is none.
func (b *Binder) literal(e ast.Expr) *expr.Expr {
	var lit *expr.Expr
	switch e := e.(type) {
	case *ast.NumberLit:
		lit = number(e, false)
	case *ast.StringLit:
		lit = expr.Lit(types.CharType(len([]rune(e.Value))), types.StringValue(e.Value))
	case *ast.BinaryLit:
		lit = expr.Lit(types.Type{Kind: types.Binary, Length: len(e.Value)}, types.BytesValue(e.Value))
	case *ast.BoolLit:
		lit = expr.Lit(types.BooleanType, types.BoolValue(e.Value))
	case *ast.NullLit:
		lit = expr.Lit(types.NullType, types.NullValue())
		if e.Unknown {
			lit.Type = types.BooleanType
		}
	case *ast.DatetimeLit:
		lit = b.datetime(e)
	case *ast.IntervalLit:
		lit = expr.Lit(types.DaySecond, types.IntValue(e.Millis))
		if e.Qualifier.YearMonth() {
			lit = expr.Lit(types.YearMonth, types.IntValue(e.Months))
		}
	default:
		return nil
	}
	lit.Pos = e.Pos()
	return lit
}

// number is a numeric constant of the least type that its text allows.
func number(e *ast.NumberLit, negative bool) *expr.Expr {
	if e.Kind == ast.Double {
		return double(e, negative)
	}
	text := e.Text
	if negative {
		text = "-" + text
	}
	if e.Kind == ast.Integer {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return integer(n)
		}
	}
	whole, fraction, _ := strings.Cut(e.Text, ".")
	digits := max(1, len(whole)+len(fraction))
	if digits > types.MaxDecimalPrecision {
		failDigits(e)
	}
	v, ok := types.ParseDecimal(text, digits, len(fraction))
	if !ok {
		failDigits(e)
	}
	t := types.DecimalType(digits, len(fraction))
	return expr.Lit(t, types.DecimalValue(t, v))
}

func failDigits(e *ast.NumberLit) {
	fail(sqlerr.New(sqlerr.NumericOutOfRange, e.Pos(), "the number has more than %d digits", types.MaxDecimalPrecision).
		WithHint("with an exponent it is a DOUBLE: %se0", e.Text))
}

func integer(n int64) *expr.Expr {
	t := types.BigIntType
	if n >= math.MinInt32 && n <= math.MaxInt32 {
		t = types.IntType
	}
	return expr.Lit(t, types.IntValue(n))
}

func double(e *ast.NumberLit, negative bool) *expr.Expr {
	f, err := strconv.ParseFloat(e.Text, 64)
	if err != nil {
		fail(sqlerr.New(sqlerr.NumericOutOfRange, e.Pos(), "%s is out of the range of DOUBLE", e.Text))
	}
	if negative {
		f = -f
	}
	return expr.Lit(types.DoubleType, types.FloatValue(f))
}

func (b *Binder) datetime(e *ast.DatetimeLit) *expr.Expr {
	bad := func(what, form string, err error) {
		if err != nil {
			fail(sqlerr.New(sqlerr.InvalidDatetime, e.Pos(), "'%s' is not a %s", e.Text, what).WithHint("write '%s'", form))
		}
	}
	switch e.Kind {
	case ast.DateLiteral:
		days, err := parseDate(e.Text)
		bad("DATE", "yyyy-MM-dd", err)
		return expr.Lit(types.DateType, types.IntValue(days))
	case ast.TimeLiteral:
		millis, err := parseTime(e.Text)
		bad("TIME", "HH:mm:ss[.SSS]", err)
		return expr.Lit(types.Type{Kind: types.Time, Precision: min(3, fractionDigits(e.Text))}, types.IntValue(millis))
	}
	local, err := parseTimestamp(e.Text)
	bad("TIMESTAMP", "yyyy-MM-dd HH:mm:ss[.SSS]", err)
	t := types.TimestampType(fractionDigits(e.Text))
	if most := math.MaxInt64/t.TimeUnit() - 1; local.Unix() > most || local.Unix() < -most {
		fail(sqlerr.New(sqlerr.NumericOutOfRange, e.Pos(), "'%s' is out of the range of %s, which ends in 2262", e.Text, t))
	}
	if e.Kind == ast.TimestampLiteral {
		return expr.Lit(t, instant(t, local))
	}
	t = types.TimestampLTZType(t.Precision)
	zoned := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), b.location(e.Pos()))
	return expr.Lit(t, instant(t, zoned))
}

// parseDate reads y-M-d: at most four digits of year, none of them year 0.
func parseDate(s string) (days int64, err error) {
	t, err := yearFirst("2006-1-2", strings.TrimSpace(s))
	return t.Unix() / 86400, err
}

// yearFirst parses text that begins with a year of one to four digits.
func yearFirst(form, s string) (t time.Time, err error) {
	if dash := strings.IndexByte(s, '-'); dash > 0 && dash < 4 {
		s = "0000"[dash:] + s
	}
	t, err = time.Parse(form, s)
	if err == nil && t.Year() == 0 {
		err = errors.New("there is no year 0")
	}
	return t, err
}

func parseTime(s string) (millis int64, err error) {
	t, err := time.Parse("15:4:5", strings.TrimSpace(s))
	seconds := t.Hour()*3600 + t.Minute()*60 + t.Second()
	return int64(seconds)*1000 + int64(t.Nanosecond())/1_000_000, err
}

// parseTimestamp reads a timestamp without a zone.
func parseTimestamp(s string) (t time.Time, err error) {
	s = strings.TrimSpace(s)
	for _, form := range []string{"2006-1-2 15:4:5", "2006-1-2T15:4:5", "2006-1-2 15:4", "2006-1-2"} {
		if t, err = yearFirst(form, s); err == nil {
			return t, nil
		}
	}
	return t, err
}

// instant is a time as the value of a timestamp type; digits that it has no room for are cut off.
func instant(t types.Type, at time.Time) types.Value {
	unit := t.TimeUnit()
	return types.IntValue(at.Unix()*unit + int64(at.Nanosecond())/(1_000_000_000/unit))
}

func fractionDigits(text string) int {
	_, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	return min(9, len(fraction))
}
