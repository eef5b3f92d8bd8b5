package job_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/io/connector"
)

// outside is a transactional system: what a writer wrote is seen when its
// transaction is committed, once, whatever how often.
type outside struct {
	mu        sync.Mutex
	next      int
	open      map[string]map[int64]int64 // transactions by id
	committed map[string]bool
	seen      map[int64]int64
	retries   int  // commits that are to be tried again
	lose      bool // the next commit finds its transaction gone
	aborted   int  // open transactions rolled back after recovery
}

func newOutside() *outside {
	return &outside{open: map[string]map[int64]int64{}, committed: map[string]bool{}, seen: map[int64]int64{}}
}

type outsideWriter struct {
	o   *outside
	sub int
	id  string
}

func (o *outside) OpenWriter(_ context.Context, wc connector.WriterContext, _ [][]byte) (connector.Writer, error) {
	return &outsideWriter{o: o, sub: wc.Subtask}, nil
}

func (o *outside) OpenCommitter(context.Context, connector.WriterContext) (connector.Committer, error) {
	return &outsideCommitter{o}, nil
}

func (w *outsideWriter) Write(_ context.Context, b *stream.Batch) error {
	w.o.mu.Lock()
	defer w.o.mu.Unlock()
	if w.id == "" {
		w.o.next++
		w.id = fmt.Sprintf("tx-%d-%d", w.sub, w.o.next)
		w.o.open[w.id] = map[int64]int64{}
	}
	for i := range b.Rows {
		w.o.open[w.id][vector.Values[int64](&b.Cols[0])[i]] += vector.Values[int64](&b.Cols[1])[i]
	}
	return nil
}
func (w *outsideWriter) Flush(context.Context) error { return nil }
func (w *outsideWriter) PrepareCommit(context.Context, int64) ([]connector.Committable, error) {
	if w.id == "" {
		return nil, nil
	}
	c := connector.Committable(w.id)
	w.id = ""
	return []connector.Committable{c}, nil
}
func (w *outsideWriter) Snapshot(int64) ([]byte, error) { return nil, nil }
func (w *outsideWriter) Close() error                   { return nil }

type outsideCommitter struct{ o *outside }

func (c *outsideCommitter) Commit(_ context.Context, cs []connector.Committable) ([]connector.Outcome, error) {
	o := c.o
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]connector.Outcome, len(cs))
	for i, id := range cs {
		switch tx := o.open[string(id)]; {
		case o.committed[string(id)]:
			out[i] = connector.AlreadyCommitted
		case o.lose || tx == nil:
			out[i] = connector.Lost
		case o.retries > 0:
			o.retries--
			out[i] = connector.Retry
		default:
			for k, v := range tx {
				o.seen[k] += v
			}
			o.committed[string(id)] = true
			delete(o.open, string(id))
		}
	}
	return out, nil
}

func (c *outsideCommitter) AbortLeftovers(_ context.Context, keep []connector.Committable) error {
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	kept := map[string]bool{}
	for _, k := range keep {
		kept[string(k)] = true
	}
	for id := range c.o.open {
		if !kept[id] {
			delete(c.o.open, id)
			c.o.aborted++
		}
	}
	return nil
}
func (c *outsideCommitter) Close() error { return nil }

func (o *outside) sum() (sum int64, keys, open int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, v := range o.seen {
		sum += v
	}
	return sum, len(o.seen), len(o.open)
}

// pipeline is source → hash → count → sink, or without count.
func pipeline(c graph.Config, src string, sources, rest int, counter string) *graph.Job {
	c.Streaming = true
	v := vertexes{chain("src", sources, op("src", "Numbers", numbersParams{src}))}
	if counter != "" {
		v = append(v, chain("count", rest, op("count", counter, nil), op("out", "Sink", nil)))
	} else {
		v = append(v, chain("out", rest, op("out", "Sink", nil)))
	}
	v.edge(0, 1, physical.Hash, 0)
	return newJob(c, v)
}

func TestExactlyOnceOverFailures(t *testing.T) {
	for i := range 6 {
		counter, network := []string{"", "Count", "Keyed"}[i%3], i > 2
		c := newCluster(t)
		o := newOutside()
		o.retries = 2
		c.sink = o
		sources.Store(t.Name(), &numbers{Splits: 5, Rows: 4000, Keys: 40, Batch: 100, Pause: time.Millisecond, FailAt: 2500, failed: &atomic.Bool{}})
		g := pipeline(graph.Config{CheckpointInterval: 10, NetworkExchange: network, Restart: graph.Restart{Strategy: "fixed-delay", Attempts: 3, Delay: 5}}, t.Name(), 2, 3, counter)
		j, err := c.jobs.Submit(g, job.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(short(t)); err != nil {
			t.Fatal(err)
		}
		s := j.Status()
		if sum, keys, open := o.sum(); sum != 5*4000 || keys != 40 || open != 0 {
			t.Fatalf("%q: sum %d of %d keys, %d transactions open, %+v", counter, sum, keys, open, s)
		}
		if s.Restarts != 1 || s.Checkpoints.Completed < 3 || !strings.Contains(s.LastFailure.Error(), "on fire") {
			t.Fatalf("%+v", s)
		}
	}
}

func TestRescaleWhileRunning(t *testing.T) {
	for _, counter := range []string{"Count", "Keyed"} {
		rescale(t, counter)
	}
}

func rescale(t *testing.T, counter string) {
	c := newCluster(t)
	o := newOutside()
	c.sink = o
	sources.Store(t.Name(), &numbers{Splits: 6, Rows: 3000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	j, err := c.jobs.Submit(pipeline(graph.Config{CheckpointInterval: 20, Parallelism: 2}, t.Name(), 2, 2, counter), job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []int{4, 1, 3} {
		time.Sleep(30 * time.Millisecond)
		if err := j.Rescale(short(t), p); err != nil {
			t.Fatal(err)
		}
		for len(j.Status().Tasks) != 2*p || j.Status().State != job.Running {
			if j.Err() != nil {
				t.Fatal(j.Err())
			}
			time.Sleep(time.Millisecond)
		}
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, keys, open := o.sum(); sum != 6*3000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
	}
}

func TestStopWithSavepointAndRestoreElsewhere(t *testing.T) {
	o := newOutside()
	first := newCluster(t)
	first.sink = o
	n := &numbers{Splits: 6, Rows: 3000, Keys: 40, Batch: 50, Pause: time.Millisecond}
	sources.Store(t.Name(), n)
	j, err := first.jobs.Submit(pipeline(graph.Config{CheckpointInterval: 20}, t.Name(), 2, 3, "Keyed"), job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	_, err = j.StopWithSavepoint(short(t), "/somewhere")
	if err != nil {
		t.Fatal(err)
	}
	if j.Status().State != job.Finished {
		t.Fatalf("state %s", j.Status().State)
	}
	if sum, _, open := o.sum(); sum != 0 || open != 0 {
		t.Fatalf("at the savepoint: sum %d, %d transactions open", sum, open)
	}
	// Whoever goes on from the latest checkpoint must not commit twice: it is the same one.
	if h := j.History().Checkpoints; !h[len(h)-1].Savepoint || h[len(h)-1].State != job.Completed {
		t.Fatalf("%+v", h)
	}
	s, err := checkpoint.Load(first.disk, "/somewhere")
	if err != nil {
		t.Fatal(err)
	}
	second := newCluster(t)
	second.disk = first.disk
	second.sink = o
	j, err = second.jobs.Submit(pipeline(graph.Config{CheckpointInterval: 20}, t.Name(), 5, 2, "Keyed"), job.Options{Restore: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, keys, open := o.sum(); sum != 6*3000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
	}
}

// TestDrain ends a job that has no end: what its operators hold comes out, and
// the sinks commit all that the sources had sent.
func TestDrain(t *testing.T) {
	for _, network := range []bool{false, true} {
		c := newCluster(t)
		o := newOutside()
		c.sink = o
		src := fmt.Sprint(t.Name(), network)
		sources.Store(src, &numbers{Splits: 4, Rows: 1 << 40, Keys: 40, Batch: 50, Pause: time.Millisecond, Endless: true})
		j, err := c.jobs.Submit(pipeline(graph.Config{CheckpointInterval: 20, NetworkExchange: network}, src, 2, 3, "Keyed"), job.Options{})
		if err != nil {
			t.Fatal(err)
		}
		until(t, j, "a checkpoint", func(s job.Status) bool { return s.Checkpoints.Completed > 0 })
		s, err := j.Drain(short(t), "/drained")
		if err != nil {
			t.Fatal(err)
		}
		sent := int64(0)
		for _, x := range j.Status().Tasks {
			sent += x.IO.RowsOut
		}
		if sum, _, open := o.sum(); sent == 0 || int64(sum) != sent || open != 0 || j.Status().State != job.Finished {
			t.Fatalf("sent %d, sum %d, %d transactions open, %s", sent, sum, open, j.Status().State)
		}
		if from, err := checkpoint.Load(c.disk, "/drained"); err != nil || from.Checkpoint != s.Checkpoint {
			t.Fatal(from, err)
		}
		if _, err := j.Drain(short(t), "/again"); err == nil {
			t.Fatal("a job that is over was drained")
		}
	}
}

func TestDrainRefusals(t *testing.T) {
	c := newCluster(t)
	c.sink = newOutside()
	sources.Store(t.Name(), &numbers{Splits: 4, Rows: 1 << 40, Keys: 40, Batch: 50, Pause: time.Millisecond})
	j, err := c.jobs.Submit(pipeline(graph.Config{}, t.Name(), 1, 1, "Keyed"), job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Drain(short(t), "/x"); err == nil || !strings.Contains(err.Error(), "takes no checkpoints") {
		t.Fatal(err)
	}
	j.Cancel()
	<-j.Done()
}

func TestLostCommittableFailsTheJob(t *testing.T) {
	c := newCluster(t)
	o := newOutside()
	o.lose = true
	c.sink = o
	sources.Store(t.Name(), &numbers{Splits: 2, Rows: 3000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	// However often the job may restart: each attempt would find the same.
	restart := graph.Restart{Strategy: "fixed-delay", Attempts: -1, Delay: 1}
	j, err := c.jobs.Submit(pipeline(graph.Config{CheckpointInterval: 10, Restart: restart}, t.Name(), 2, 2, ""), job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err == nil || !errors.Is(err, connector.ErrLost) || !strings.Contains(err.Error(), "lost") || !strings.Contains(err.Error(), "tx-") {
		t.Fatalf("want a failure that names what is lost, got %v", err)
	}
}

func TestFailedCheckpointsAreTolerated(t *testing.T) {
	c := newCluster(t)
	o := newOutside()
	c.sink = o
	c.store = &faultyStore{fail: errors.New("the disk is full")}
	sources.Store(t.Name(), &numbers{Splits: 2, Rows: 2000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	g := pipeline(graph.Config{CheckpointInterval: 5, TolerableFailures: 1 << 20}, t.Name(), 2, 2, "")
	j, err := c.jobs.Submit(g, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for j.Status().Checkpoints.Failed < 3 {
		time.Sleep(time.Millisecond)
	}
	c.store.mu.Lock()
	c.store.fail = nil
	c.store.mu.Unlock()
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, _, open := o.sum(); sum != 2*2000 || open != 0 {
		t.Fatalf("sum %d, %d open", sum, open)
	}

	c = newCluster(t)
	c.sink = newOutside()
	c.store = &faultyStore{fail: errors.New("the disk is full")}
	sources.Store(t.Name(), &numbers{Splits: 2, Rows: 2000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	if j, err = c.jobs.Submit(pipeline(graph.Config{CheckpointInterval: 5}, t.Name(), 2, 2, ""), job.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("want the store's failure, got %v", err)
	}
}

// Batch jobs commit once, at their end.
func TestBatchSinkCommitsAtTheEnd(t *testing.T) {
	c := newCluster(t)
	o := newOutside()
	c.sink = o
	sources.Store(t.Name(), &numbers{Splits: 5, Rows: 4000, Keys: 40, Batch: 100})
	g := pipeline(graph.Config{}, t.Name(), 2, 3, "Count")
	g.Config.Streaming = false
	j, err := c.jobs.Submit(g, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, keys, open := o.sum(); sum != 5*4000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
	}
	if s := j.Status(); s.Checkpoints.Completed != 1 {
		t.Fatalf("%+v", s.Checkpoints)
	}
}
