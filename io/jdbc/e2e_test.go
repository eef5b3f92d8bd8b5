package jdbc

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long a job may take for anything.
const patience = time.Minute

// sumsJob counts rows that come for some seconds, by the name that another table of
// the database has of them.
const sumsJob = `
SET 'execution.runtime-mode' = 'streaming';
CREATE TABLE rows_in (id BIGINT, k AS CAST(MOD(id, 60) AS INT), pt AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '20000', 'number-of-rows' = '60000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '60000');
CREATE TABLE names (k INT, name STRING) WITH (%[1]s, 'table-name' = '%[2]s', 'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '20');
CREATE TABLE sums (name STRING, n BIGINT, total BIGINT, PRIMARY KEY (name) NOT ENFORCED) WITH (%[1]s, 'table-name' = '%[3]s');
INSERT INTO sums SELECT n.name, COUNT(*), SUM(id) FROM rows_in AS r JOIN names FOR SYSTEM_TIME AS OF r.pt AS n ON r.k = n.k GROUP BY n.name;
`

// TestSumsSurviveKills kills a job that looks up and upserts, and lets it go on from
// its checkpoints: in the end the table holds what is right.
func TestSumsSurviveKills(t *testing.T) {
	d := server(t)
	u, err := url.Parse(d.url)
	if err != nil {
		t.Fatal(err)
	}
	names, sums := d.create(t, "k int, name text"), d.create(t, "name text PRIMARY KEY, n bigint, total bigint")
	d.exec(t, "INSERT INTO "+names+" SELECT i, 'name ' || i % 7 FROM generate_series(0, 40) i")
	options := fmt.Sprintf("'connector' = 'jdbc', 'url' = 'jdbc:postgresql://%s%s', 'username' = '%s'", u.Host, u.Path, u.User.Username())
	dir := t.TempDir()
	file := filepath.Join(dir, "job.sql")
	if err := os.WriteFile(file, fmt.Appendf(nil, sumsJob, options, names, sums), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := weirBinary(t)
	for kill := range 3 {
		done, out, p := start(t, binary, dir, file)
		if kill == 2 {
			ends(t, done, out)
			break
		}
		completes(t, dir, done, out)
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err == nil {
			t.Fatalf("the job ended before it was killed\n%s", out)
		}
	}
	want := d.exec(t, fmt.Sprintf("SELECT name, count(*), sum(id) FROM generate_series(1, 60000) id JOIN %s n ON id %% 60 = n.k GROUP BY name ORDER BY name", names))
	if got := d.exec(t, "SELECT * FROM "+sums+" ORDER BY name"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// weirBinary is weir as users run it.
func weirBinary(t *testing.T) string {
	t.Helper()
	if binary := os.Getenv("WEIR_BINARY"); binary != "" {
		return binary
	}
	binary := filepath.Join(t.TempDir(), "weir")
	if text, err := exec.Command("go", "build", "-o", binary, "github.com/weir-engine/weir/cli/weir").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return binary
}

func start(t *testing.T, binary, dir, file string) (chan error, *bytes.Buffer, *os.Process) {
	t.Helper()
	out, done := &bytes.Buffer{}, make(chan error, 1)
	c := exec.Command(binary, "run", file, "--restore", "latest", "-p", "2", "-D", "pipeline.name=sums",
		"-D", "execution.checkpointing.interval=100ms", "-D", "execution.checkpointing.dir="+filepath.Join(dir, "checkpoints"), "-D", "restart-strategy.type=none")
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	go func() { done <- c.Wait() }()
	return done, out, c.Process
}

func ends(t *testing.T, done chan error, out *bytes.Buffer) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	case <-time.After(patience):
		t.Fatalf("the job does not end\n%s", out)
	}
}

// completes waits for some checkpoints more.
func completes(t *testing.T, dir string, done chan error, out *bytes.Buffer) {
	t.Helper()
	from := newest(dir)
	for deadline := time.Now().Add(patience); newest(dir) < from+3; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-done:
			t.Fatalf("the job ended: %v\n%s", err, out)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("no checkpoint behind %d", from)
		}
	}
}

func newest(dir string) (n int) {
	found, _ := filepath.Glob(filepath.Join(dir, "checkpoints", "*", "chk-*", "manifest")) // the pattern is well formed
	for _, m := range found {
		if id, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(m)), "chk-")); err == nil {
			n = max(n, id)
		}
	}
	return n
}
