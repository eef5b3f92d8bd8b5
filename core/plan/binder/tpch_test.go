package binder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
)

// TestTypesOfTPCH compares the columns of each query with those that the
// reference engine gave. Aggregates over NOT NULL columns are nullable here:
// a SUM that overflows is NULL.
func TestTypesOfTPCH(t *testing.T) {
	s := &session{cat: catalog.New()}
	first := true
	datadriven.RunTest(t, "testdata/tpch", func(t *testing.T, d *datadriven.TestData) string {
		if first {
			s.run(d.Input)
			first = false
			return d.Expected
		}
		var q string
		d.ScanArgs(t, "q", &q)
		text, err := os.ReadFile(filepath.Join("../../../benchmarks/tpch/queries", "q"+q+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../../../testdata/tpch/answers-flink", "q"+q+".types"))
		if err != nil {
			t.Fatal(err)
		}
		stmt, err := parser.ParseStatement(string(text))
		if err != nil {
			t.Fatal(err)
		}
		n, names, err := s.binder().Query(stmt.(*ast.Query))
		if err != nil {
			t.Errorf("q%s: %v", q, err)
			return d.Expected
		}
		got := ""
		for i, c := range n.Columns() {
			got += names[i] + "\t" + c.Type.WithNull(true).String() + "\n"
		}
		expected := strings.ReplaceAll(strings.ReplaceAll(string(want), " NOT NULL", ""), "VARCHAR(2147483647)", "STRING")
		expected = strings.ReplaceAll(expected, "INTEGER", "INT")
		if strings.TrimSpace(got) != strings.TrimSpace(expected) {
			t.Errorf("q%s: got\n%swant\n%s", q, got, expected)
		}
		return d.Expected
	})
}
