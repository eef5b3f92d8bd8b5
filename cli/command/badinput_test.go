package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const nation = "../../testdata/tpch/nation.parquet"

// write puts a file into dir and gives its name.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// damaged is nation.parquet with bytes of its first page overwritten.
func damaged(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(nation)
	if err != nil {
		t.Fatal(err)
	}
	for i := 200; i < 216; i++ {
		data[i] = 0xff
	}
	return write(t, dir, "page.parquet", string(data))
}

func fileTable(path, format, columns string, options ...string) string {
	with := "'connector' = 'filesystem', 'format' = '" + format + "', 'path' = '" + path + "'"
	for _, o := range options {
		with += ", " + o
	}
	return "CREATE TABLE t (" + columns + ") WITH (" + with + ");\n"
}

// TestBadInput: what cannot be read or is not there is named, with exit 1.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	csv := write(t, dir, "bad.csv", "1,a\nx,b\n3,c\n")
	json := write(t, dir, "bad.json", "{\"i\":1,\"s\":\"a\"}\n{\"i\":2,\"s\":\"b\"\n{\"i\":3,\"s\":\"c\"}\n")
	cut := write(t, dir, "cut.parquet", "PAR1 and no end")
	const both, all = "i INT, s STRING", "SELECT * FROM t"
	for _, c := range []struct {
		name, statements string
		want             []string
	}{
		{"missing file", "SELECT * FROM '" + dir + "/none.parquet'", []string{"58P01", "none.parquet"}},
		{"missing file of a table", fileTable(dir+"/none.csv", "csv", both) + all, []string{"58P01", "none.csv"}},
		{"missing column", fileTable(nation, "parquet", "n_name STRING, nope INT NOT NULL") + all, []string{"42703", "nation.parquet", "nope", "n_regionkey"}},
		{"type mismatch", fileTable(nation, "parquet", "n_name INT") + all, []string{"42804", "nation.parquet", "n_name", "STRING", "INT"}},
		{"corrupt page", "SELECT * FROM '" + damaged(t, dir) + "'", []string{"58030", "page.parquet", "row group 0", "column n_name", "page 0"}},
		{"cut file", "SELECT * FROM '" + cut + "'", []string{"58030", "cut.parquet"}},
		{"csv field", fileTable(csv, "csv", both) + all, []string{"22P02", "bad.csv", "record 2", "'x'", "INT"}},
		{"csv quote", fileTable(write(t, dir, "open.csv", "1,a\n\"2,b\n"), "csv", both) + all, []string{"22P02", "open.csv", "record 2"}},
		{"json record", fileTable(json, "json", both) + all, []string{"22P02", "bad.json", "record 2"}},
		{"unknown column", "SELECT n_nam FROM '" + nation + "'", []string{"42703", "n_nam", "`n_name`", ":1:8"}},
		{"unknown option of a table", fileTable(csv, "csv", both, "'pth' = 'x'") + all, []string{"42P17", "pth", "nearest: path"}},
		{"unknown option", "SET 'state.backend.typ' = 'pebble'", []string{"42P17", "state.backend.typ", "state.backend.type"}},
		{"wrong value", "SET 'state.backend' = 'rocks'", []string{"42P17", "rocks", "pebble"}},
		{"of the process", "SET 'weir.memory.size' = '1GiB'", []string{"42P17", "weir.memory.size", "-D"}},
		{"unknown connector", "CREATE TABLE t (i INT) WITH ('connector' = 'filesystm')", []string{"42P17", "filesystm", "filesystem"}},
		{"unknown format", fileTable(csv, "cvs", both) + all, []string{"42P17", "cvs", "parquet, csv, json, arrow"}},
		{"sink below a file", fileTable(csv+"/sub", "csv", both) + "INSERT INTO t VALUES (1, 'a')", []string{"58030", "bad.csv/sub", "not a directory"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mode := range []string{"batch", "streaming"} {
				code, out, stderr := weir("", "sql", "--quiet", "--mode", mode, "-e", c.statements)
				if code != exitFailed {
					t.Errorf("%s: exit %d, %s%s", mode, code, out, stderr)
				}
				for _, w := range c.want {
					if !strings.Contains(stderr, w) {
						t.Errorf("%s: %q is not in\n%s", mode, w, stderr)
					}
				}
				if strings.Contains(stderr, "XX000") || !strings.HasPrefix(stderr, "error[") {
					t.Errorf("%s: not a user's error:\n%s", mode, stderr)
				}
			}
		})
	}
}

// TestIgnoreParseErrors: a field becomes NULL, a record is skipped, and the others are there.
func TestIgnoreParseErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ format, text, want string }{
		{"csv", "1,a\nx,b\n3,c\n", "i,s\n1,a\n,b\n3,c\n"},
		{"json", "{\"i\":1,\"s\":\"a\"}\n{\"i\":\"x\",\"s\":\"b\"}\n{\"i\":3,\n{\"i\":4,\"s\":\"d\"}\n", "i,s\n1,a\n,b\n4,d\n"},
	} {
		file := write(t, dir, "bad."+c.format, c.text)
		table := fileTable(file, c.format, "i INT, s STRING", "'"+c.format+".ignore-parse-errors' = 'true'")
		code, out, stderr := weir("", "sql", "--quiet", "-e", table+"SELECT * FROM t")
		if code != 0 || out != c.want {
			t.Errorf("%s: exit %d, %q, want %q\n%s", c.format, code, out, c.want, stderr)
		}
	}
}

// TestFailedInsertLeavesNothing: what was written before the error is taken away.
func TestFailedInsertLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("1,a\n", 100_000) + "x,b\n"
	source := strings.Replace(fileTable(write(t, dir, "in.csv", text), "csv", "i INT, s STRING"), "TABLE t", "TABLE s", 1)
	sink := fileTable(filepath.Join(dir, "out"), "parquet", "i INT, s STRING")
	for _, mode := range []string{"batch", "streaming"} {
		code, _, stderr := weir("", "sql", "--quiet", "--mode", mode, "-e", source+sink+"INSERT INTO t SELECT * FROM s")
		if code != exitFailed || !strings.Contains(stderr, "record 100001") {
			t.Errorf("%s: exit %d, %s", mode, code, stderr)
		}
		if left := below(t, filepath.Join(dir, "out")); len(left) > 0 {
			t.Errorf("%s: left %v", mode, left)
		}
	}
}

// TestStateBeyondMemory: the hashmap backend says that it is full and what would help.
func TestStateBeyondMemory(t *testing.T) {
	job := eventsTable(2_000_000, 50_000, false) + `CREATE TABLE o (bidder BIGINT, price BIGINT, url STRING, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO o SELECT bid.bidder, bid.price, MAX(bid.url), COUNT(*) FROM events GROUP BY bid.bidder, bid.price`
	code, _, stderr := weir("", "sql", "--quiet", "--mode", "streaming", "--memory", "160MiB", "-e", job)
	if code != exitFailed || !strings.Contains(stderr, "error[53200]") || !strings.Contains(stderr, "pebble") || !strings.Contains(stderr, "weir.memory.size") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// TestFullDiskUnderSpill: the file that cannot grow is named, and nothing stays.
func TestFullDiskUnderSpill(t *testing.T) {
	spill := t.TempDir()
	c := newChild(t, []string{limitVariable + "=1000000"}, "sql", "--quiet", "--mode", "batch", "--memory", "192MiB", "-D", "weir.spill.dir="+spill, "-e",
		eventsTable(2_000_000, 50_000, false)+"SELECT bid.price AS price, bid.url AS url FROM events ORDER BY price, url")
	c.start(t)
	if code, _ := c.end(t); code != exitFailed || !strings.Contains(c.stderr.String(), spill) || !strings.Contains(c.stderr.String(), "file too large") {
		t.Errorf("exit %d\n%s", code, c.stderr.String())
	}
	if left := below(t, spill); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestFullDiskUnderCheckpoints: a job whose checkpoints do not fit fails, shows no
// row that no checkpoint covers, and goes on when there is room again.
func TestFullDiskUnderCheckpoints(t *testing.T) {
	j := &eventJob{t: t, dir: t.TempDir(), format: "csv", backend: "hashmap", events: 60_000, rate: 50_000, checkpointing: true}
	long := strings.Replace(countQuery, "'10' SECOND", "'10' MINUTE", 1) // one window: all state is kept to the end
	file := j.write(long)
	c := newChild(t, []string{limitVariable + "=15000"}, "run", file, "--restore", "latest")
	c.start(t)
	if code, _ := c.end(t); code != exitFailed || !strings.Contains(c.stderr.String(), j.path("checkpoints")) || !strings.Contains(c.stderr.String(), "file too large") {
		t.Fatalf("exit %d\n%s", code, c.stderr.String())
	}
	if visible, _ := j.files(); len(visible) > 0 {
		t.Errorf("rows of no checkpoint: %v", visible)
	}
	must(t, "run", file, "--restore", "latest")
	want := must(t, "sql", "--quiet", "--mode", "batch", "-e", eventsTable(j.events, j.rate, false)+long+" ORDER BY window_start, auction")
	if got := j.result(); got != want {
		t.Error(firstDifference(got, want))
	}
}

func TestFolderOfCheckpointsNotWritable(t *testing.T) {
	dir := t.TempDir()
	j := &eventJob{t: t, dir: dir, format: "csv", backend: "hashmap", events: 1000, rate: 50_000, checkpointing: true}
	file := j.write(countQuery)
	write(t, dir, "checkpoints", "a file is no folder")
	code, _, stderr := weir("", "run", "--quiet", file)
	if code != exitFailed || !strings.Contains(stderr, "error[58030]") || !strings.Contains(stderr, j.path("checkpoints")) || !strings.Contains(stderr, "execution.checkpointing.dir") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if visible, hidden := j.files(); len(visible)+len(hidden) > 0 {
		t.Errorf("left: %v %v", visible, hidden)
	}
}

// TestSinkThatNeverCommits is refused before a row is read.
func TestSinkThatNeverCommits(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		events int
		want   int
	}{{0, exitFailed}, {1000, exitOK}} {
		j := &eventJob{t: t, dir: dir, format: "csv", backend: "hashmap", events: c.events, rate: 50_000}
		code, _, stderr := weir("", "run", "--quiet", j.write(countQuery))
		if code != c.want || code != exitOK && (!strings.Contains(stderr, "error[42P17]") || !strings.Contains(stderr, "execution.checkpointing.interval")) {
			t.Errorf("%d events: exit %d\n%s", c.events, code, stderr)
		}
	}
}
