package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/sql/ast"
)

// grouped writes an expression with parentheses around every operation, so that a
// test can say how operators bind.
func grouped(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Unary:
		return "(" + e.Op.String() + " " + grouped(e.X) + ")"
	case *ast.Binary:
		return "(" + grouped(e.Left) + " " + e.Op.String() + " " + grouped(e.Right) + ")"
	case *ast.Is:
		return fmt.Sprintf("(%s IS%s %s)", grouped(e.X), not(e.Not), e.Test)
	case *ast.Between:
		return fmt.Sprintf("(%s%s BETWEEN %s AND %s)", grouped(e.X), not(e.Not), grouped(e.Low), grouped(e.High))
	case *ast.Like:
		return fmt.Sprintf("(%s%s LIKE %s)", grouped(e.X), not(e.Not), grouped(e.Pattern))
	case *ast.In:
		return fmt.Sprintf("(%s%s IN %d)", grouped(e.X), not(e.Not), len(e.List))
	default:
		return ast.Format(e)
	}
}

func not(not bool) string {
	if not {
		return " NOT"
	}
	return ""
}

func TestPrecedence(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a OR b AND c", "(a OR (b AND c))"},
		{"a AND b OR c AND d", "((a AND b) OR (c AND d))"},
		{"NOT a AND b", "((NOT a) AND b)"},
		{"NOT a = b", "(NOT (a = b))"},
		{"NOT a IS NULL", "(NOT (a IS NULL))"},
		{"NOT a IN (1)", "(NOT (a IN 1))"},
		{"a = b IS NULL", "((a = b) IS NULL)"},
		{"a IS NULL AND b", "((a IS NULL) AND b)"},
		{"a IS DISTINCT FROM b = c", "((a IS DISTINCT FROM b) = c)"},
		{"a = b = c", "((a = b) = c)"},
		{"a = b + c * d", "(a = (b + (c * d)))"},
		{"a - b - c", "((a - b) - c)"},
		{"a - (b - c)", "(a - (b - c))"},
		{"a || b * c", "((a || b) * c)"},
		{"a + b || c", "(a + (b || c))"},
		{"a || b = c", "((a || b) = c)"},
		{"-a * b", "((- a) * b)"},
		{"- a[1]", "(- a[1])"},
		{"a = NOT b", "(a = (NOT b))"},
		{"a BETWEEN 1 AND 2 AND c", "((a BETWEEN 1 AND 2) AND c)"},
		{"a NOT BETWEEN 1 + 2 AND 3 * 4 OR b", "((a NOT BETWEEN (1 + 2) AND (3 * 4)) OR b)"},
		{"a = b LIKE c", "(a = (b LIKE c))"},
		{"a + b LIKE c || d", "((a + b) LIKE (c || d))"},
		{"a LIKE b AND c NOT LIKE d", "((a LIKE b) AND (c NOT LIKE d))"},
		{"a IN (1, 2) = b", "((a IN 2) = b)"},
		{"a + 1 IN (1)", "((a + 1) IN 1)"},
	}
	for _, tt := range tests {
		e, err := ParseExpr(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
		} else if got := grouped(e); got != tt.want {
			t.Errorf("%s: want %s, got %s", tt.text, tt.want, got)
		}
	}
}

func TestIntervals(t *testing.T) {
	const second, minute, hour, day = 1000, 60000, 3600000, 86400000
	tests := []struct {
		text           string
		months, millis int64
	}{
		{"INTERVAL '10' SECOND", 0, 10 * second},
		{"INTERVAL '1.5' SECOND", 0, 1500},
		{"INTERVAL '0.123999' SECOND(2, 6)", 0, 123},
		{"INTERVAL '90' DAY", 0, 90 * day},
		{"INTERVAL '2' WEEKS", 0, 14 * day},
		{"INTERVAL '1 10:30' DAY TO MINUTE", 0, day + 10*hour + 30*minute},
		{"INTERVAL '1 10:30:05.25' DAY TO SECOND", 0, day + 10*hour + 30*minute + 5250},
		{"INTERVAL '-1:30' HOUR TO MINUTE", 0, -90 * minute},
		{"INTERVAL -'-1:30' MINUTE TO SECOND(3)", 0, 90 * second},
		{"INTERVAL '1-2' YEAR TO MONTH", 14, 0},
		{"INTERVAL -'1-2' YEAR(4) TO MONTH", -14, 0},
		{"INTERVAL '3' QUARTER", 9, 0},
		{"INTERVAL '+7' MONTH", 7, 0},
	}
	for _, tt := range tests {
		e, err := ParseExpr(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		lit := e.(*ast.IntervalLit)
		if lit.Months != tt.months || lit.Millis != tt.millis {
			t.Errorf("%s: want %d months, %d ms, got %d, %d", tt.text, tt.months, tt.millis, lit.Months, lit.Millis)
		}
		if lit.Qualifier.YearMonth() != (tt.months != 0) {
			t.Errorf("%s: wrong family", tt.text)
		}
	}
}

func TestStrings(t *testing.T) {
	tests := []struct{ text, want string }{
		{`'it''s'`, "it's"},
		{`''`, ""},
		{`'a\n'`, `a\n`},
		{"'a\nb'", "a\nb"},
		{`E'a\n\t\\\'\x41\u00e9\101'''`, "a\n\t\\'AéA'"},
		{`U&'\00e9\+01f600\\'`, "é😀\\"},
		{`_UTF8'é'`, "é"},
		{`N'n'`, "n"},
	}
	for _, tt := range tests {
		e, err := ParseExpr(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
		} else if got := e.(*ast.StringLit).Value; got != tt.want {
			t.Errorf("%s: want %q, got %q", tt.text, tt.want, got)
		}
	}
}

// TestCanonicalText shows what Format makes of a statement.
func TestCanonicalText(t *testing.T) {
	tests := []struct{ text, want string }{
		{"select a x, t.* from t, u where a!=1", "SELECT a AS x, t.* FROM t, u WHERE a <> 1"},
		{"select `value`, `a b`, `x``y`", "SELECT `value`, `a b`, `x``y`"},
		{"(select 1 union select 2) intersect select 3", "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3"},
		{"select 1 union (select 2 union select 3)", "SELECT 1 UNION (SELECT 2 UNION SELECT 3)"},
		{"select (1 + 2) * 3, 1 + (2 * 3)", "SELECT (1 + 2) * 3, 1 + 2 * 3"},
		{"select - -1", "SELECT - -1"},
		{"select a from t fetch first 3 rows only", "SELECT a FROM t LIMIT 3"},
		{"create table t(a integer primary key not enforced, b dec(3))", "CREATE TABLE t (a INT, b DECIMAL(3), PRIMARY KEY (a) NOT ENFORCED)"},
		{"begin statement set; insert into a select 1; end;", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END"},
		{"set a.b = c d", "SET 'a.b' = 'c d'"},
		{"select * from tumble(table t, descriptor(ts), interval '1' minutes)", "SELECT * FROM TABLE(tumble(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"},
		{"select substring(a from 1 for 2), trim('x' from a), floor(a to day)", "SELECT substring(a, 1, 2), trim(BOTH 'x' FROM a), floor(a TO DAY)"},
	}
	for _, tt := range tests {
		stmt, err := ParseStatement(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
		} else if got := ast.Format(stmt); got != tt.want {
			t.Errorf("%s:\nwant %s\ngot  %s", tt.text, tt.want, got)
		}
	}
}

// TestPositions checks that operators stand at their operator and other nodes at
// their first token.
func TestPositions(t *testing.T) {
	text := "a + f(b) * c IN (1) AND NOT d LIKE 'x'"
	e, err := ParseExpr(text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(e, func(n ast.Node) bool {
		if _, ok := n.(*ast.Ident); !ok {
			word, _, _ := strings.Cut(text[n.Pos().Offset:], " ")
			got = append(got, fmt.Sprintf("%T %s", n, word))
		}
		return true
	})
	want := "*ast.Binary AND; *ast.In IN; *ast.Binary +; *ast.ColumnRef a; *ast.Binary *; *ast.Call f(b); *ast.Name f(b); " +
		"*ast.ColumnRef b); *ast.ColumnRef c; *ast.NumberLit 1); *ast.Unary NOT; *ast.Like LIKE; *ast.ColumnRef d; *ast.StringLit 'x'"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("want %s\ngot  %s", want, s)
	}
}
