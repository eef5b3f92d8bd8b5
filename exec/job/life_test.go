package job_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/sink"
)

// greedy needs more memory than there is.
type greedy struct{ passing }

func (g *greedy) Process(int, *stream.Batch, operator.Output) error { return nil }
func (g *greedy) MinimumMemory() int64                              { return 1 << 30 }

func TestMinimumsAreReservedOrTheJobIsRefused(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 10, Keys: 5, Batch: 1})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}), op("greedy", "Greedy", nil), op("out", "Collect", nil))}
	g := newJob(graph.Config{Restart: graph.Restart{Strategy: "fixed-delay", Attempts: -1}}, v)
	j, err := c.jobs.Submit(g, job.Options{Results: sink.NewResults(twoInts, 10)})
	if err != nil {
		t.Fatal(err)
	}
	err = j.Wait(short(t))
	if se := sqlerr.As(err); se == nil || se.Code != sqlerr.InsufficientMemory || !strings.Contains(err.Error(), "needs 1073872896 bytes") {
		t.Fatalf("want a refusal with the number it needs, got %v", err)
	}
}

func TestRowsAreNeverRepeated(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 5000, Keys: 5, Batch: 100, FailAt: 2000, Pause: time.Millisecond, failed: &atomic.Bool{}})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}), op("out", "Collect", nil))}
	g := newJob(graph.Config{Restart: graph.Restart{Strategy: "fixed-delay", Attempts: 3, Delay: 1}}, v)
	res := sink.NewResults(twoInts, 100)
	if _, err := c.jobs.Submit(g, job.Options{Results: res}); err != nil {
		t.Fatal(err)
	}
	_, err := rows(short(t), res)
	if err == nil || !strings.Contains(err.Error(), "on fire") || !strings.Contains(err.Error(), "repeating") {
		t.Fatalf("rows were delivered, so the job must fail: %v", err)
	}
	// Nothing delivered yet: the job may start over.
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 5000, Keys: 5, Batch: 100, FailAt: 2000, failed: &atomic.Bool{}})
	g = countJob(graph.Config{Restart: graph.Restart{Strategy: "exponential-delay", Delay: 1}}, t.Name(), 1, 1)
	res = sink.NewResults(twoInts, 100)
	if _, err := c.jobs.Submit(g, job.Options{Results: res}); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(short(t), res); err != nil || got[0] != 3*1000 {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestSlots(t *testing.T) {
	c := newCluster(t)
	c.jobs = job.NewManager(job.Config{Slots: 3})
	c.jobs.Attach(c.tasks)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 10, Keys: 5, Batch: 1})
	j, err := c.jobs.Submit(countJob(graph.Config{}, t.Name(), 2, 4), job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err == nil || !strings.Contains(err.Error(), "needs 4 slots, 3 of 3 are free") {
		t.Fatal(err)
	}
}

func TestUnknownStrategyIsRefused(t *testing.T) {
	c := newCluster(t)
	_, err := c.jobs.Submit(countJob(graph.Config{Restart: graph.Restart{Strategy: "hope"}}, t.Name(), 1, 1), job.Options{})
	if se := sqlerr.As(err); se == nil || !strings.Contains(se.Hint, "fixed-delay") {
		t.Fatal(err)
	}
}

// spiller writes into its spill directory.
type spiller struct {
	passing
	dir *atomic.Value
}

func (s *spiller) Process(_ int, b *stream.Batch, out operator.Output) error {
	dir, err := s.ctx.Spill.Dir()
	if err != nil {
		return err
	}
	s.dir.Store(dir)
	if err := os.WriteFile(filepath.Join(dir, "run"), []byte("x"), 0o600); err != nil {
		return err
	}
	return out.Emit(b)
}

func TestSpillSpaceIsEmptied(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 100, Keys: 5, Batch: 10})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()}), op("spill", "Spiller", nil), op("out", "Collect", nil))}
	res := sink.NewResults(twoInts, 1000)
	j, err := c.jobs.Submit(newJob(graph.Config{}, v), job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	dir, _ := spilled.Load().(string)
	if _, err := os.Stat(dir); dir == "" || !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%q is still there: %v", dir, err)
	}
}

func TestTimesAndCounts(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 1 << 40, Keys: 5, Batch: 100})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()})), chain("out", 1, op("out", "Collect", nil))}
	v.edge(0, 1, physical.Single)
	j, err := c.jobs.Submit(newJob(graph.Config{}, v), job.Options{Results: sink.NewResults(twoInts, 1000)})
	if err != nil {
		t.Fatal(err)
	}
	s := j.Status()
	for i := 0; i < 2000 && heldBack(s, "src") < 10*time.Millisecond; i++ { // nobody reads: the source is held back
		time.Sleep(time.Millisecond)
		s = j.Status()
	}
	if held := heldBack(s, "src"); held < 10*time.Millisecond {
		t.Errorf("the source was held back for %v", held)
	}
	j.Cancel()
	_ = j.Wait(short(t))
	if len(s.Tasks) != 2 || s.State != job.Running {
		t.Fatalf("%+v", s)
	}
	for _, task := range s.Tasks {
		if task.State != "RUNNING" || task.Memory == 0 {
			t.Errorf("%+v", task)
		}
		for _, o := range task.Operators {
			for _, m := range o.Samples {
				if m.Name == "numRecordsIn" && o.ID == "out" && m.Value < 1000 {
					t.Errorf("%s", fmt.Sprint(o))
				}
			}
		}
	}
}

func heldBack(s job.Status, vertex string) time.Duration {
	for _, task := range s.Tasks {
		if task.ID.Vertex == vertex {
			return task.Times.BackPressured
		}
	}
	return 0
}

// As many splits as subtasks: each reads one, whoever runs first.
func TestSplitsAreDealtFairly(t *testing.T) {
	for range 5 {
		c := newCluster(t)
		sources.Store(t.Name(), &numbers{Splits: 4, Rows: 100, Keys: 5, Batch: 10, Pause: time.Millisecond})
		v := vertexes{chain("src", 4, op("src", "Numbers", numbersParams{t.Name()})), chain("out", 1, op("out", "Collect", nil))}
		v.edge(0, 1, physical.Single)
		j, err := c.jobs.Submit(newJob(graph.Config{}, v), job.Options{Results: sink.NewResults(twoInts, 1000)})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(short(t)); err != nil {
			t.Fatal(err)
		}
		for _, task := range j.Status().Tasks {
			for _, m := range task.Operators[0].Samples {
				if task.ID.Vertex == "src" && m.Name == "numRecordsOut" && m.Value != 100 {
					t.Fatalf("subtask %d read %d rows", task.ID.Subtask, m.Value)
				}
			}
		}
	}
}
