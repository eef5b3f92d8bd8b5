package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStopInOrder: a first signal ends a job behind a checkpoint whose output is
// committed; the same command goes on from it.
func TestStopInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			j := &eventJob{t: t, dir: t.TempDir(), format: "csv", backend: "pebble", events: 100_000, rate: 50_000, checkpointing: true}
			file := j.write(countQuery)
			c := newChild(t, nil, "run", file, "--restore", "latest")
			c.start(t)
			eventually(t, "a committed file", func() bool { visible, _ := j.files(); return len(visible) > 0 })
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if code, killed := c.end(t); code != exitInterrupted {
				t.Fatalf("exit %d, signal %v\n%s", code, killed, c.stderr.String())
			}
			if !strings.Contains(c.stderr.String(), "stopped behind checkpoint") || strings.Contains(c.stderr.String(), "error") {
				t.Errorf("stderr:\n%s", c.stderr.String())
			}
			if _, hidden := j.files(); len(hidden) > 0 {
				t.Errorf("not committed: %v", hidden)
			}
			must(t, "run", file, "--restore", "latest")
			j.checkEnd()
		})
	}
}

// TestSecondSignalStopsAtOnce: a job that cannot stop in order ends all the same.
func TestSecondSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	j := &eventJob{t: t, dir: t.TempDir(), format: "csv", backend: "hashmap", events: 10_000_000, rate: 50_000, checkpointing: true}
	file := j.write(countQuery)
	c := newChild(t, []string{"WEIR_FAILPOINTS=before-barrier:hang:20"}, "run", file)
	c.start(t)
	eventually(t, "a checkpoint", func() bool { return j.completed() > 0 })
	time.Sleep(500 * time.Millisecond) // until no barrier passes any more
	signalled := time.Now()
	_ = c.Process.Signal(syscall.SIGINT)
	time.Sleep(300 * time.Millisecond)
	_ = c.Process.Signal(syscall.SIGINT)
	code, killed := c.end(t)
	if took := time.Since(signalled); code != exitInterrupted || took < 300*time.Millisecond || took > 2*time.Second {
		t.Fatalf("exit %d, signal %v, after %s\n%s", code, killed, took, c.stderr.String())
	}
}

// TestInterruptedBatch: a query ends within a second, and leaves no file.
func TestInterruptedBatch(t *testing.T) {
	events := eventsTable(2_000_000_000, 50_000, false)
	for _, c := range []struct{ name, statement string }{
		{"select", countQuery + " ORDER BY bids"},
		{"insert", "INSERT INTO t SELECT ts, bid.auction, bid.price FROM events WHERE event_type = 2"},
		{"spilling", "SELECT bid.price AS price, bid.url AS url FROM events ORDER BY price, url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			counts, spill := filepath.Join(dir, "counts"), filepath.Join(dir, "spill")
			table := "CREATE TABLE t (ts TIMESTAMP(3), auction BIGINT, price BIGINT) WITH ('connector' = 'filesystem', 'format' = 'parquet', 'path' = '" + counts + "');\n"
			w := newChild(t, nil, "sql", "--mode", "batch", "--memory", "256MiB", "-D", "weir.spill.dir="+spill, "-e", events+table+c.statement)
			w.start(t)
			eventually(t, "the job to write", func() bool { return len(below(t, spill))+len(below(t, counts)) > 0 })
			time.Sleep(700 * time.Millisecond)
			signalled := time.Now()
			if err := w.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			code, killed := w.end(t)
			if took := time.Since(signalled); code != exitInterrupted || took > time.Second {
				t.Errorf("exit %d, signal %v, after %s\n%s", code, killed, took, w.stderr.String())
			}
			if files := append(below(t, counts), below(t, spill)...); len(files) > 0 {
				t.Errorf("left: %v", files)
			}
		})
	}
}

// TestInterruptedInOneCall: operators that are at work for minutes on one batch, and emit nothing, end within a second too.
func TestInterruptedInOneCall(t *testing.T) {
	number := func(name string, n int) string {
		return fmt.Sprintf("CREATE TABLE %s (v BIGINT, k AS CAST(1 AS INT)) WITH ('connector' = 'datagen', 'fields.v.kind' = 'sequence', 'rows-per-second' = '100000000', 'fields.v.start' = '1', 'fields.v.end' = '%d');\n", name, n)
	}
	tables := number("a", 400_000) + number("b", 400_000)
	for _, c := range []struct{ name, statement string }{
		{"nested loop", "SELECT COUNT(*) FROM a, b WHERE a.v > b.v + 1000000"},
		{"one key", "SELECT COUNT(*) FROM a WHERE EXISTS (SELECT 1 FROM b WHERE a.k = b.k AND a.v > b.v + 1000000)"},
		{"one key, merged", "SET 'table.exec.disabled-operators' = 'ShuffleHashJoin,BroadcastHashJoin'; SELECT COUNT(*) FROM a JOIN b ON a.k = b.k AND a.v > b.v + 1000000"},
		{"streams", "SET 'execution.runtime-mode' = 'streaming'; SELECT COUNT(*) FROM a JOIN b ON a.k = b.k AND a.v > b.v + 1000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newChild(t, nil, "sql", "--mode", "batch", "--memory", "256MiB", "-D", "weir.spill.dir="+t.TempDir(), "-e", tables+c.statement)
			w.start(t)
			time.Sleep(time.Second) // into the join, whose pairs take minutes
			signalled := time.Now()
			if err := w.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			code, killed := w.end(t)
			if took := time.Since(signalled); code != exitInterrupted || took > 2*time.Second {
				t.Errorf("exit %d, signal %v, after %s\n%s", code, killed, took, w.stderr.String())
			}
		})
	}
}

// below lists the files and folders under dir.
func below(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if err == nil && name != dir {
			names = append(names, name)
		}
		return nil // what vanishes meanwhile is not there
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestStopLeavesASavepoint: the job goes on from the copy when its checkpoints are gone.
func TestStopLeavesASavepoint(t *testing.T) {
	t.Parallel()
	j := &eventJob{t: t, dir: t.TempDir(), format: "csv", backend: "pebble", events: 100_000, rate: 50_000, checkpointing: true}
	file := j.write(countQuery)
	c := newChild(t, nil, "run", file, "-D", "execution.checkpointing.savepoint-dir="+j.path("savepoints"))
	c.start(t)
	eventually(t, "a committed file", func() bool { visible, _ := j.files(); return len(visible) > 0 })
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code, killed := c.end(t); code != exitInterrupted {
		t.Fatalf("exit %d, signal %v\n%s", code, killed, c.stderr.String())
	}
	found, err := filepath.Glob(j.path("savepoints/savepoint-*"))
	if err != nil || len(found) != 1 || !strings.Contains(c.stderr.String(), "savepoint "+found[0]) {
		t.Fatalf("%v, %v, stderr:\n%s", found, err, c.stderr.String())
	}
	if err := os.RemoveAll(j.path("checkpoints")); err != nil {
		t.Fatal(err)
	}
	must(t, "run", file, "--restore", found[0])
	j.checkEnd()
}
