package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const analyzedTable = `CREATE TABLE t (k STRING, v INT) WITH ('connector' = 'values', 'rows' = 'a,1; b,5; a,2; c,4; a,9');
`

// analyzed is the part of a plan in JSON that the tests read.
type analyzed struct {
	Nodes []struct {
		Type   string
		Rows   float64
		Actual *struct {
			Rows, RowsIn, Batches, TimeNanos, Memory, Spilled int64
			Share                                             float64
			RowGroupsRead, RowGroupsPruned, PagesRead         int64
		}
	}
	Run *struct{ TimeNanos, BusyNanos, Spilled int64 }
}

func explainAnalyze(t *testing.T, script string, flags ...string) analyzed {
	t.Helper()
	file := filepath.Join(t.TempDir(), "q.sql")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := weir("", append([]string{"explain", "--analyze", "--json", file}, flags...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var a analyzed
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return a
}

// rowsOf are the actual rows of the operators of one type, in the order of the plan.
func (a analyzed) rowsOf(name string) (rows []int64) {
	for _, n := range a.Nodes {
		if n.Type == name && n.Actual != nil {
			rows = append(rows, n.Actual.Rows)
		}
	}
	return rows
}

func same(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// TestAnalyzeCountsRows: what operators gave is exact in both modes, whatever the parallelism.
func TestAnalyzeCountsRows(t *testing.T) {
	query := analyzedTable + "SELECT k, SUM(v) AS s FROM t WHERE v > 1 GROUP BY k"
	for _, c := range []struct {
		name  string
		flags []string
		want  map[string][]int64
	}{
		{"batch", []string{"--mode", "batch", "-p", "2"}, map[string][]int64{"TableSourceScan": {5}, "Calc": {4}, "HashAggregate": {3}, "Collect": {3}}},
		{"one subtask", []string{"--mode", "batch", "-p", "1"}, map[string][]int64{"TableSourceScan": {5}, "Calc": {4}, "HashAggregate": {3}, "Collect": {3}}},
		{"several processes", []string{"--mode", "batch", "-p", "2", "-D", "weir.exchange=network"}, map[string][]int64{"TableSourceScan": {5}, "Calc": {4}, "Collect": {3}}},
		// a: +I 2, -U 2, +U 11; b and c: +I each
		{"streaming", []string{"--mode", "streaming", "-p", "1", "-D", "weir.batch.rows=1"}, map[string][]int64{"TableSourceScan": {5}, "Calc": {4}, "Exchange": {4}, "GroupAggregate": {5}, "Collect": {5}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := explainAnalyze(t, query, c.flags...)
			for name, want := range c.want {
				if got := a.rowsOf(name); !same(got, want) {
					t.Errorf("%s gave %v rows, want %v", name, got, want)
				}
			}
			share, busy := 0.0, int64(0)
			for _, n := range a.Nodes {
				if n.Actual == nil {
					t.Errorf("%s has no figures", n.Type)
					continue
				}
				share, busy = share+n.Actual.Share, busy+n.Actual.TimeNanos
			}
			if share < 0.9 || share > 1.0001 || busy > a.Run.BusyNanos || a.Run.BusyNanos == 0 || a.Run.TimeNanos == 0 {
				t.Errorf("the operators have %.3f of the time, %d of %d ns", share, busy, a.Run.BusyNanos)
			}
		})
	}
}

// TestAnalyzeSpills: a sort that does not fit says how much it wrote and what it held.
func TestAnalyzeSpills(t *testing.T) {
	events := eventsTable(400_000, 50_000, false)
	a := explainAnalyze(t, events+"SELECT bid.url AS url, bid.price AS price FROM events WHERE event_type = 2 ORDER BY price, url",
		"--mode", "batch", "-p", "1", "--memory", "128MiB", "-D", "weir.spill.dir="+t.TempDir())
	for _, n := range a.Nodes {
		if n.Type == "Sort" && (n.Actual.Spilled == 0 || n.Actual.Memory == 0 || n.Actual.Rows != 368_000 || n.Rows == 0) {
			t.Errorf("the sort: %+v of %f", *n.Actual, n.Rows)
		}
	}
	if a.Run.Spilled == 0 {
		t.Error("nothing was spilled")
	}
}

// TestAnalyzeInserts: the rows are there, and the scan says which row groups it passed over.
func TestAnalyzeInserts(t *testing.T) {
	dir := t.TempDir()
	table := "CREATE TABLE p (k STRING, v INT) WITH ('connector' = 'filesystem', 'format' = 'parquet', 'path' = '" + dir + "/p');\n"
	a := explainAnalyze(t, analyzedTable+table+"INSERT INTO p SELECT * FROM t", "--mode", "batch", "-p", "1")
	if got := a.rowsOf("Sink"); !same(got, []int64{5}) {
		t.Errorf("the sink took %v", got)
	}
	for _, c := range []struct {
		where               string
		read, pruned, pages int64
	}{{"v > 0", 1, 0, 2}, {"v > 100", 0, 1, 0}} {
		a = explainAnalyze(t, table+"SELECT * FROM p WHERE "+c.where, "--mode", "batch", "-p", "1")
		for _, n := range a.Nodes {
			if n.Type == "TableSourceScan" && (n.Actual.RowGroupsRead != c.read || n.Actual.RowGroupsPruned != c.pruned || n.Actual.PagesRead != c.pages) {
				t.Errorf("%s: %+v", c.where, *n.Actual)
			}
		}
	}
}

// TestAnalyzeStatement is the statement, in this process and in a cluster.
func TestAnalyzeStatement(t *testing.T) {
	url, e := cluster(t)
	script := analyzedTable + "EXPLAIN ANALYZE SELECT k, COUNT(*) AS n FROM t GROUP BY k ORDER BY k"
	figures := regexp.MustCompile(`(?m)^ *\+- HashAggregate\(.*\n[ |:]*\(rows=3 of \d+ estimated, time=\S+ [0-9.]+%, batches=\d+, memory=\S+\)$`)
	for _, target := range [][]string{nil, {"--target", url}} {
		code, out, stderr := weir("", append([]string{"sql", "--quiet", "--mode", "batch", "--format", "json", "-e", script}, target...)...)
		var row struct{ Result string }
		if err := json.Unmarshal([]byte(out), &row); err != nil || code != 0 || !figures.MatchString(row.Result) {
			t.Errorf("%v: exit %d, %v\n%s\n%s", target, code, err, row.Result, stderr)
		}
	}
	if jobs := e.Jobs().Jobs(); len(jobs) > 0 {
		t.Errorf("%d jobs are kept", len(jobs))
	}
	for _, c := range []struct{ script, want string }{
		{"CREATE TABLE g (a INT) WITH ('connector' = 'datagen'); EXPLAIN ANALYZE SELECT a FROM g", "EXPLAIN ANALYZE of a statement that does not end"},
		{analyzedTable + "EXPLAIN ANALYZE SELECT 1 / (v - 1) FROM t", "division by zero"},
	} {
		code, _, stderr := weir("", "sql", "--quiet", "-e", c.script)
		if code != 1 || !strings.Contains(strings.ToLower(stderr), strings.ToLower(c.want)) {
			t.Errorf("exit %d, want %q\n%s", code, c.want, stderr)
		}
	}
}
