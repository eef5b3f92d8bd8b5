// Package suite runs a suite of queries over Parquet files in this process and
// times them. What the suites are stands in benchmarks/tpch, tpcds and hits;
// other engines run beside them by benchmarks/peers/native/compare.py.
package suite

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/benchmarks/process"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

// Suite is queries over tables that lie as Parquet files in one folder.
type Suite struct {
	Name    string   // as in weir bench NAME
	Title   string   // what people call it
	Example string   // a table's file, for messages
	Make    string   // the command that makes the data
	Queries fs.FS    // queries/qNN.sql
	Tables  []string // a table is TABLE.parquet or TABLE/*.parquet
	// Adapt changes the text of a query to the scale of the data in the session; nil: no query depends on it.
	Adapt func(ctx context.Context, s *engine.Session, n int, text string) (string, error)
}

// Numbers are those of all queries, ascending.
func (s *Suite) Numbers() []int {
	var out []int
	entries, _ := fs.ReadDir(s.Queries, "queries") // embedded: it is there
	for _, e := range entries {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(e.Name(), "q"), ".sql"))
		if err == nil { // else it is a peer's own text, such as q29.duckdb.sql
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// Text is query n as it is written, without its semicolon.
func (s *Suite) Text(n int) (string, error) {
	b, err := fs.ReadFile(s.Queries, fmt.Sprintf("queries/q%02d.sql", n))
	if err != nil {
		return "", fmt.Errorf("%s has no query %d", s.Title, n)
	}
	return strings.TrimSuffix(strings.TrimSpace(string(b)), ";"), nil
}

// Define makes a view of each table's files in a session.
func (s *Suite) Define(ctx context.Context, session *engine.Session, dir string) error {
	for _, t := range s.Tables {
		path := filepath.Join(dir, t+".parquet")
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join(dir, t, "*.parquet")
		}
		if found, _ := filepath.Glob(path); len(found) == 0 {
			return sqlerr.Newf(sqlerr.UndefinedFile, "there is no %s", filepath.Join(dir, t+".parquet")).WithHint("%s makes the data", s.Make)
		}
		if _, err := process.Run(ctx, session, fmt.Sprintf("CREATE TEMPORARY VIEW %s AS SELECT * FROM '%s'", t, strings.ReplaceAll(path, "'", "''"))); err != nil {
			return err
		}
	}
	return nil
}
