package job_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator/sink"
	"github.com/weir-engine/weir/state/keyed"
)

func ownerOf(k int64, parallelism, maxParallelism int) int {
	v := vector.Of(types.PhysInt64, []int64{k})
	h := make([]uint64, 1)
	kernel.HashColumns([]vector.Vector{v}, 1, nil, h)
	return keyed.SubtaskOf(keyed.GroupOf(h[0], maxParallelism), parallelism, maxParallelism)
}

// rows reads all results as k → v.
func rows(ctx context.Context, r *sink.Results) (map[int64]int64, error) {
	out := map[int64]int64{}
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for i := range b.Rows {
			out[vector.Values[int64](&b.Cols[0])[i]] += vector.Values[int64](&b.Cols[1])[i]
		}
	}
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func countJob(c graph.Config, src string, sources, counters int) *graph.Job {
	v := vertexes{
		chain("src", sources, op("src", "Numbers", numbersParams{src}), op("fan", "FanOut", nil)),
		chain("count", counters, op("count", "Count", nil)),
		chain("out", 1, op("out", "Collect", nil)),
	}
	v.edge(0, 1, physical.Hash, 0)
	v.edge(1, 2, physical.Single)
	return newJob(c, v)
}

func TestBatchJob(t *testing.T) {
	for _, p := range []struct {
		sources, counters, batch, queue int
		network                         bool
	}{{1, 1, 8192, 4, false}, {4, 3, 100, 1, false}, {2, 5, 1, 2, false}, {3, 8, 64, 1, false}, {1, 1, 8192, 4, true}, {4, 3, 100, 1, true}, {3, 8, 64, 1, true}} {
		c := newCluster(t)
		sources.Store(t.Name(), &numbers{Splits: 7, Rows: 3001, Keys: 50, Batch: 999})
		res := sink.NewResults(twoInts, 10)
		j, err := c.jobs.Submit(countJob(graph.Config{BatchRows: p.batch, QueueBatches: p.queue, NetworkExchange: p.network}, t.Name(), p.sources, p.counters), job.Options{Results: res})
		if err != nil {
			t.Fatal(err)
		}
		got, err := rows(short(t), res)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(short(t)); err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, v := range got {
			sum += v
		}
		if len(got) != 50 || sum != 7*3001*3 || got[0] != 7*61*3 {
			t.Fatalf("%+v: %d keys, sum %d, key 0 %d", p, len(got), sum, got[0])
		}
		if s := j.Status(); s.State != job.Finished {
			t.Fatalf("state %s", s.State)
		}
	}
}

func TestFailureNamesTheOperator(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 7, Rows: 3001, Keys: 50, Batch: 999})
	g := countJob(graph.Config{}, t.Name(), 2, 2)
	g.Vertices[1].Chain[0] = op("boom", "Panic", nil)
	res := sink.NewResults(twoInts, 10)
	j, err := c.jobs.Submit(g, job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	_, err = rows(short(t), res)
	if err == nil || !strings.Contains(err.Error(), "Panic boom") || !strings.Contains(err.Error(), "oh no") {
		t.Fatalf("want the panic and its operator, got %v", err)
	}
	if werr := j.Wait(short(t)); werr == nil || j.Status().State != job.Failed {
		t.Fatalf("%v, %s", werr, j.Status().State)
	}
}

func TestCancel(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 1 << 40, Keys: 50, Batch: 999})
	res := sink.NewResults(twoInts, 10)
	j, err := c.jobs.Submit(countJob(graph.Config{}, t.Name(), 2, 2), job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	j.Cancel()
	if err := j.Wait(short(t)); !errors.Is(err, job.ErrCanceled) || j.Status().State != job.Canceled {
		t.Fatalf("%v, %s", err, j.Status().State)
	}
}

func TestSlowClientHoldsTheJobBack(t *testing.T) {
	c := newCluster(t)
	sources.Store(t.Name(), &numbers{Splits: 1, Rows: 1 << 40, Keys: 50, Batch: 100})
	v := vertexes{chain("src", 1, op("src", "Numbers", numbersParams{t.Name()})), chain("out", 1, op("out", "Collect", nil))}
	v.edge(0, 1, physical.Single)
	res := sink.NewResults(twoInts, 1000)
	j, err := c.jobs.Submit(newJob(graph.Config{BatchRows: 100}, v), job.Options{Results: res})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if _, err := res.Next(short(t)); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(50 * time.Millisecond)
	var read int64
	for _, s := range j.Status().Tasks {
		for _, o := range s.Operators {
			for _, m := range o.Samples {
				if o.ID == "src" && m.Name == "numRecordsOut" && m.Value > read {
					read = m.Value
				}
			}
		}
	}
	if read < 5000 || read > 5000+1000+20*100 {
		t.Fatalf("the source has read %d rows while the client took 5000", read)
	}
	j.Cancel()
	_ = j.Wait(short(t))
}
