package command

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// TestNexmarkOverWrittenEvents runs a query over files and a topic that --write
// made, and over the generator: the rows are as many.
func TestNexmarkOverWrittenEvents(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "events")
	if code, _, stderr := weir("", "bench", "nexmark", "--write", dir, "--events", "20000", "-p", "2", "--format", "parquet"); code != 0 {
		t.Fatalf("exit %d, stderr %s", code, stderr)
	}
	type result struct {
		Events    int64   `json:"events"`
		RowsOut   int64   `json:"rows_out"`
		Generator float64 `json:"generator_cpu_seconds"`
	}
	line := func(args ...string) (out result) {
		t.Helper()
		code, text, stderr := weir("", append([]string{"bench", "nexmark", "--query", "q8", "-p", "2", "--format", "json"}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d, stderr %s", code, stderr)
		}
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	topic := []string{"--brokers", c.ListenAddrs()[0], "--topic", "events"}
	if code, _, stderr := weir("", append([]string{"bench", "nexmark", "--write", "kafka", "--events", "20000", "-p", "1"}, topic...)...); code != 0 {
		t.Fatalf("exit %d, stderr %s", code, stderr)
	}
	if got := line(append([]string{"--source", "kafka"}, topic...)...); got.Events != 20000 || got.RowsOut == 0 {
		t.Errorf("over a topic %+v", got)
	}
	files, made := line("--source", "parquet", "--data", dir), line("--events", "20000")
	if files.Events != 20000 || files.RowsOut == 0 || files.RowsOut != made.RowsOut || files.Generator != 0 || made.Generator <= 0 {
		t.Errorf("over files %+v, from the generator %+v", files, made)
	}
	for _, args := range [][]string{{"--source", "kafka"}, {"--source", "parquet"}, {"--data", dir}, {"--write", dir, "--format", "csv"}} {
		if code, _, stderr := weir("", append([]string{"bench", "nexmark"}, args...)...); code != 2 {
			t.Errorf("%v: exit %d, stderr %s", args, code, stderr)
		}
	}
}

// TestViewOfTableWithoutFiles makes a view before there is anything to read.
func TestViewOfTableWithoutFiles(t *testing.T) {
	script := `CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '` + filepath.Join(t.TempDir(), "rows") + `', 'format' = 'parquet');
CREATE VIEW v AS SELECT a + 1 AS b FROM t; DESCRIBE v; INSERT INTO t VALUES (1); SELECT * FROM v;`
	code, out, stderr := weir(script, "sql", "--quiet")
	if code != 0 || !strings.HasSuffix(out, "b\n2\n") {
		t.Errorf("exit %d, out:\n%s\nstderr %s", code, out, stderr)
	}
}
