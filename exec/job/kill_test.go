package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// fileTx is a transactional sink of files: a transaction is a file that gets
// its last name when it is committed.
type fileTx struct{ dir string }

type fileTxWriter struct {
	s    *fileTx
	id   string
	sums map[int64]int64
}

func (s *fileTx) OpenWriter(_ context.Context, wc connector.WriterContext, _ [][]byte) (connector.Writer, error) {
	return &fileTxWriter{s: s, id: fmt.Sprintf("%d-%d-%d", os.Getpid(), wc.Attempt, wc.Subtask)}, nil
}

func (s *fileTx) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	return fileTxCommitter{s}, nil
}

func (w *fileTxWriter) Write(_ context.Context, b *stream.Batch) error {
	if w.sums == nil {
		w.sums = map[int64]int64{}
	}
	for i := range b.Rows {
		w.sums[vector.Values[int64](&b.Cols[0])[i]] += vector.Values[int64](&b.Cols[1])[i]
	}
	return nil
}
func (w *fileTxWriter) Flush(context.Context) error { return nil }
func (w *fileTxWriter) PrepareCommit(_ context.Context, cp int64) ([]connector.Committable, error) {
	if w.sums == nil {
		return nil, nil
	}
	name := fmt.Sprintf("%s-%d", w.id, cp)
	b, _ := json.Marshal(w.sums)
	w.sums = nil
	return []connector.Committable{connector.Committable(name)}, os.WriteFile(filepath.Join(w.s.dir, name+".open"), b, 0o600)
}
func (w *fileTxWriter) Snapshot(int64) ([]byte, error) { return nil, nil }
func (w *fileTxWriter) Close() error                   { return nil }

type fileTxCommitter struct{ s *fileTx }

func (c fileTxCommitter) Commit(_ context.Context, cs []connector.Committable) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(cs))
	for i, id := range cs {
		name := filepath.Join(c.s.dir, string(id))
		err := os.Rename(name+".open", name+".done")
		if _, derr := os.Stat(name + ".done"); err != nil && derr == nil {
			out[i] = connector.AlreadyCommitted
		} else if err != nil {
			out[i] = connector.Lost
		}
	}
	return out, nil
}

func (c fileTxCommitter) AbortLeftovers(_ context.Context, keep []connector.Committable) error {
	open, err := filepath.Glob(filepath.Join(c.s.dir, "*.open"))
	for _, o := range open {
		if err := os.Remove(o); err != nil {
			return err
		}
	}
	return err
}
func (c fileTxCommitter) Close() error { return nil }

func (s *fileTx) sum(t *testing.T) (sum int64) {
	done, _ := filepath.Glob(filepath.Join(s.dir, "*.done"))
	for _, d := range done {
		b, err := os.ReadFile(d)
		if err != nil {
			t.Fatal(err)
		}
		var m map[int64]int64
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		for _, v := range m {
			sum += v
		}
	}
	return sum
}

const killDir = "WEIR_TEST_KILL_DIR"

// TestKilledChild is the process that is killed: it runs the job from its latest checkpoint.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("runs as a child of TestKilledAnywhereItGoesOn")
	}
	c := newCluster(t)
	c.disk = fs.Local{}
	c.root = filepath.Join(dir, "checkpoints")
	c.sink = &fileTx{filepath.Join(dir, "out")}
	sources.Store(t.Name(), &numbers{Splits: 4, Rows: 2000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	counter := os.Getenv("WEIR_TEST_COUNTER")
	g := pipeline(graph.Config{CheckpointInterval: 15}, t.Name(), 2, 3, counter)
	g.ID, g.Name = "killed", "killed"
	store, err := c.open(g)
	if err != nil {
		t.Fatal(err)
	}
	latest, err := store.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	j, err := c.jobs.Submit(g, job.Options{Restore: latest})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
}

func TestKilledAnywhereItGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	for _, counter := range []string{"", "Keyed"} {
		dir := t.TempDir()
		out := &fileTx{filepath.Join(dir, "out")}
		if err := os.MkdirAll(out.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		run := func(points string) error {
			cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$")
			cmd.Env = append(os.Environ(), killDir+"="+dir, "WEIR_FAILPOINTS="+points, "WEIR_TEST_COUNTER="+counter)
			text, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
				return err
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", points, err, text)
			}
			return nil
		}
		kills := 0
		for _, p := range []string{"before-barrier:kill:9", "after-prepare-before-manifest:kill:7", "after-manifest-before-commit:kill:2", "after-manifest-before-commit:kill", "before-barrier:kill"} {
			if run(p) != nil {
				kills++
			}
		}
		if kills < 4 {
			t.Fatalf("%d kills: the job ended before it could be killed", kills)
		}
		for range 2 { // what is over stays over
			if err := run(""); err != nil {
				t.Fatal(err)
			}
			if sum := out.sum(t); sum != 4*2000 {
				open, _ := filepath.Glob(filepath.Join(out.dir, "*"))
				t.Fatalf("%q: sum %d instead of %d\n%s", counter, sum, 4*2000, strings.Join(open, "\n"))
			}
		}
	}
}
