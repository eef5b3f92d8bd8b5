package parser

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

func TestSyntaxErrors(t *testing.T) {
	tests := []struct {
		text   string
		line   int
		column int
		say    string // part of the message
		hint   string // part of the hint
	}{
		{"", 1, 1, "expected a statement", ""},
		{"SELCT 1", 1, 1, `expected a statement, found "SELCT"`, "did you mean SELECT?"},
		{"FOO", 1, 1, "expected a statement", "statements begin with ALTER"},
		{"SELECT a FORM t", 1, 15, `found "t"`, "did you mean FROM instead of FORM?"},
		{"SELECT a FROM t WHRE x = 1", 1, 22, `found "x"`, "did you mean WHERE instead of WHRE?"},
		{"SELECT a FROM t GRUOP BY a", 1, 23, `found "BY"`, "did you mean GROUP instead of GRUOP?"},
		{"SELECT a,\n  FROM t", 2, 3, `expected an expression, found "FROM"`, ""},
		{"SELECT value FROM t", 1, 8, "the reserved word value", "`value`"},
		{"SELECT a AS year FROM t", 1, 13, "expected an alias, found the reserved word year", "`year`"},
		{"SELECT a FROM user.t", 1, 15, "the reserved word user", "`user`"},
		{"CREATE TABLE t (a INT, time TIME)", 1, 24, "expected a column, found the reserved word time", "`time`"},
		{`SELECT "a" FROM t`, 1, 8, "double quotes", "`a`"},
		{"SELECT 'a FROM t", 1, 8, "this string has no end", "close it with '"},
		{"SELECT `a FROM t", 1, 8, "this quoted name has no end", ""},
		{"SELECT ``", 1, 8, "cannot be empty", ""},
		{"SELECT 1 /* x", 1, 10, "this comment has no end", "*/"},
		{"SELECT a::INT", 1, 9, `"::"`, "CAST(x AS type)"},
		{"SELECT a == 1", 1, 10, `"=="`, "="},
		{"SELECT a # b", 1, 10, "unexpected character '#'", ""},
		{"SELECT ?", 1, 8, "statement parameters", ""},
		{"SELECT 1a", 1, 8, "neither a number nor a name", "back-ticks"},
		{"SELECT x'0g'", 1, 8, "hexadecimal", ""},
		{"SELECT x'012'", 1, 8, "even number", ""},
		{"SELECT U&'\\00'", 1, 8, "bad Unicode escape", ""},
		{"SELECT _FOO'x'", 1, 8, "unknown character set FOO", ""},
		{"SELECT (1", 1, 10, `expected ")", found the end of the statement`, ""},
		{"SELECT f(1", 1, 11, `expected "," or ")"`, ""},
		{"SELECT 1 SELECT 2", 1, 10, `expected the end of the statement, found "SELECT"`, ""},
		{"SELECT 1; SELECT 2", 1, 11, "found a second", ""},
		{"SELECT a IS 3", 1, 13, "expected NULL, TRUE", ""},
		{"SELECT a BETWEEN 1", 1, 19, "expected AND", ""},
		{"SELECT CASE a END", 1, 15, "expected WHEN", ""},
		{"SELECT CAST(a AS TEXT)", 1, 18, "unknown type TEXT", "STRING"},
		{"SELECT CAST(a AS VARCHR)", 1, 18, "unknown type VARCHR", "VARCHAR"},
		{"SELECT CAST(a AS INT(3))", 1, 21, "takes no parameters", ""},
		{"SELECT CAST(a AS DECIMAL(1, 2, 3))", 1, 26, "at most 2", ""},
		{"SELECT EXTRACT(YER FROM a)", 1, 16, "expected a time unit", "did you mean YEAR?"},
		{"SELECT INTERVAL 5 DAY", 1, 17, "expected a string", "INTERVAL '10' MINUTE"},
		{"SELECT INTERVAL 'x' DAY", 1, 17, "'x' is not an interval DAY", "INTERVAL '1' DAY"},
		{"SELECT INTERVAL '1 25:00' DAY TO MINUTE", 1, 17, "is not an interval DAY TO MINUTE", "INTERVAL '1 1:1' DAY TO MINUTE"},
		{"SELECT INTERVAL '1' YEAR TO DAY", 1, 29, "cannot go from YEAR to DAY", ""},
		{"SELECT INTERVAL '999999999999999999' DAY", 1, 17, "is not an interval", ""},
		{"SELECT DATE '2026/01/31'", 1, 13, "is not a DATE", "yyyy-mm-dd"},
		{"SELECT TIMESTAMP '2026-01-31T10:00:00'", 1, 18, "is not a TIMESTAMP", ""},
		{"SELECT a FROM t JOIN u", 1, 23, "expected ON or USING", ""},
		{"SELECT a FROM t CROSS JOIN u ON TRUE", 1, 30, "CROSS JOIN has no condition", ""},
		{"SELECT a FROM t LIMIT 1, 2", 1, 24, "end of LIMIT", "OFFSET"},
		{"SELECT a FROM t LIMIT x", 1, 23, "a number of rows", ""},
		{"SELECT a FROM t LIMIT 1 LIMIT 2", 1, 25, "a second LIMIT", ""},
		{"SELECT a FROM t AS x FOR SYSTEM_TIME AS OF ts", 1, 22, "expected a join", "the alias stands behind"},
		{"SELECT a FROM TABLE t", 1, 21, `"(" behind TABLE`, "without TABLE"},
		{"SELECT a FROM VALUES (1)", 1, 15, "expected a table", "parentheses"},
		{"SELECT /*+ X(a) */ a FROM t WHERE /*+ X */ b", 1, 35, "found a hint", "hints stand behind"},
		{"SELECT MAP['a']", 1, 8, "needs a value for each key", ""},
		{"CREATE TABLE t (a INT) WITH (connector = 'x')", 1, 30, "the key of an option", "'connector'"},
		{"CREATE TABLE t (a INT) WITH ('p' = 4)", 1, 36, "the value of an option", "'4'"},
		{"CREATE TABLE t (a INT PRIMARY KEY)", 1, 34, "must be NOT ENFORCED", "PRIMARY KEY (…) NOT ENFORCED"},
		{"CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)", 1, 49, "a second", ""},
		{"CREATE TABLE t (a, b)", 1, 22, "expected AS and a query", ""},
		{"CREATE TABEL t (a INT)", 1, 8, "what to create", "did you mean TABLE"},
		{"INSERT INTO t (a, value) SELECT 1", 1, 19, "the reserved word value", "`value`"},
		{"INSERT INTO t (value) SELECT 1", 1, 16, "the reserved word value", "`value`"},
		{"INSERT t SELECT 1", 1, 8, "expected INTO or OVERWRITE", ""},
		{"EXECUTE STATEMENT SET BEGIN SELECT 1; END", 1, 29, "expected INSERT in the statement set", ""},
		{"EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;", 1, 52, "expected INSERT or END", ""},
		{"SET a", 1, 6, `expected "="`, "SET 'key' = 'value'"},
		{"SET dir = file:///tmp", 1, 11, "expected one value", "quote it"},
		{"SET 'a' = 'b' 'c'", 1, 11, "expected one value", "quote it"},
		{"SHOW TABELS", 1, 6, "what to show", "did you mean TABLES"},
		{"EXPLAIN CREATE TABLE t (a INT)", 1, 9, "expected a query, INSERT or STATEMENT SET", ""},
		{"SELECT a\nFROM t\nWHERE é = 'x' AND , b", 3, 19, "expected an expression", ""},
		{"SELECT f(SELECT 1)", 1, 10, "expected an expression", "parentheses"},
		{"SELECT JSON_VALUE(a, '$' NULL ON ERROR NULL ON EMPTY)", 1, 45, "cannot stand here", "ON EMPTY comes first"},
		{"SELECT \xff", 1, 8, "UTF-8", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			_, err := ParseStatement(tt.text)
			e := sqlerr.As(err)
			if e == nil {
				t.Fatalf("want an error, got %v", err)
			}
			if e.Pos.Line != tt.line || e.Pos.Column != tt.column {
				t.Errorf("want line %d, column %d, got %v", tt.line, tt.column, e)
			}
			if !strings.Contains(e.Message, tt.say) {
				t.Errorf("want %q in %q", tt.say, e.Message)
			}
			if !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("want %q in hint %q", tt.hint, e.Hint)
			}
			if e.Code == sqlerr.FeatureNotSupported {
				t.Errorf("want another code than %s", e.Code)
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	tests := []struct {
		text   string
		column int
		say    string
	}{
		{"SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A))", 17, "MATCH_RECOGNIZE"},
		{"SELECT * FROM t AS x PIVOT (SUM(a) FOR b IN (1))", 22, "PIVOT"},
		{"SELECT * FROM t UNPIVOT (a FOR b IN (c))", 17, "UNPIVOT"},
		{"SELECT * FROM t TABLESAMPLE BERNOULLI(10)", 17, "TABLESAMPLE"},
		{"WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x", 6, "WITH RECURSIVE"},
		{"SELECT 1 MINUS SELECT 2", 10, "MINUS"},
		{"SELECT * FROM t CROSS APPLY f(a)", 17, "CROSS APPLY"},
		{"SELECT STREAM a FROM t", 8, "SELECT STREAM"},
		{"SELECT a AT TIME ZONE 'UTC'", 10, "AT TIME ZONE"},
		{"SELECT MULTISET[1, 2]", 8, "MULTISET[…]"},
		{"SELECT ARRAY(SELECT 1)", 13, "ARRAY(query)"},
		{"SELECT a RLIKE 'x'", 10, "RLIKE"},
		{"SELECT a FROM t GROUP BY ALL", 26, "GROUP BY ALL"},
		{"SELECT NEXT VALUE FOR s", 8, "NEXT VALUE FOR"},
		{"SELECT CAST(a AS RAW('x', 'y'))", 18, "type RAW"},
		{"SELECT CAST(a AS TIMESTAMP WITH TIME ZONE)", 28, "TIMESTAMP WITH TIME ZONE"},
		{"CREATE MODEL m INPUT (a INT)", 8, "CREATE MODEL"},
		{"CREATE MATERIALIZED TABLE t AS SELECT 1", 8, "CREATE MATERIALIZED TABLE"},
		{"CREATE OR ALTER MATERIALIZED TABLE t AS SELECT 1", 11, "CREATE OR ALTER"},
		{"DROP MODEL m", 6, "DROP MODEL"},
		{"ALTER TABLE t ADD PARTITION (p = 1)", 15, "ALTER TABLE … ADD PARTITION"},
		{"ALTER TABLE t MODIFY DISTRIBUTION BY (a)", 22, "ALTER TABLE … DISTRIBUTION"},
		{"ALTER FUNCTION f AS 'x'", 7, "ALTER FUNCTION"},
		{"COMPILE PLAN 'f' FOR INSERT INTO t SELECT 1", 1, "COMPILE PLAN"},
		{"EXECUTE PLAN 'f'", 9, "EXECUTE PLAN"},
		{"CALL p()", 1, "CALL"},
		{"LOAD MODULE m", 1, "LOAD MODULE"},
		{"DELETE FROM t", 1, "DELETE"},
		{"UPDATE t SET a = 1", 1, "UPDATE"},
		{"TRUNCATE TABLE t", 1, "TRUNCATE TABLE"},
		{"ADD JAR 'x'", 1, "ADD JAR"},
		{"SHOW MODELS", 6, "SHOW MODELS"},
		{"USE MODULES a", 5, "USE MODULES"},
		{"CREATE TABLE t (a INT, UNIQUE (a) NOT ENFORCED)", 24, "UNIQUE"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			_, err := ParseStatement(tt.text)
			e := sqlerr.As(err)
			if e == nil || e.Code != sqlerr.FeatureNotSupported {
				t.Fatalf("want an unsupported feature, got %v", err)
			}
			if e.Pos.Column != tt.column || !strings.Contains(e.Message, tt.say) {
				t.Errorf("want %q at column %d, got %v", tt.say, tt.column, e)
			}
		})
	}
}

func TestDeepNesting(t *testing.T) {
	const n = 25000
	for name, text := range map[string]string{
		"parentheses": "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"open":        "SELECT " + strings.Repeat("(", n),
		"not":         "SELECT " + strings.Repeat("NOT ", n) + "a",
		"minus":       "SELECT " + strings.Repeat("- ", n) + "a",
		"case":        "SELECT " + strings.Repeat("CASE WHEN ", n),
		"derived":     strings.Repeat("SELECT * FROM (", n),
		"tables":      "SELECT * FROM " + strings.Repeat("(", n),
		"types":       "SELECT CAST(a AS " + strings.Repeat("ARRAY<", n),
		"arguments":   "SELECT f(" + strings.Repeat("a => ", n),
		"sets":        "SELECT a FROM t GROUP BY " + strings.Repeat("GROUPING SETS (", n),
		"calls":       "SELECT * FROM " + strings.Repeat("f(TABLE(", n),
		"chain":       "SELECT 1" + strings.Repeat(" + 1", n),
		"fields":      "SELECT a" + strings.Repeat("[1]", n),
		"unions":      "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"joins":       "SELECT * FROM t" + strings.Repeat(", t", n),
		"explain":     strings.Repeat("EXPLAIN ", n),
	} {
		if _, err := ParseStatement(text); sqlerr.As(err) == nil {
			t.Errorf("%s: want an error, got %v", name, err)
		}
	}
}

// TestLongLists checks that what is long but not deep has no limit.
func TestLongLists(t *testing.T) {
	const n = 30000
	for _, text := range []string{
		"SELECT a IN (1" + strings.Repeat(", 1", n) + ")",
		"VALUES (1)" + strings.Repeat(", (1)", n),
		"SELECT a" + strings.Repeat(", a", n),
	} {
		if _, err := ParseStatement(text); err != nil {
			t.Errorf("%.20s…: %v", text, err)
		}
	}
}

// TestParenthesesAreLinear would take for ever if parentheses were tried both ways.
func TestParenthesesAreLinear(t *testing.T) {
	const n = 150
	expr := strings.Repeat("(", n) + "SELECT 1" + strings.Repeat(") + 1", n)
	if _, err := ParseStatement("SELECT " + expr); err != nil {
		t.Error(err)
	}
	table := strings.Repeat("(", n) + "SELECT 1" + strings.Repeat(") CROSS JOIN u", n)
	if _, err := ParseStatement("SELECT * FROM " + table); err != nil {
		t.Error(err)
	}
}

func TestErrorHasLine(t *testing.T) {
	_, err := ParseScript("SELECT 1;\n\nSELECT a,\n  FROM t;")
	e := sqlerr.As(err)
	if e == nil || e.Line != "  FROM t;" || e.Width != 4 {
		t.Errorf("want the line and the width of FROM, got %+v", e)
	}
}

func TestReservedWordsNeedBackTicks(t *testing.T) {
	for _, word := range []string{"value", "year", "date", "time", "timestamp", "user", "one", "result", "method", "day", "count", "sum"} {
		if _, err := ParseExpr(word + " + 1"); err == nil && !ast.IsBareFunction(strings.ToUpper(word)) {
			t.Errorf("%s is reserved", word)
		}
		if _, err := ParseExpr("`" + word + "` + 1"); err != nil {
			t.Errorf("%s in back-ticks: %v", word, err)
		}
	}
	for _, word := range []string{"name", "type", "data", "state", "level", "quarter", "week", "plan", "k", "key", "path", "dateTime"} {
		if _, err := ParseExpr(word + " + 1"); err != nil {
			t.Errorf("%s is free: %v", word, err)
		}
	}
}
