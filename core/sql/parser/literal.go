package parser

import (
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// parseDatetime parses DATE '…', TIME '…', TIMESTAMP [WITH LOCAL TIME ZONE] '…'.
func (p *parser) parseDatetime() ast.Expr {
	t := p.tok()
	d := &ast.DatetimeLit{At: p.at()}
	if p.peek(1).kind != tokenString && !p.is("TIMESTAMP", "WITH") && !p.is("TIMESTAMP", "WITHOUT") {
		p.failIdent("an expression")
	}
	p.next()
	want, ok := "", false
	switch t.upper {
	case "DATE":
		d.Kind, d.Text, want = ast.DateLiteral, p.tok().text, "yyyy-mm-dd"
		ok = isDate(d.Text)
	case "TIME":
		d.Kind, d.Text, want = ast.TimeLiteral, p.tok().text, "hh:mm:ss[.fff]"
		ok = isTime(d.Text)
	default:
		d.Kind = ast.TimestampLiteral
		if p.accept("WITH") {
			p.accept("LOCAL")
			p.expect("TIME", "ZONE")
			d.Kind = ast.TimestampLTZLiteral
		} else if p.accept("WITHOUT") {
			p.expect("TIME", "ZONE")
		}
		d.Text, want = p.tok().text, "yyyy-mm-dd [hh:mm:ss[.fff]]"
		date, time, both := strings.Cut(d.Text, " ")
		ok = isDate(date) && (!both || isTime(time))
	}
	s := p.tok()
	p.stringLit("a string")
	if !ok {
		e := sqlerr.New(sqlerr.InvalidDatetime, s.pos, "'%s' is not a %s", clip(s.text), t.upper)
		e.Width = s.width()
		p.fail(e.WithHint("the form is %s '%s'", t.upper, want))
	}
	return d
}

func isDate(s string) bool {
	parts := strings.Split(s, "-")
	return len(parts) == 3 && digits(parts[0], 1, 4) && digits(parts[1], 1, 2) && digits(parts[2], 1, 2)
}

func isTime(s string) bool {
	s, fraction, has := strings.Cut(s, ".")
	if has && !digits(fraction, 1, 9) {
		return false
	}
	parts := strings.Split(s, ":")
	return len(parts) == 3 && digits(parts[0], 1, 2) && digits(parts[1], 1, 2) && digits(parts[2], 1, 2)
}

// digits reports whether s is lo to hi decimal digits.
func digits(s string, lo, hi int) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return len(s) >= lo && len(s) <= hi
}

var timeUnits = map[string]ast.TimeUnit{
	"SQL_TSI_MICROSECOND": ast.Microsecond, "SQL_TSI_SECOND": ast.Second, "SQL_TSI_MINUTE": ast.Minute,
	"SQL_TSI_HOUR": ast.Hour, "SQL_TSI_DAY": ast.Day, "SQL_TSI_WEEK": ast.Week, "SQL_TSI_MONTH": ast.Month,
	"SQL_TSI_QUARTER": ast.Quarter, "SQL_TSI_YEAR": ast.Year,
}

var unitNames []string

func init() {
	for _, u := range []ast.TimeUnit{
		ast.Nanosecond, ast.Microsecond, ast.Millisecond, ast.Second, ast.Minute, ast.Hour, ast.Day,
		ast.Week, ast.Month, ast.Quarter, ast.Year, ast.Decade, ast.Century, ast.Millennium,
		ast.DOW, ast.DOY, ast.ISODOW, ast.ISOYear, ast.Epoch,
	} {
		timeUnits[string(u)] = u
		unitNames = append(unitNames, string(u))
	}
}

// unitSymbol parses a time unit among the arguments of a function.
func (p *parser) unitSymbol() *ast.Symbol {
	t := p.tok()
	unit, ok := timeUnits[t.upper]
	if t.kind != tokenWord || !ok {
		e := p.errAt(t, "expected a time unit, found %s", t.describe())
		if near := nearestWord(t.upper, unitNames); near != "" {
			p.fail(e.WithHint("did you mean %s?", near))
		}
		p.fail(e.WithHint("the units are %s", strings.Join(unitNames, ", ")))
	}
	p.next()
	return &ast.Symbol{At: ast.At(t.pos), Word: string(unit)}
}
