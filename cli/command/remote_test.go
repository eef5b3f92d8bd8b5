package command

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/weir-engine/weir/cli/gateway"
	"github.com/weir-engine/weir/exec/engine"
)

// cluster serves an engine as a cluster does, with a token.
func cluster(t *testing.T) (url string, e *engine.Engine) {
	t.Helper()
	e, err := engine.Open(engine.Config{Memory: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(gateway.Config{Engine: e})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"errors":["Unauthorized"]}`))
			return
		}
		g.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		g.Close()
		s.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Setenv(tokenVariable, "secret")
	return s.URL, e
}

var elapsed = regexp.MustCompile(` in [0-9.]+m?s\n`)

// TestTargetPrintsTheSame runs everything in this process and in a cluster.
func TestTargetPrintsTheSame(t *testing.T) {
	url, _ := cluster(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	values := `SELECT TRUE AS b, CAST(1 AS TINYINT) AS i8, CAST(NULL AS INT) AS n, CAST(1.5 AS FLOAT) AS f, CAST('NaN' AS DOUBLE) AS nan, 1e300 AS d,
  CAST(1.5 AS DECIMAL(10,2)) AS p, CAST('12345678901234567890.123456789012345678' AS DECIMAL(38,18)) AS p38, 'a,"b"' AS s, '' AS e, x'00ff' AS bs,
  DATE '2026-01-31' AS dt, TIME '10:00:00.12' AS tm, TIMESTAMP '2026-01-31 10:00:00.123' AS ts, TO_TIMESTAMP_LTZ(1700000000123, 3) AS ltz,
  ARRAY[1, NULL, 3] AS a, MAP[1, ARRAY['x']] AS m, ROW(1, 'x', CAST(NULL AS STRING)) AS r, INTERVAL '1-2' YEAR TO MONTH AS ym, INTERVAL '1 02:03:04.5' DAY TO SECOND AS ds,
  PARSE_JSON('{"a":[1.5,null,"x"]}') AS v, BITMAP_BUILD(ARRAY[3, 1, 2]) AS bm`
	table := `CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'values', 'rows' = 'a,1; b,5; a,2');` + "\n"
	sink := "CREATE TABLE s (k STRING, v INT) WITH ('connector' = 'blackhole');\n"
	errors := write("errors.sql", "SELECT 1 AS one;\n\n  SELECT 'ä', nme FROM (VALUES ('x')) AS t(name);\n")
	runtime := write("runtime.sql", table+"SELECT k,\n  10 / (v - 5) AS q FROM t;")
	job := write("job.sql", table+sink+"INSERT INTO s SELECT * FROM t;\nCREATE VIEW w AS SELECT k, v + 1 AS v FROM t;\nINSERT INTO s SELECT * FROM w;\nCREATE TABLE c WITH ('connector' = 'blackhole') AS SELECT * FROM w;")
	late := write("late.sql", table+"CREATE TABLE n (a INT) WITH ('connector' = 'blackhole');\nINSERT INTO n\nSELECT nothing FROM t;")
	zone := []string{"-D", "table.local-time-zone=Asia/Tokyo"}
	stream := []string{"--mode", "streaming", "-p", "1", "-D", "weir.batch.rows=1"}
	for _, args := range [][]string{
		append([]string{"sql", "-e", values}, zone...),
		append([]string{"sql", "-e", values, "--format", "json"}, zone...),
		append([]string{"sql", "-e", values, "--format", "table"}, zone...),
		append([]string{"sql", "-e", values, "--format", "arrow"}, zone...),
		{"sql", "-e", "SELECT 1 AS a", "-e", "SELECT 2 AS b; SHOW TABLES"},
		{"sql", "-e", table + "SHOW TABLES; DESCRIBE t; SHOW CREATE TABLE t; EXPLAIN SELECT * FROM t; SET"},
		append([]string{"sql", "-e", table + "SELECT k, SUM(v) AS s FROM t GROUP BY k"}, stream...),
		append([]string{"sql", "--format", "table", "-e", table + "SELECT k, SUM(v) AS s FROM t GROUP BY k"}, stream...),
		append([]string{"sql", "--format", "arrow", "-e", table + "SELECT k, SUM(v) AS s FROM t GROUP BY k"}, stream...),
		append([]string{"sql", "--materialize", "-e", table + "SELECT k, SUM(v) AS s FROM t GROUP BY k ORDER BY k DESC"}, stream...),
		append([]string{"sql", "-e", table + "SELECT k, v FROM t ORDER BY v"}, stream...),
		{"sql", "-e", table + sink + "INSERT INTO s SELECT * FROM t; EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT * FROM t; INSERT INTO s SELECT * FROM t; END"},
		{"sql", "-f", errors},
		{"sql", "--error-format", "json", "-f", errors},
		{"sql", "-f", runtime},
		{"sql", "-e", "SELECT * FROM missing"},
		{"sql", "-e", "SELEC 1"},
		{"sql", "-e", "SELECT 'x"},
		{"sql", "-D", "no.such.option=1", "-e", "SELECT 1"},
		{"sql", "-D", "parallelism.default=x", "-e", "SELECT 1"},
		{"sql", "-D", "weir.batch.rows=7", "-e", "SELECT a.x FROM (VALUES (1), (2), (3), (4)) AS a(x) CROSS JOIN (VALUES (1), (2), (3), (4)) AS b(y) ORDER BY a.x"},
		{"run", job},
		{"run", late},
		{"run", errors},
		{"run", write("empty.sql", table)},
		{"run", write("none.sql", "")},
	} {
		code, out, stderr := weir("", args...)
		rcode, rout, rstderr := weir("", append(slices.Clone(args), "--target", url)...)
		stderr, rstderr = elapsed.ReplaceAllString(stderr, " in a while\n"), elapsed.ReplaceAllString(rstderr, " in a while\n")
		if rcode != code || rout != out || rstderr != stderr {
			t.Errorf("%v\nhere:   exit %d\n%s%s\ntarget: exit %d\n%s%s", args, code, out, stderr, rcode, rout, rstderr)
		}
	}
}

func TestTargetPages(t *testing.T) {
	url, _ := cluster(t)
	args := []string{"sql", "--quiet", "-p", "1", "-e", `CREATE TABLE n (a BIGINT) WITH ('connector' = 'datagen', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '23456', 'rows-per-second' = '100000000');
SELECT a FROM n`}
	_, want, _ := weir("", args...)
	code, got, stderr := weir("", append(args, "--target", url)...)
	if code != 0 || got != want || strings.Count(got, "\n") != 23457 {
		t.Errorf("exit %d, %d lines, stderr %s", code, strings.Count(got, "\n"), stderr)
	}
}

func TestTargetRefusals(t *testing.T) {
	url, _ := cluster(t)
	file := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(file, []byte("INSERT INTO x SELECT 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{1, "error[28000]", []string{"sql", "-e", "SELECT 1", "--target", url, "--token", "wrong"}},
		{1, "error[08006] cannot reach http://127.0.0.1:1: ", []string{"sql", "-e", "SELECT 1", "--target", "127.0.0.1:1"}},
		{1, "error[42P17]", []string{"sql", "-e", "SELECT 1", "--target", url, "-D", "weir.memory.size=1GiB"}},
		{2, "is no REST address", []string{"sql", "-e", "SELECT 1", "--target", "ftp://x"}},
		{2, "--memory", []string{"sql", "-e", "SELECT 1", "--target", url, "--memory", "1GiB"}},
		{2, "--target", []string{"run", file, "--detached"}},
		{1, "option 'sql-gateway.session.max-num' cannot be 0", []string{"cluster", "--rest-address", "127.0.0.1:0", "-D", "sql-gateway.session.max-num=0"}},
		{2, "unknown flag", []string{"explain", file, "--target", url}},
	} {
		if code, out, stderr := weir("", c.args...); code != c.code || !strings.Contains(stderr, c.want) || out != "" {
			t.Errorf("%v: exit %d, stderr %s", c.args, code, stderr)
		}
	}
}

const endlessJob = `CREATE TABLE endless (a BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
CREATE TABLE sink (a BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT a FROM endless;`

func TestTargetDetached(t *testing.T) {
	url, e := cluster(t)
	file := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(file, []byte(endlessJob), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := weir("", "run", file, "--target", url, "--detached")
	j := e.Jobs().Job(strings.TrimSpace(out))
	if code != 0 || j == nil || j.Status().Ended != 0 {
		t.Fatalf("exit %d, out %q, stderr %s, job %v", code, out, stderr, j)
	}
	j.Cancel()
}

// TestTargetInterrupted interrupts a job that the client waits for: it stops in order,
// behind a last checkpoint, and so does what a query reads.
func TestTargetInterrupted(t *testing.T) {
	url, e := cluster(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "job.sql")
	if err := os.WriteFile(file, []byte("SET 'execution.checkpointing.interval' = '1 h'; SET 'execution.checkpointing.dir' = '"+dir+"/checkpoints';"+endlessJob), 0o600); err != nil {
		t.Fatal(err)
	}
	query := strings.Split(endlessJob, "\n")[0] + "SELECT a FROM endless"
	for _, args := range [][]string{{"run", file}, {"sql", "-e", query}} {
		c := newChild(t, []string{tokenVariable + "=secret"}, append(args, "--target", url)...)
		c.start(t)
		eventually(t, "a running job", func() bool {
			for _, j := range e.Jobs().Jobs() {
				if j.Status().State == "RUNNING" {
					return true
				}
			}
			return false
		})
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if code, killed := c.end(t); code != 130 || killed != 0 {
			t.Errorf("%v: exit %d %v, stderr %s", args, code, killed, c.stderr.String())
		}
		for _, j := range e.Jobs().Jobs() {
			if j.Status().Ended == 0 {
				t.Errorf("%v: job %s still runs", args, j.ID())
			}
			if args[0] == "run" && j.Status().Checkpoints.Completed != 1 {
				t.Errorf("%d checkpoints", j.Status().Checkpoints.Completed)
			}
		}
	}
}

func TestTargetShell(t *testing.T) {
	url, _ := cluster(t)
	entries := keyboard{"CREATE TABLE t (a INT) WITH ('connector' = 'values', 'rows' = '1');", "SELECT nme FROM t;", "SELECT a FROM t;", "QUIT;"}
	var out, stderr bytes.Buffer
	a := &app{streams: Streams{Out: &out, Err: &stderr, InTerm: true}, version: "test", quiet: true, interrupts: &interrupts{out: &stderr}, entries: &entries}
	err := a.runShell(t.Context(), &sessionFlags{target: targetFlags{url: url}}, "csv")
	if err != nil || out.String() != "a\n1\n" || !strings.Contains(stderr.String(), "error[42703]") {
		t.Errorf("%v, out %q, stderr %q", err, out.String(), stderr.String())
	}
	r, err := a.open(t.Context(), &sessionFlags{target: targetFlags{url: url}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if names := r.Names(); len(names) != 0 {
		t.Errorf("a new session has the tables %v", names)
	}
}
