package scalar

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

const unitNames = "NANOSECOND, MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM"

func init() {
	declare(function.Function{Name: "EXTRACT", Doc: function.Doc{
		Syntax: "EXTRACT(unit FROM value)", Category: "temporal",
		Text:     "A part of a date, time or interval as BIGINT. Besides the usual units: DOW (Sunday is 1), DOY, ISODOW, ISOYEAR, EPOCH.",
		Examples: []string{"EXTRACT(DAY FROM DATE '2006-06-05')"},
	}}, bindExtract, extractCode)
	for _, f := range []struct{ name, unit, text string }{
		{"YEAR", "YEAR", "The year."},
		{"QUARTER", "QUARTER", "The quarter, 1 to 4."},
		{"MONTH", "MONTH", "The month, 1 to 12."},
		{"WEEK", "WEEK", "The ISO week of the year, 1 to 53."},
		{"DAYOFYEAR", "DOY", "The day of the year, 1 to 366."},
		{"DAYOFMONTH", "DAY", "The day of the month, 1 to 31."},
		{"DAYOFWEEK", "DOW", "The day of the week; Sunday is 1."},
		{"HOUR", "HOUR", "The hour of the day, 0 to 23."},
		{"MINUTE", "MINUTE", "The minute of the hour, 0 to 59."},
		{"SECOND", "SECOND", "The second of the minute, 0 to 59."},
	} {
		declare(function.Function{Name: f.name, Doc: function.Doc{
			Syntax: f.name + "(date or time)", Category: "temporal", Text: f.text,
		}}, takes(returns(types.BigIntType), 1, aTemporal), partCode(f.unit))
	}
	declare(function.Function{Name: "FLOOR TO", Doc: function.Doc{
		Syntax: "FLOOR(value TO unit)", Category: "temporal",
		Text: "The date or time cut down to a unit; weeks begin on Sunday.", Examples: []string{"FLOOR(TIME '12:44:31' TO MINUTE)"},
	}}, bindRoundTo, roundToCode(false))
	declare(function.Function{Name: "CEIL TO", Doc: function.Doc{
		Syntax: "CEIL(value TO unit)", Category: "temporal",
		Text: "The date or time raised to a unit; weeks begin on Sunday.", Examples: []string{"CEIL(TIME '12:44:31' TO MINUTE)"},
	}}, bindRoundTo, roundToCode(true))
	declare(function.Function{Name: "TIMESTAMPADD", Doc: function.Doc{
		Syntax: "TIMESTAMPADD(unit, count, value)", Category: "temporal",
		Text:     "The date or time moved by a count of units; the day is held within the month.",
		Examples: []string{"TIMESTAMPADD(WEEK, 1, DATE '2003-01-02')"},
	}}, bindTimestampAdd, timestampAddCode)
	declare(function.Function{Name: "TIMESTAMPDIFF", Doc: function.Doc{
		Syntax: "TIMESTAMPDIFF(unit, from, to)", Category: "temporal",
		Text:     "The whole units from one date or time to another.",
		Examples: []string{"TIMESTAMPDIFF(DAY, DATE '2003-01-02', DATE '2003-01-03')"},
	}}, bindTimestampDiff, timestampDiffCode)
	declare(function.Function{Name: "MINUS_DATE", Doc: function.Doc{
		Syntax: "(value1 - value2) unit", Category: "temporal",
		Text: "The difference of two dates or times as an interval: of whole months for YEAR to MONTH, else to the millisecond.",
	}}, bindMinusDate, minusDateCode)
}

// timeUnits maps the accepted spellings to the unit.
var timeUnits = func() map[string]string {
	m := map[string]string{}
	for _, u := range strings.Split(unitNames, ", ") {
		m[u] = u
	}
	for _, u := range []string{"NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} {
		m["SQL_TSI_"+u], m[u+"S"] = u, u
	}
	m["SQL_TSI_FRAC_SECOND"], m["FRAC_SECOND"] = "NANOSECOND", "NANOSECOND"
	return m
}()

// extractUnits are those that only EXTRACT knows.
var extractUnits = map[string]bool{"DOW": true, "DOY": true, "ISODOW": true, "ISOYEAR": true, "EPOCH": true}

func unitOf(i int, a function.Arg) (string, error) {
	word, ok := literalWord(a)
	if !ok {
		return "", mismatch(i, "a unit of time", a.Type)
	}
	if extractUnits[word] {
		return word, nil
	}
	if u, ok := timeUnits[word]; ok {
		return u, nil
	}
	return "", fmt.Errorf("%s is no unit of time; the units are %s", word, unitNames)
}

func isMonthUnit(unit string) bool {
	switch unit {
	case "MONTH", "QUARTER", "YEAR", "DECADE", "CENTURY", "MILLENNIUM":
		return true
	}
	return false
}

func isDayUnit(unit string) bool { return unit == "DAY" || unit == "WEEK" || isMonthUnit(unit) }

func bindExtract(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 2, 2, false); err != nil {
		return function.Signature{}, err
	}
	if _, err := unitOf(0, args[0]); err != nil {
		return function.Signature{}, err
	}
	t := args[1].Type
	if !t.IsTemporal() && !t.IsInterval() {
		return function.Signature{}, mismatch(1, "a date, time or interval", t)
	}
	return function.Signature{Args: typesOf(args), Result: types.BigIntType.WithNull(t.Nullable)}, nil
}

func bindRoundTo(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 2, 2, false); err != nil {
		return function.Signature{}, err
	}
	unit, err := unitOf(1, args[1])
	if err != nil {
		return function.Signature{}, err
	}
	t := args[0].Type
	if !t.IsTemporal() {
		return function.Signature{}, mismatch(0, "a date or time", t)
	}
	if extractUnits[unit] || t.Kind == types.Time && isDayUnit(unit) || t.Kind == types.Date && !isDayUnit(unit) {
		return function.Signature{}, fmt.Errorf("%s cannot be rounded to %s", t.WithNull(true), unit)
	}
	return function.Signature{Args: typesOf(args), Result: t}, nil
}

// bindTimestampAdd: a date moved by hours or less becomes a timestamp, and
// fractions of a second widen the precision.
func bindTimestampAdd(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 3, 3, false); err != nil {
		return function.Signature{}, err
	}
	unit, err := unitOf(0, args[0])
	if err != nil {
		return function.Signature{}, err
	}
	n, t := args[1].Type, args[2].Type
	if !n.IsInteger() && n.Kind != types.Null {
		return function.Signature{}, mismatch(1, "an integer", n)
	}
	if !t.IsTemporal() {
		return function.Signature{}, mismatch(2, "a date or time", t)
	}
	if extractUnits[unit] || t.Kind == types.Time && isDayUnit(unit) {
		return function.Signature{}, fmt.Errorf("%s cannot be added to %s", unit, t.WithNull(true))
	}
	result := t
	if t.Kind == types.Date && !isDayUnit(unit) {
		result = types.TimestampType(6)
	}
	if result.IsTimestamp() {
		result.Precision = max(result.Precision, unitPrecision[unit])
	}
	return function.Signature{
		Args:   []types.Type{args[0].Type, types.BigIntType.WithNull(n.Nullable), t},
		Result: result.WithNull(n.Nullable || t.Nullable),
	}, nil
}

var unitPrecision = map[string]int{"MILLISECOND": 3, "MICROSECOND": 6, "NANOSECOND": 9}

// pairOfTimes brings two dates or timestamps to one type.
func pairOfTimes(args []function.Arg, at int) (types.Type, error) {
	a, b := args[at].Type, args[at+1].Type
	t, ok := types.CommonComparison(a, b)
	if !ok || !t.IsTemporal() {
		return t, cannotCombine(args[at : at+2])
	}
	if t.IsTimestamp() && a.Precision != b.Precision { // nanoseconds would shrink the range
		t.Precision = min(t.Precision, 3)
	}
	return t, nil
}

func bindTimestampDiff(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 3, 3, false); err != nil {
		return function.Signature{}, err
	}
	unit, err := unitOf(0, args[0])
	if err != nil {
		return function.Signature{}, err
	}
	t, err := pairOfTimes(args, 1)
	if err != nil {
		return function.Signature{}, err
	}
	if extractUnits[unit] || t.Kind == types.Time && isDayUnit(unit) {
		return function.Signature{}, fmt.Errorf("%s is no distance between two %s", unit, t.WithNull(true))
	}
	a, b := args[1].Type.Nullable, args[2].Type.Nullable
	return function.Signature{
		Args:   []types.Type{args[0].Type, t.WithNull(a), t.WithNull(b)},
		Result: types.IntType.WithNull(a || b),
	}, nil
}

// bindMinusDate takes value1, value2, unit.
func bindMinusDate(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 3, 3, false); err != nil {
		return function.Signature{}, err
	}
	unit, err := unitOf(2, args[2])
	if err != nil {
		return function.Signature{}, err
	}
	t, err := pairOfTimes(args, 0)
	if err != nil {
		return function.Signature{}, err
	}
	result := types.DaySecond
	if isMonthUnit(unit) {
		result = types.YearMonth
	}
	a, b := args[0].Type.Nullable, args[1].Type.Nullable
	return function.Signature{
		Args:   []types.Type{t.WithNull(a), t.WithNull(b), args[2].Type},
		Result: result.WithNull(a || b),
	}, nil
}

func extractCode(s Site) (kernel.Kernel, error) {
	unit, err := unitOf(0, s.Args[0])
	if err != nil {
		return kernel.Kernel{}, err
	}
	return kernel.Extract(unit, s.Args[1].Type, 1)
}

func partCode(unit string) Code {
	return func(s Site) (kernel.Kernel, error) { return kernel.Extract(unit, s.Args[0].Type, 0) }
}

func roundToCode(up bool) Code {
	return func(s Site) (kernel.Kernel, error) {
		unit, err := unitOf(1, s.Args[1])
		return kernel.RoundTo(unit, s.Type, up), err
	}
}

func timestampAddCode(s Site) (kernel.Kernel, error) {
	unit, err := unitOf(0, s.Args[0])
	return kernel.TimestampAdd(unit, s.Args[2].Type, s.Type), err
}

func timestampDiffCode(s Site) (kernel.Kernel, error) {
	unit, err := unitOf(0, s.Args[0])
	return kernel.DiffUnits(unit, s.Args[1].Type), err
}

func minusDateCode(s Site) (kernel.Kernel, error) {
	unit, err := unitOf(2, s.Args[2])
	return kernel.DiffInterval(unit, s.Args[0].Type), err
}
