package parser

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/sql/ast"
)

// dump writes a tree as text, without positions.
func dump(n any) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(n))
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		dumpValue(b, v.Elem())
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "{")
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "At" && !v.Field(i).IsZero() {
				b.WriteString(f.Name + ":")
				dumpValue(b, v.Field(i))
				b.WriteString(" ")
			}
		}
		b.WriteString("}")
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			dumpValue(b, v.Index(i))
			b.WriteString(" ")
		}
		b.WriteString("]")
	default:
		fmt.Fprintf(b, "%#v", v.Interface())
	}
}

// checkRoundTrip formats stmt, parses that, and compares the trees.
func checkRoundTrip(t *testing.T, stmt ast.Statement) {
	t.Helper()
	text := ast.Format(stmt)
	again, err := ParseStatement(text)
	if err != nil {
		t.Errorf("formatted statement does not parse: %v\n%s", err, text)
		return
	}
	if got, want := dump(again), dump(stmt); got != want {
		t.Errorf("formatting changed the tree of\n%s\nbefore %s\nafter  %s", text, want, got)
	}
	if again := ast.Format(again); again != text {
		t.Errorf("formatting twice differs:\n%s\n%s", text, again)
	}
}

// corpus is the statements of all files under testdata, and of TPC-H.
func corpus(t testing.TB) []string {
	t.Helper()
	var texts []string
	for _, pattern := range []string{"testdata/*.sql", tpchFiles} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s := NewSplitter(string(text))
			for piece, ok := s.Next(); ok; piece, ok = s.Next() {
				texts = append(texts, piece.Text)
			}
			if rest, ok := s.Rest(); ok {
				t.Fatalf("%s: no semicolon behind %q", path, rest.Text)
			}
		}
	}
	return texts
}

func TestRoundTrip(t *testing.T) {
	texts := corpus(t)
	if len(texts) < 150 {
		t.Fatalf("only %d statements in testdata", len(texts))
	}
	for _, text := range texts {
		stmt, err := ParseStatement(text)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		checkRoundTrip(t, stmt)
		checkPositions(t, stmt, text)
	}
}

// checkPositions checks that every node stands inside the text.
func checkPositions(t *testing.T, stmt ast.Statement, text string) {
	t.Helper()
	ast.Inspect(stmt, func(n ast.Node) bool {
		if pos := n.Pos(); !pos.IsValid() || pos.Offset < 0 || pos.Offset >= len(text) {
			t.Errorf("%T at %+v is outside of\n%s", n, pos, text)
			return false
		}
		return true
	})
}

// TestWordsAsNames uses keywords, quoted, wherever a name may stand.
func TestWordsAsNames(t *testing.T) {
	words := strings.Fields(`select from value key map descriptor ignore respect nulls first last desc asc json absent if
		model catalog database extended modules metadata virtual enforced partitioned placing timestampadd trim floor
		extract substring position overlay count left current_timestamp user sets rows range unbounded preceding
		following wrapper returning default table row array interval date datetime overwrite into analyze plan set end`)
	for _, word := range words {
		for _, text := range []string{
			"SELECT #, #.#, #[1], #(#), #(DISTINCT #), a AS #, #.* FROM # AS # (#) WHERE # GROUP BY ROLLUP (#) WINDOW # AS (# ORDER BY #) ORDER BY # DESC",
			"SELECT #(#, #, #), #(*), #(# => #), f(#), #(a) OVER #, SUM(a) OVER (# PARTITION BY #), (#).#, # BETWEEN # AND #, TRIM(# FROM #), CASE # WHEN # THEN # END",
			"SELECT JSON_OBJECT(KEY # VALUE #), JSON_ARRAY(#), JSON_VALUE(#, '$' DEFAULT # ON EMPTY), CAST(# AS ROW<# INT>)",
			"WITH # (#) AS (SELECT #) SELECT # FROM # FOR SYSTEM_TIME AS OF # AS # JOIN # USING (#), LATERAL TABLE(#(TABLE # PARTITION BY (#), DESCRIPTOR(#))) AS #",
			"CREATE TABLE # (# INT, # AS #, WATERMARK FOR # AS #, CONSTRAINT # PRIMARY KEY (#) NOT ENFORCED) DISTRIBUTED BY (#) LIKE #",
			"INSERT INTO # PARTITION (#) (#) TABLE #",
			"DESCRIBE #", "DESCRIBE CATALOG #", "USE #", "USE CATALOG #", "SHOW TABLES FROM #", "SHOW CREATE TABLE #", "DROP TABLE #",
			"CREATE CATALOG #", "CREATE FUNCTION # AS 'x'", "CREATE VIEW # (#) AS VALUES (#)", "ALTER TABLE # RENAME TO #",
			"ANALYZE TABLE # COMPUTE STATISTICS FOR COLUMNS #",
		} {
			text = strings.ReplaceAll(text, "#", "`"+word+"`")
			stmt, err := ParseStatement(text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			checkRoundTrip(t, stmt)
		}
	}
}

// TestInspectVisitsAll compares Inspect with what reflection finds in the trees.
func TestInspectVisitsAll(t *testing.T) {
	for _, text := range corpus(t) {
		stmt, err := ParseStatement(text)
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[ast.Node]bool)
		collect(reflect.ValueOf(stmt), want)
		enter, leave := 0, 0
		ast.Walk(stmt, func(ast.Node) bool { enter++; return true }, func(ast.Node) { leave++ })
		ast.Inspect(stmt, func(n ast.Node) bool {
			delete(want, n)
			return true
		})
		for n := range want {
			t.Errorf("%T is not visited in %s", n, text)
		}
		if enter != leave {
			t.Errorf("Walk entered %d nodes and left %d", enter, leave)
		}
	}
}

// collect finds all nodes below v.
func collect(v reflect.Value, found map[ast.Node]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(ast.Node); ok && v.Kind() == reflect.Pointer {
			found[n] = true
		}
		collect(v.Elem(), found)
	case reflect.Struct:
		for i := range v.NumField() {
			collect(v.Field(i), found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			collect(v.Index(i), found)
		}
	}
}
