package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// interrupted runs a job until it has completed some checkpoints, and kills it.
func (j *eventJob) interrupted(file string) {
	j.t.Helper()
	c := newChild(j.t, []string{"WEIR_FAILPOINTS=after-manifest-before-commit:kill:4"}, "run", file, "--restore", "latest")
	c.start(j.t)
	if _, killed := c.end(j.t); killed == 0 {
		j.t.Fatalf("the job ended before it could be killed\n%s", c.stderr.String())
	}
	if j.completed() == 0 {
		j.t.Fatal("no checkpoint is complete")
	}
}

// manifest is the manifest of the newest checkpoint.
func (j *eventJob) manifest() string {
	j.t.Helper()
	found, err := filepath.Glob(j.path("checkpoints/*/chk-*/manifest"))
	if err != nil || len(found) != 1 {
		j.t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}

func TestRestore(t *testing.T) {
	t.Parallel()
	j := &eventJob{t: t, dir: t.TempDir(), format: "parquet", backend: "pebble", events: 60_000, rate: 50_000, checkpointing: true}
	file := j.write(countQuery)
	j.interrupted(file)
	manifest := j.manifest()

	refused := func(name string, want []string, args ...string) {
		t.Helper()
		code, _, stderr := weir("", append([]string{"run", "--quiet", file}, args...)...)
		if code != exitFailed || strings.Contains(stderr, "XX000") {
			t.Errorf("%s: exit %d\n%s", name, code, stderr)
		}
		for _, w := range want {
			if !strings.Contains(stderr, w) {
				t.Errorf("%s: %q is not in\n%s", name, w, stderr)
			}
		}
	}
	refused("no such path", []string{"58P01", j.path("none")}, "--restore", j.path("none"))

	j.write("SELECT window_start, bid.bidder, COUNT(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE event_type = 2 GROUP BY window_start, window_end, bid.bidder")
	refused("a changed query", []string{"22023", "WindowAggregate-", "pipeline.name", "ignore-unclaimed-state"}, "--restore", "latest")
	j.write(countQuery)

	whole, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"cut": whole[:len(whole)/2], "changed": append(append([]byte{}, whole[:len(whole)-5]...), "xxxxx"...), "empty": nil} {
		if err := os.WriteFile(manifest, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(name+" manifest", []string{"58030", "damaged", manifest}, "--restore", "latest")
		refused(name+" manifest by path", []string{"58030", "damaged", manifest}, "--restore", filepath.Dir(manifest))
	}
	if err := os.WriteFile(manifest, whole, 0o600); err != nil {
		t.Fatal(err)
	}

	// None of that has harmed it: by its path, at another parallelism, it goes on.
	must(t, "run", file, "-p", "3", "--restore", filepath.Dir(manifest))
	j.checkEnd()
	// And when it is over, the same command adds nothing.
	must(t, "run", file, "--restore", "latest")
	j.checkEnd()
}

// TestUnclaimedStateDropped: the option gives up the state of what is gone.
func TestUnclaimedStateDropped(t *testing.T) {
	t.Parallel()
	j := &eventJob{t: t, dir: t.TempDir(), format: "csv", backend: "hashmap", events: 30_000, rate: 50_000, checkpointing: true}
	file := j.write(countQuery)
	j.interrupted(file)
	j.write(strings.Replace(countQuery, "COUNT(*) AS bids", "MAX(bid.price) AS bids", 1))
	must(t, "run", file, "--restore", "latest", "-D", "execution.state-recovery.ignore-unclaimed-state=true")
}

// TestLatestOfWhat: latest needs a name and a folder to look in; where both are
// given and nothing is there, the job starts fresh.
func TestLatestOfWhat(t *testing.T) {
	const job = "CREATE TABLE o (i INT) WITH ('connector' = 'blackhole'); INSERT INTO o VALUES (1)"
	name, dir := "pipeline.name=fresh", "execution.checkpointing.dir="+t.TempDir()
	for _, c := range []struct {
		defines []string
		want    string // empty: it runs
	}{
		{[]string{"-D", dir}, "pipeline.name"},
		{[]string{"-D", name}, "execution.checkpointing.dir"},
		{[]string{"-D", name, "-D", dir}, ""},
	} {
		code, _, stderr := weir("", append([]string{"sql", "--restore", "latest", "-e", job}, c.defines...)...)
		if (code == exitOK) != (c.want == "") || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "starting from") {
			t.Errorf("%v: exit %d\n%s", c.defines, code, stderr)
		}
	}
}

// TestBatchJobsTakeNoCheckpoint but their last: what operators in batch mode hold
// stands in none, so that a job that went on from one would lose it.
func TestBatchJobsTakeNoCheckpoint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const job = `CREATE TABLE s (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10000', 'number-of-rows' = '3000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '3000');
CREATE TABLE o (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT COUNT(*) FROM s`
	must(t, "sql", "--mode", "batch", "-D", "execution.checkpointing.interval=20ms", "-D", "execution.checkpointing.dir="+dir, "-e", job)
	found, err := filepath.Glob(filepath.Join(dir, "*", "chk-*"))
	if err != nil || len(found) != 1 || filepath.Base(found[0]) != "chk-1" {
		t.Errorf("checkpoints %v, %v", found, err)
	}
}
