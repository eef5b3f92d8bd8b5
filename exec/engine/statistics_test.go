package engine_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
)

// TestAnalyze shows that plans are made by what was counted.
func TestAnalyze(t *testing.T) {
	e, err := engine.Open(engine.Config{SpillDir: t.TempDir(), Stdout: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	s, err := e.NewSession(option.Values{engine.OptMode.Key: "batch", engine.OptParallelism.Key: "1"})
	if err != nil {
		t.Fatal(err)
	}
	run := func(text string) {
		t.Helper()
		stmt, err := parser.ParseStatement(text)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Execute(context.Background(), stmt)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = r.Next(context.Background())
		}
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	plan := func(query string) string {
		t.Helper()
		stmt, err := parser.ParseStatement(query)
		if err != nil {
			t.Fatal(err)
		}
		text, err := s.Explain(stmt.(*ast.Query), engine.ExplainText)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	run("CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = '" + t.TempDir() + "/t', 'format' = 'csv')")
	run("INSERT INTO t SELECT x.a * 10 + y.a, CAST(y.a AS STRING) FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS x(a), (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS y(a)")
	const where, groups = "SELECT * FROM t WHERE a < 25", "SELECT b, COUNT(*) FROM t GROUP BY b"
	for _, c := range []struct{ statement, query, want string }{
		{"ANALYZE TABLE t COMPUTE STATISTICS", "SELECT * FROM t", "rows=[100]"},
		{"ANALYZE TABLE t COMPUTE STATISTICS FOR COLUMNS a", where, "rows=[25]"},
		{"ANALYZE TABLE t COMPUTE STATISTICS FOR COLUMNS b", groups, "rows=[10]"},
		{"ANALYZE TABLE t COMPUTE STATISTICS", where, "rows=[25]"}, // what was known of columns stays
	} {
		if text := plan(c.query); c.statement == "ANALYZE TABLE t COMPUTE STATISTICS FOR COLUMNS a" && strings.Contains(text, c.want) {
			t.Errorf("%s is known before it is counted:\n%s", c.want, text)
		}
		run(c.statement)
		if text := plan(c.query); !strings.Contains(text, c.want) {
			t.Errorf("behind %s, %s has no %s:\n%s", c.statement, c.query, c.want, text)
		}
	}
	run("ALTER TABLE t SET ('csv.ignore-parse-errors' = 'true')")
	if text := plan(where); strings.Contains(text, "rows=[25]") {
		t.Errorf("statistics of other options are still there:\n%s", text)
	}
}
