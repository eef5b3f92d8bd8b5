package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// weir runs the command line and gives exit code, stdout and stderr.
func weir(stdin string, args ...string) (int, string, string) {
	var out, stderr bytes.Buffer
	code := Main("test", args, Streams{In: strings.NewReader(stdin), Out: &out, Err: &stderr})
	return code, out.String(), stderr.String()
}

func TestFormats(t *testing.T) {
	query := `SELECT 1 AS i, CAST(NULL AS STRING) AS n, '' AS e, 'a,"b"' AS q, TRUE AS b, CAST(1.5 AS DECIMAL(5, 2)) AS d,
  CAST(0.1 AS DOUBLE) AS f, DATE '2026-01-31' AS dt, TIME '10:00:00' AS tm, TIMESTAMP '2026-01-31 10:00:00.123' AS ts, x'00ff' AS bs`
	for _, c := range []struct{ format, want string }{
		{"csv", "i,n,e,q,b,d,f,dt,tm,ts,bs\n1,,\"\",\"a,\"\"b\"\"\",true,1.50,0.1,2026-01-31,10:00:00,2026-01-31 10:00:00.123,\\x00ff\n"},
		{"json", `{"i":1,"n":null,"e":"","q":"a,\"b\"","b":true,"d":"1.50","f":0.1,"dt":"2026-01-31","tm":"10:00:00","ts":"2026-01-31 10:00:00.123","bs":"\\x00ff"}` + "\n"},
	} {
		code, out, stderr := weir("", "sql", "--quiet", "--format", c.format, "-e", query)
		if code != 0 || out != c.want {
			t.Errorf("%s: exit %d\ngot  %s\nwant %s\n%s", c.format, code, out, c.want, stderr)
		}
	}
}

func TestStatementsFromStdinAndBlankLineBetweenResults(t *testing.T) {
	code, out, stderr := weir("SELECT 1 AS a; SELECT 2 AS b;\n", "sql", "--quiet")
	if code != 0 || out != "a\n1\n\nb\n2\n" || stderr != "" {
		t.Errorf("exit %d, out %q, stderr %q", code, out, stderr)
	}
}

func TestStreamingCarriesKinds(t *testing.T) {
	const table = `CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'values', 'rows' = 'a,1; a,2');`
	args := []string{"sql", "--quiet", "--mode", "streaming", "-p", "1", "-D", "weir.batch.rows=1", "-e", table + "SELECT k, SUM(v) AS s FROM t GROUP BY k"}
	code, out, stderr := weir("", args...)
	if code != 0 || out != "op,k,s\n+I,a,1\n-U,a,1\n+U,a,3\n" {
		t.Errorf("exit %d, out %q, stderr %q", code, out, stderr)
	}
	code, out, stderr = weir("", append(args, "--materialize")...)
	if code != 0 || out != "k,s\na,3\n" {
		t.Errorf("materialized: exit %d, out %q, stderr %q", code, out, stderr)
	}
}

func TestErrorsHavePlaceCaretAndHint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "q.sql")
	if err := os.WriteFile(file, []byte("SELECT 1;\nSELECT nme FROM (VALUES ('x')) AS t(name);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := weir("", "sql", "--quiet", "-f", file)
	want := "error[42703] column `nme` does not exist\n  --> " + file + ":2:8\n   | SELECT nme FROM (VALUES ('x')) AS t(name)\n   |        ^"
	if code != 1 || !strings.HasPrefix(strings.ReplaceAll(stderr, ";\n   |", "\n   |"), want) || !strings.Contains(stderr, "`name`") {
		t.Errorf("exit %d, stderr:\n%s", code, stderr)
	}
	code, _, stderr = weir("", "sql", "--quiet", "--error-format", "json", "-f", file)
	if code != 1 || !strings.Contains(stderr, `"code":"42703"`) || !strings.Contains(stderr, `"line":2,"column":8`) {
		t.Errorf("exit %d, stderr %s", code, stderr)
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		want int
		args []string
	}{
		{0, []string{"version"}},
		{0, []string{"sql", "--quiet", "-e", "SELECT 1"}},
		{1, []string{"sql", "--quiet", "-e", "SELECT 1 / 0"}},
		{1, []string{"sql", "--quiet", "-e", "SELECT * FROM missing"}},
		{1, []string{"sql", "--quiet", "-f", "no-such-file.sql"}},
		{1, []string{"sql", "--quiet", "-D", "no.such.option=1", "-e", "SELECT 1"}},
		{2, []string{"sql", "--no-such-flag"}},
		{2, []string{"sql", "--format", "xml", "-e", "SELECT 1"}},
		{2, []string{"no-such-verb"}},
		{2, []string{"run"}},
		{2, []string{"sql", "-e", "SELECT 1", "-f", "x.sql"}},
	} {
		if code, out, stderr := weir("", c.args...); code != c.want {
			t.Errorf("%v: exit %d, want %d\n%s%s", c.args, code, c.want, out, stderr)
		}
	}
}

func TestUsageErrorsAsJSON(t *testing.T) {
	for _, args := range [][]string{{"--error-format", "json", "nosuch"}, {"sql", "--nosuch", "--error-format=json"}} {
		code, _, stderr := weir("", args...)
		var e struct{ Code, Message string }
		if err := json.Unmarshal([]byte(stderr), &e); err != nil || code != 2 || e.Code != "22023" || !strings.Contains(e.Message, "nosuch") {
			t.Errorf("%v: exit %d, stderr %q, %v", args, code, stderr, err)
		}
	}
}

func TestRunRefusesSelect(t *testing.T) {
	file := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(file, []byte("SELECT 1;"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := weir("", "run", file)
	if code != 1 || !strings.Contains(stderr, "INSERT") {
		t.Errorf("exit %d, stderr %s", code, stderr)
	}
}

func TestCheckReportsAllErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.sql")
	if err := os.WriteFile(file, []byte("SELECT a;\nSELEC 1;\nSELECT 1;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := weir("", "check", file)
	if code != 1 || strings.Count(stderr, "error[") != 2 {
		t.Errorf("exit %d, stderr %s", code, stderr)
	}
}

func TestShowAndDescribe(t *testing.T) {
	script := `CREATE TABLE t (id INT NOT NULL, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'values', 'rows' = '');
DESCRIBE t; SHOW TABLES;`
	code, out, stderr := weir(script, "sql", "--quiet")
	if code != 0 || !strings.Contains(out, "id,INT,false,PRI(id)") || !strings.Contains(out, "*ROWTIME*") || !strings.HasSuffix(out, "table name\nt\n") {
		t.Errorf("exit %d, out:\n%s\nstderr %s", code, out, stderr)
	}
}
