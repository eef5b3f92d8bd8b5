package parser

import (
	"math"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// intervalUnits are the units an interval may be written in, with their plurals.
var intervalUnits = map[string]ast.TimeUnit{
	"YEAR": ast.Year, "YEARS": ast.Year, "QUARTER": ast.Quarter, "QUARTERS": ast.Quarter,
	"MONTH": ast.Month, "MONTHS": ast.Month, "WEEK": ast.Week, "WEEKS": ast.Week,
	"DAY": ast.Day, "DAYS": ast.Day, "HOUR": ast.Hour, "HOURS": ast.Hour,
	"MINUTE": ast.Minute, "MINUTES": ast.Minute, "SECOND": ast.Second, "SECONDS": ast.Second,
}

// field is one unit of an interval, with its size in the smallest unit of its family.
type field struct {
	unit ast.TimeUnit
	size int64 // months or milliseconds
	most int64 // the largest value behind another field
}

var (
	monthFields  = []field{{ast.Year, 12, math.MaxInt64}, {ast.Month, 1, 11}}
	millisFields = []field{
		{ast.Day, 86400000, math.MaxInt64}, {ast.Hour, 3600000, 23}, {ast.Minute, 60000, 59}, {ast.Second, 1000, 59},
	}
	loneFields = []field{{ast.Quarter, 3, math.MaxInt64}, {ast.Week, 7 * 86400000, math.MaxInt64}}
)

// parseInterval parses INTERVAL [+|-]'…' qualifier.
func (p *parser) parseInterval() ast.Expr {
	lit := &ast.IntervalLit{At: p.at()}
	p.expect("INTERVAL")
	switch {
	case p.acceptSymbol("-"):
		lit.Negative = true
	case p.acceptSymbol("+"):
	}
	t := p.tok()
	if t.kind != tokenString {
		p.failExpectedHint("a string", "an interval is written INTERVAL '10' MINUTE; multiply it to compute one: n * INTERVAL '1' MINUTE")
	}
	lit.Text = p.next().text
	lit.Qualifier = p.intervalQualifier()
	value, ok := intervalValue(lit.Text, lit.Qualifier)
	if !ok {
		e := sqlerr.New(sqlerr.InvalidDatetime, t.pos, "'%s' is not an interval %s", clip(t.text), formatQualifier(lit.Qualifier))
		e.Width = t.width()
		p.fail(e.WithHint("for example %s", intervalExample(lit.Qualifier)))
	}
	if lit.Negative {
		value = -value
	}
	if lit.Qualifier.YearMonth() {
		lit.Months = value
	} else {
		lit.Millis = value
	}
	return lit
}

// intervalQualifier parses DAY, SECOND(3, 6), DAY(3) TO SECOND(6).
func (p *parser) intervalQualifier() ast.IntervalQualifier {
	q := ast.IntervalQualifier{Leading: ast.Unspecified, Fraction: ast.Unspecified}
	q.Start = p.intervalUnit()
	if p.acceptSymbol("(") {
		q.Leading = p.count("a precision")
		if q.Start == ast.Second && p.acceptSymbol(",") {
			q.Fraction = p.count("a precision")
		}
		p.expectSymbol(")")
	}
	if !p.is("TO") {
		return q
	}
	p.next()
	t := p.tok()
	q.End = p.intervalUnit()
	if intervalSpan(q) == nil {
		p.fail(p.errAt(t, "an interval cannot go from %s to %s", q.Start, q.End).
			WithHint("YEAR TO MONTH, or from DAY, HOUR or MINUTE to a smaller unit down to SECOND"))
	}
	if q.End == ast.Second && p.acceptSymbol("(") {
		q.Fraction = p.count("a precision")
		p.expectSymbol(")")
	}
	return q
}

func (p *parser) intervalUnit() ast.TimeUnit {
	t := p.tok()
	unit, ok := intervalUnits[t.upper]
	if t.kind != tokenWord || !ok {
		names := []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"}
		p.failExpected("a time unit", names...)
	}
	p.next()
	return unit
}

// intervalSpan is the fields from Start to End, nil if they do not combine.
func intervalSpan(q ast.IntervalQualifier) []field {
	end := q.End
	if end == "" {
		end = q.Start
	}
	for _, family := range [][]field{monthFields, millisFields, loneFields} {
		from, to := -1, -1
		for i, f := range family {
			if f.unit == q.Start {
				from = i
			}
			if f.unit == end {
				to = i
			}
		}
		if from >= 0 && (to == from && q.End == "" || to > from && family[from].unit != ast.Quarter) {
			return family[from : to+1]
		}
	}
	return nil
}

// intervalValue reads the text between the quotes: months or milliseconds.
func intervalValue(text string, q ast.IntervalQualifier) (value int64, ok bool) {
	text = strings.TrimSpace(text)
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	span := intervalSpan(q)
	for i, f := range span {
		part := text
		if i < len(span)-1 {
			var found bool
			if part, text, found = strings.Cut(text, fieldSeparator(f.unit)); !found {
				return 0, false
			}
		}
		fraction := ""
		if f.unit == ast.Second {
			var has bool
			if part, fraction, has = strings.Cut(part, "."); has && !digits(fraction, 1, 9) {
				return 0, false
			}
		}
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil || !digits(part, 1, 18) || i > 0 && n > f.most || n > (math.MaxInt64-value)/f.size-1 {
			return 0, false
		}
		value += n * f.size
		if fraction != "" {
			millis, _ := strconv.ParseInt((fraction + "00")[:3], 10, 64)
			value += millis
		}
	}
	if negative {
		value = -value
	}
	return value, true
}

// fieldSeparator is what stands behind a field that is not the last.
func fieldSeparator(unit ast.TimeUnit) string {
	switch unit {
	case ast.Year:
		return "-"
	case ast.Day:
		return " "
	default:
		return ":"
	}
}

func formatQualifier(q ast.IntervalQualifier) string {
	if q.End == "" {
		return string(q.Start)
	}
	return string(q.Start) + " TO " + string(q.End)
}

// intervalExample is a literal with this qualifier.
func intervalExample(q ast.IntervalQualifier) string {
	var b strings.Builder
	span := intervalSpan(q)
	for i, f := range span {
		b.WriteString("1")
		if i < len(span)-1 {
			b.WriteString(fieldSeparator(f.unit))
		}
	}
	return "INTERVAL '" + b.String() + "' " + formatQualifier(q)
}
