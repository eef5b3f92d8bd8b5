package parser

import (
	"os"
	"path/filepath"
	"testing"
)

// tpchFiles are the queries that the benchmark runs.
const tpchFiles = "../../../benchmarks/tpch/queries/*.sql"

// tpchQueries are the TPC-H queries, as texts.
func tpchQueries(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(tpchFiles)
	if err != nil || len(paths) != 22 {
		t.Fatalf("want 22 queries in %s, got %d (%v)", tpchFiles, len(paths), err)
	}
	queries := make(map[string]string)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		queries[filepath.Base(path)] = string(text)
	}
	return queries
}

func TestTPCH(t *testing.T) {
	for name, text := range tpchQueries(t) {
		stmts, err := ParseScript(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(stmts) != 1 {
			t.Errorf("%s: want one statement, got %d", name, len(stmts))
		}
	}
}
