package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// batchProgram counts and sums two tables, joins what it got with a number that one
// subtask makes, and writes a line a group.
func batchProgram(dir string) string {
	var b strings.Builder
	for _, name := range []string{"a", "b"} {
		fmt.Fprintf(&b, "CREATE TABLE %s (k BIGINT) WITH ('connector' = 'datagen', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '200000', 'rows-per-second' = '10000000');\n", name)
	}
	fmt.Fprintf(&b, "CREATE TABLE sums (g BIGINT, n BIGINT, s BIGINT, most BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');\n", filepath.Join(dir, "sums"))
	b.WriteString(`SET 'pipeline.name' = 'sums';
INSERT INTO sums SELECT x.g, x.n, y.s, (SELECT MAX(k) FROM a) FROM
  (SELECT MOD(k, 100) AS g, COUNT(*) AS n FROM a GROUP BY MOD(k, 100)) x JOIN
  (SELECT MOD(k, 100) AS g, SUM(k) AS s FROM b GROUP BY MOD(k, 100)) y ON x.g = y.g;
`)
	return b.String()
}

// TestClusterBatchKilled kills a task manager when it has finished some of its outputs,
// and when its sinks are about to commit: the regions run again that this concerns, and
// the rows are right.
func TestClusterBatchKilled(t *testing.T) {
	var want []string
	for g := range int64(100) {
		want = append(want, fmt.Sprintf("%d,2000,%d,200000", g, 2000*g+100*(1999*2000/2)+map[bool]int64{true: 200_000}[g == 0]))
	}
	slices.Sort(want)
	// Six vertices are deployed where nothing fails. Of those that make the number,
	// one subtask each has run on the other task manager alone when the sinks commit.
	for point, deployed := range map[string]int{"output-finished:kill:1": 9, "output-finished:kill:3": 9, "after-prepare-before-manifest:kill": 10} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "job.sql")
			if err := os.WriteFile(file, []byte(batchProgram(dir)), 0o600); err != nil {
				t.Fatal(err)
			}
			p := &processes{t: t, job: &eventJob{t: t, dir: dir}, file: file, address: freeAddress(t), workers: make([]*child, 3)}
			defer p.tell()
			p.startLead()
			p.startWorker(0)
			eventually(t, "the first task manager", func() bool { return strings.Contains(p.lead.errors(), "task manager joined") })
			p.workers[1] = newChild(t, []string{"WEIR_FAILPOINTS=" + point},
				"taskmanager", "--jobmanager", p.address, "--slots", "1", "--memory", "256MiB", "--spill-dir", filepath.Join(dir, "spill"))
			p.workers[1].start(t)
			if code, killed := p.workers[1].end(t); killed != syscall.SIGKILL {
				t.Fatalf("it ended with %d before it could be killed\n%s", code, p.workers[1].errors())
			}
			p.startWorker(2)
			if code, _ := p.lead.end(t); code != 0 {
				t.Fatalf("the job manager: exit %d\n%s", code, p.lead.errors())
			}
			if n := strings.Count(p.lead.errors(), "HashAggregate-") + strings.Count(p.lead.errors(), "TableSourceScan-"); n != deployed {
				t.Errorf("%d vertices were deployed in all, not %d\n%s", n, deployed, p.lead.errors())
			}
			p.workers = []*child{p.workers[0], p.workers[2]}
			p.dismiss()
			got := lines(t, filepath.Join(dir, "sums"))
			if !slices.Equal(got, want) {
				t.Errorf("%d rows: %v", len(got), got)
			}
			left, err := filepath.Glob(filepath.Join(dir, "spill", "*"))
			if err != nil || len(left) != 0 {
				t.Errorf("scratch files stay: %v, %v", left, err)
			}
		})
	}
}

// TestClusterBatchAdapts joins with a table that turns out to be far smaller than it
// must be thought: it is broadcast, and who probes it does not run by itself.
func TestClusterBatchAdapts(t *testing.T) {
	for strategy, deployed := range map[string]int{"auto": 3, "none": 4} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "job.sql")
			program := fmt.Sprintf(`CREATE TABLE a (k BIGINT) WITH ('connector' = 'datagen', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '1000000', 'rows-per-second' = '100000000');
CREATE TABLE sums (n BIGINT, s BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');
SET 'pipeline.name' = 'sums';
SET 'table.optimizer.adaptive-broadcast-join.strategy' = '%s';
INSERT INTO sums SELECT COUNT(*), SUM(a.k) FROM a JOIN (SELECT k + 0 AS k FROM a WHERE MOD(k, 100000) > 99996) x ON a.k = x.k;
`, filepath.Join(dir, "sums"), strategy)
			if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
				t.Fatal(err)
			}
			p := &processes{t: t, job: &eventJob{t: t, dir: dir}, file: file, address: freeAddress(t), workers: make([]*child, 2)}
			defer p.tell()
			p.startLead()
			p.startWorker(0)
			p.startWorker(1)
			if code, _ := p.lead.end(t); code != 0 {
				t.Fatalf("the job manager: exit %d\n%s", code, p.lead.errors())
			}
			p.dismiss()
			// Three of each hundred thousand: 99997, 99998, 99999, and so on.
			if got, want := lines(t, filepath.Join(dir, "sums")), []string{"30,16499940"}; !slices.Equal(got, want) {
				t.Errorf("%v instead of %v", got, want)
			}
			if n := strings.Count(p.lead.errors(), "TableSourceScan-") + strings.Count(p.lead.errors(), "HashJoin-") + strings.Count(p.lead.errors(), "HashAggregate-"); n != deployed {
				t.Errorf("%d vertices were deployed, not %d\n%s", n, deployed, p.lead.errors())
			}
		})
	}
}

// lines are those of all files of a folder, sorted.
func lines(t *testing.T, dir string) (out []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Fields(string(b))...)
	}
	slices.Sort(out)
	return out
}
