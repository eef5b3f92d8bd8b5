package command

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCreateTableAs fills a table from a query with every verb that takes the statement.
func TestCreateTableAs(t *testing.T) {
	dir := t.TempDir()
	statement := func(name, query string) string {
		return "CREATE TABLE " + name + " WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '" + filepath.Join(dir, name) + "') AS " + query + ";\n"
	}
	const numbers = "SELECT a, a * a AS square FROM (VALUES (1), (2), (3)) AS t (a)"
	script := statement("squares", numbers) + "SELECT SUM(square) AS s FROM squares;"

	code, out, stderr := weir(script+"CREATE TABLE IF NOT EXISTS squares WITH ('connector' = 'blackhole') AS SELECT 1 AS a; SELECT COUNT(*) AS n FROM squares;", "sql", "--quiet")
	if code != 0 || out != "s\n14\n\nn\n3\n" {
		t.Errorf("sql: exit %d, out %q, stderr %s", code, out, stderr)
	}
	code, out, _ = weir(statement("none", "SELECT x FROM squares")+"SELECT 1;", "sql", "--quiet")
	if code != 1 || out != "" {
		t.Errorf("a query that does not bind: exit %d, out %q", code, out)
	}
	file := filepath.Join(dir, "job.sql")
	if err := os.WriteFile(file, []byte(statement("twice", numbers)+"INSERT INTO twice "+numbers+";"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"check", "explain"} {
		if code, _, stderr := weir("", verb, file); code != 0 {
			t.Errorf("%s: exit %d, stderr %s", verb, code, stderr)
		}
	}
	if written := below(t, filepath.Join(dir, "twice")); len(written) != 0 {
		t.Errorf("check or explain have written %v", written)
	}
	if code, _, stderr := weir("", "run", file); code != 0 {
		t.Errorf("run: exit %d, stderr %s", code, stderr)
	}
	code, out, stderr = weir("", "sql", "--quiet", "-e", "SELECT COUNT(*) AS n FROM read_csv('"+filepath.Join(dir, "twice")+"')")
	if code != 0 || out != "n\n6\n" {
		t.Errorf("rows of run: exit %d, out %q, stderr %s", code, out, stderr)
	}
}
