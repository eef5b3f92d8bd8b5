package gateway

import (
	"bufio"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// server serves a gateway to programs of others, and gives its host and port. With
// WEIR_BINARY it is a weir cluster, as users run it.
func server(t *testing.T) string {
	t.Helper()
	binary := os.Getenv("WEIR_BINARY")
	if binary == "" {
		s := httptest.NewServer(newClient(t, Config{}).gateway.Handler())
		t.Cleanup(s.Close)
		return strings.TrimPrefix(s.URL, "http://")
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "cluster", "--rest-address", "127.0.0.1:0", "--memory", "512MiB")
	log, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt) // Wait tells whether it went well
		if err := c.Wait(); err != nil {
			t.Errorf("weir cluster: %v", err)
		}
	})
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadString('\n')
		if _, address, found := strings.Cut(strings.TrimSpace(line), "url=http://"); found {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // what it says later
			return address
		}
		if err != nil {
			t.Fatalf("weir cluster does not say where it listens: %v", err)
		}
	}
}

// secured is server with a token that Flink's clients are told.
func secured(t *testing.T) string {
	t.Helper()
	t.Setenv("WEIR_REST_TOKEN", "secret")
	t.Setenv("FLINK_REST_CLIENT_HEADERS", "Authorization:Bearer secret")
	return server(t)
}

// flinkHome is what benchmarks/peers/flink/install.sh made.
func flinkHome(t *testing.T) string {
	t.Helper()
	home := os.Getenv("WEIR_FLINK_HOME")
	if home == "" {
		t.Skip("WEIR_FLINK_HOME names no Flink; .ci/run clients does")
	}
	return home
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// output runs a program and gives what it prints, without colours.
func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return colours.ReplaceAllString(string(out), "")
}

// TestFlinkSQLClient runs a script in Flink's own SQL client.
func TestFlinkSQLClient(t *testing.T) {
	home := flinkHome(t)
	dir, address := t.TempDir(), secured(t)
	c := exec.CommandContext(t.Context(), "../../benchmarks/peers/flink/launch.sh", "sql-client", "gateway",
		"--endpoint", address, "--file", "testdata/client.sql", "--history", filepath.Join(dir, "history"))
	c.Env = append(os.Environ(), "FLINK_HOME="+home, "FLINK_LOG_DIR="+dir)
	out := output(t, c)
	rest := out
	for _, want := range []string{
		"| table name |", "|          t |",
		"| name |   type | null | key | extras | watermark |", "|   id |    INT | TRUE |",
		"| id | name |    q |        xs |      bs |", "|  1 |    a | 1.00 | [1, NULL] | x'00ff' |", "2 rows in set",
		"SQL update statement has been successfully submitted to the cluster:\nJob ID: ",
		"Complete execution of the SQL update statement.", "Complete execution of the SQL update statement.",
		"== Optimized Physical Plan ==",
		"| op |", "| +I |                              a |                    1 |", "| -U |                              a |                    1 |",
		"| +U |                              a |                    2 |",
		"[ERROR] Could not execute SQL statement. Reason:\nerror[42703] column `nme` does not exist\n  --> <statement>:1:8\n   | SELECT nme FROM t;\n   |        ^^^\nhint: ",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("no %q in\n%s\nall:\n%s", want, rest, out)
		}
		rest = after
	}
}

// TestFlinkJDBC runs a program with Flink's JDBC driver.
func TestFlinkJDBC(t *testing.T) {
	home := flinkHome(t)
	jars, err := filepath.Glob(home + "/opt/flink-sql-jdbc-driver-bundle-*.jar")
	logging, lerr := filepath.Glob(home + "/lib/flink-dist-*.jar") // it has slf4j, which the driver wants
	if err != nil || lerr != nil || len(jars) != 1 || len(logging) != 1 {
		t.Fatalf("no JDBC driver in %s", home)
	}
	c := exec.CommandContext(t.Context(), "java", "-cp", jars[0]+":"+logging[0], "testdata/Jdbc.java", secured(t))
	var out []string
	for line := range strings.Lines(output(t, c)) {
		if !strings.HasPrefix(line, "SLF4J") {
			out = append(out, line)
		}
	}
	want := `product Flink JDBC Driver
catalog default_catalog schema default_database
catalogs default_catalog
schemas default_database default_catalog
result set of CREATE: false
column id INT
column name STRING
column price DECIMAL(10, 2)
column at_time TIMESTAMP(3)
column big BOOLEAN
column q DOUBLE
row 1 a false 1.50 2026-01-31 10:00:00.123 false 0.25
row 2 null false 2.25 null true 0.5
job 32
tables sink t
nested [1, 2] 2026-01-31 10:00:00 [0, -1]
error true true
`
	if got := strings.Join(out, ""); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestPeersClient runs the client that asks Flink for answers, unchanged.
func TestPeersClient(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not there")
	}
	address := server(t)
	c := exec.CommandContext(t.Context(), "python3", "../../benchmarks/peers/flink/answers.py", "--gateway", address[strings.LastIndexByte(address, ':')+1:],
		"--mode", "streaming", "--set", "weir.batch.rows=1", "-")
	c.Stdin = strings.NewReader("CREATE VIEW v AS SELECT * FROM (VALUES ('a', 1.50), ('a', 2.25)) AS t(k, v);\nSELECT k, COUNT(v) AS n FROM v GROUP BY k;\nSELECT nme FROM v;\n")
	want := `### CREATE VIEW v AS SELECT * FROM (VALUES ('a', 1.50), ('a', 2.25)) AS t(k, v)
["+I", "OK"]
=> 1 rows: result VARCHAR(2147483647)
### SELECT k, COUNT(v) AS n FROM v GROUP BY k
["+I", "a", 1]
["-U", "a", 1]
["+U", "a", 2]
=> 3 rows: k CHAR(1) NOT NULL, n BIGINT NOT NULL
### SELECT nme FROM v
=> error: Caused by: error[42703] column ` + "`nme` does not exist\n"
	if got := output(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
