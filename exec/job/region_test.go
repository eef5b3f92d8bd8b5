package job_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
	"github.com/weir-engine/weir/io/connector"
)

// regional is a batch job of five regions:
//
//	src ═▶ count ═▶ both   at parallelism 2
//	side ─▶ few ════▲      at parallelism 1
func regional(c graph.Config, src, side string) *graph.Job {
	c.Blocking, c.Parallelism = true, 2
	both := op("both", "Pass", nil)
	both.Inputs = []*types.Schema{twoInts, twoInts}
	v := vertexes{
		chain("src", 2, op("src", "Numbers", numbersParams{src})),
		chain("count", 2, op("count", "Count", nil)),
		chain("side", 1, op("side", "Numbers", numbersParams{side})),
		chain("few", 1, op("few", "Count", nil)),
		chain("both", 2, both, op("out", "Sink", nil)),
	}
	v.edge(0, 1, physical.Hash, 0)
	v.edge(2, 3, physical.Hash, 0)
	v.edge(1, 4, physical.Hash, 0)
	v.edge(3, 4, physical.Hash, 0)
	v[4].Inputs[1].Input = 1
	for _, x := range v {
		for i := range x.Inputs {
			x.Inputs[i].Blocking = true
		}
	}
	return newJob(c, v)
}

// heldSink opens its writers when it is let go, and only then has anything to write.
type heldSink struct {
	*outside
	free chan struct{}
}

func (h *heldSink) OpenWriter(ctx context.Context, wc connector.WriterContext, state [][]byte) (connector.Writer, error) {
	select {
	case <-h.free:
		return h.outside.OpenWriter(ctx, wc, state)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func wantRuns(t *testing.T, s job.Status, want map[string]int) {
	t.Helper()
	if !maps.Equal(s.Runs, want) {
		t.Errorf("vertices were deployed %v times, not %v", s.Runs, want)
	}
}

func wantRows(t *testing.T, o *outside, sum int64) {
	t.Helper()
	if got, keys, open := o.sum(); got != sum || keys != 40 || open != 0 {
		t.Fatalf("sum %d instead of %d of %d keys, %d transactions open", got, sum, keys, open)
	}
}

// TestALostTaskManagerConcernsRegions loses one while sinks run: what has run on the
// other alone, and is whole there, does not run again.
func TestALostTaskManagerConcernsRegions(t *testing.T) {
	for full, want := range map[bool]map[string]int{
		false: {"src": 2, "count": 2, "side": 1, "few": 1, "both": 2},
		true:  {"src": 2, "count": 2, "side": 2, "few": 2, "both": 2},
	} {
		f := newFar(t, 20*time.Second, 10*time.Second, 1, 1, 1)
		o := &heldSink{newOutside(), make(chan struct{})}
		f.sink = o
		sources.Store(t.Name(), &numbers{Splits: 4, Rows: 1000, Keys: 40, Batch: 10})
		sources.Store(t.Name()+" side", &numbers{Splits: 1, Rows: 80, Keys: 40, Batch: 10})
		g := spread(regional(graph.Config{Restart: always, FullRestart: full}, t.Name(), t.Name()+" side"))
		j, err := f.jobs.Submit(g, job.Options{})
		if err != nil {
			t.Fatal(err)
		}
		until(t, j, "the sinks to open", func(s job.Status) bool { return s.Runs["both"] == 1 && len(s.Tasks) == 8 })
		states := map[string]string{}
		lose := ""
		for _, k := range j.Status().Tasks {
			states[k.ID.Vertex] = k.State
			if k.ID.Vertex == "both" && k.ID.Subtask == 1 {
				lose = k.Worker
			}
		}
		for v, s := range states {
			if v != "both" && s != "FINISHED" {
				t.Errorf("%s is %s while the sinks run", v, s)
			}
		}
		for i, m := range f.members {
			if fmt.Sprint("tm", i) == lose {
				m.leave()
			}
		}
		close(o.free)
		if err := j.Wait(short(t)); err != nil {
			t.Fatal(err)
		}
		wantRows(t, o.outside, 4*1000+80)
		wantRuns(t, j.Status(), want)
		if n := j.Status().Restarts; n != 1 {
			t.Errorf("%d restarts", n)
		}
	}
}

// saboteur does something when all tasks of a vertex have closed, once.
type saboteur struct {
	worker.JobManager
	vertex string
	left   atomic.Int32
	once   sync.Once
	act    func()
}

func (s *saboteur) TaskClosed(id worker.TaskID, err error) {
	if id.Vertex == s.vertex {
		if s.left.Add(-1) == 0 {
			s.once.Do(s.act)
		}
	}
	s.JobManager.TaskClosed(id, err)
}

// TestDamagedShuffleFilesAreMadeAgain damages what the regions before the last have
// written: their rows are made again, and no wrong one comes.
func TestDamagedShuffleFilesAreMadeAgain(t *testing.T) {
	for name, damage := range map[string]func(file string) error{
		"a flipped bit": func(file string) error {
			b, err := os.ReadFile(file)
			if err != nil || len(b) == 0 { // one that somebody has just begun
				return err
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(file, b, 0o600)
		},
		"truncated": func(file string) error { return os.Truncate(file, 20) },
		"removed":   os.Remove,
	} {
		for _, network := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", network), func(t *testing.T) {
				c := newCluster(t)
				o := newOutside()
				c.sink = o
				sources.Store(t.Name(), &numbers{Splits: 4, Rows: 1000, Keys: 40, Batch: 10})
				sources.Store(t.Name()+" side", &numbers{Splits: 1, Rows: 80, Keys: 40, Batch: 10})
				files := func() []string {
					out, err := filepath.Glob(filepath.Join(c.scratch, "*", "shuffle", "*.run"))
					if err != nil {
						t.Error(err)
					}
					return out
				}
				s := &saboteur{JobManager: c.jobs, vertex: "count", act: func() {
					for _, file := range files() {
						if err := damage(file); err != nil {
							t.Error(err)
						}
					}
				}}
				s.left.Store(2)
				c.relay.to = s
				g := regional(graph.Config{NetworkExchange: network, Restart: always}, t.Name(), t.Name()+" side")
				j, err := c.jobs.Submit(g, job.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if err := j.Wait(short(t)); err != nil {
					t.Fatal(err)
				}
				wantRows(t, o, 4*1000+80)
				st := j.Status()
				if st.Restarts == 0 || st.Runs["count"] < 2 || st.LastFailure == nil || !strings.Contains(st.LastFailure.Error(), "is lost") {
					t.Errorf("%d restarts, runs %v: %v", st.Restarts, st.Runs, st.LastFailure)
				}
				if left := files(); len(left) != 0 {
					t.Errorf("they stay: %v", left)
				}
			})
		}
	}
}

// TestShuffleFilesGo when a job fails, and when it is cancelled.
func TestShuffleFilesGo(t *testing.T) {
	c := newCluster(t)
	o := &heldSink{newOutside(), make(chan struct{})}
	c.sink = o
	sources.Store(t.Name(), &numbers{Splits: 4, Rows: 1000, Keys: 40, Batch: 10})
	j, err := c.jobs.Submit(regional(graph.Config{}, t.Name(), t.Name()), job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	until(t, j, "the sinks to open", func(s job.Status) bool { return s.Runs["both"] == 1 && len(s.Tasks) == 8 })
	held, _ := filepath.Glob(filepath.Join(c.scratch, "*", "shuffle", "*.run"))
	if len(held) != 3 { // those of src and side have been read
		t.Errorf("%d files are kept: %v", len(held), held)
	}
	j.Cancel()
	if err := j.Wait(short(t)); err == nil {
		t.Fatal("it was not cancelled")
	}
	if left, _ := filepath.Glob(filepath.Join(c.scratch, "*", "shuffle", "*.run")); len(left) != 0 {
		t.Errorf("they stay: %v", left)
	}
	if _, keys, open := o.sum(); keys != 0 || open != 0 {
		t.Errorf("%d keys, %d transactions", keys, open)
	}
}
