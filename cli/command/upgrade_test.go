package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUpgrade: a changed group loses its rows, another filter behind it does not, and the source goes on.
func TestUpgrade(t *testing.T) {
	const tables = `CREATE TABLE t (k INT, v INT) WITH ('connector' = 'datagen');
CREATE TABLE s (k INT, n BIGINT) WITH ('connector' = 'blackhole');
`
	dir := t.TempDir()
	file := func(name, insert string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tables+insert+";\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old := file("old.sql", "INSERT INTO s SELECT k, COUNT(*) FROM t GROUP BY k")
	for _, c := range []struct {
		name, insert string
		want         map[string]string // operator: fate
	}{
		{"same.sql", "INSERT INTO s SELECT k, COUNT(*) FROM t GROUP BY k", map[string]string{"TableSourceScan": "kept", "GroupAggregate": "kept", "Sink": "kept"}},
		{"having.sql", "INSERT INTO s SELECT k, COUNT(*) FROM t GROUP BY k HAVING COUNT(*) > 1", map[string]string{"GroupAggregate": "kept"}},
		{"sum.sql", "INSERT INTO s SELECT k, SUM(CAST(v AS BIGINT)) FROM t GROUP BY k", map[string]string{"GroupAggregate": "lost new"}},
	} {
		code, out, stderr := weir("", "explain", "--upgrade", old, file(c.name, c.insert), "--mode", "streaming")
		if code != 0 {
			t.Fatalf("%s: exit %d, %s", c.name, code, stderr)
		}
		got := map[string]string{}
		for _, line := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
			f := strings.Fields(line)
			got[f[1]] = strings.TrimSpace(got[f[1]] + " " + f[0])
		}
		for op, want := range c.want {
			if got[op] != want {
				t.Errorf("%s: %s is %q, want %q\n%s", c.name, op, got[op], want, out)
			}
		}
	}
}
