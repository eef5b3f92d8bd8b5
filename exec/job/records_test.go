package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
)

func openDirectory(t *testing.T, dir string) *job.Directory {
	t.Helper()
	d, err := job.OpenDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOneLeadsAtATime(t *testing.T) {
	dir := t.TempDir()
	last := int64(0)
	for range 3 {
		d := openDirectory(t, dir)
		if d.Leader <= last {
			t.Errorf("epoch %d after %d", d.Leader, last)
		}
		last = d.Leader
		if _, err := job.OpenDirectory(dir); !errors.Is(err, job.ErrLed) {
			t.Errorf("a second leader: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRecordsOutliveTheirWriter(t *testing.T) {
	dir := t.TempDir()
	d := openDirectory(t, dir)
	for i, id := range []string{"a", "b", "a"} {
		if err := d.Put(&job.Record{ID: id, Graph: []byte("{}"), Attempt: i}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"b", "never"} {
		if err := d.Remove(id); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Put(&job.Record{ID: "../escape"}); err == nil {
		t.Error("an id that leads out of the folder is taken")
	}
	if err := os.WriteFile(filepath.Join(dir, "jobs", "c.tmp"), []byte("{"), 0o600); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = openDirectory(t, dir)
	defer d.Close()
	records, err := d.All()
	if err != nil || len(records) != 1 || records[0].ID != "a" || records[0].Attempt != 2 {
		t.Fatalf("%+v, %v", records, err)
	}
}

// TestJobsOutliveTheirJobManager: the next one goes on from the latest checkpoint,
// counting attempts on, and when the job is over nothing is recorded.
func TestJobsOutliveTheirJobManager(t *testing.T) {
	dir := t.TempDir()
	f := newFar(t, 20*time.Second, 10*time.Second, 1, 1)
	f.stop()
	store := openDirectory(t, dir)
	f.lead(t, store, store.Leader)
	o := newOutside()
	f.sink = o
	sources.Store(t.Name(), &numbers{Splits: 5, Rows: 4000, Keys: 40, Batch: 50, Pause: time.Millisecond})
	g := spread(pipeline(graph.Config{CheckpointInterval: 15, Restart: always}, t.Name(), 2, 2, "Keyed"))
	j, err := f.jobs.Submit(g, job.Options{})
	if err != nil {
		t.Fatal(err)
	}
	started := j.Started()
	for attempt := range 3 {
		until(t, j, "a checkpoint", func(s job.Status) bool { return s.Checkpoints.Completed >= 2 })
		if s := j.Status(); s.Attempt < attempt {
			t.Errorf("life %d has attempt %d", attempt, s.Attempt)
		}
		f.stop()
		if err := j.Err(); !errors.Is(err, job.ErrSuspended) || j.Status().State != job.Suspended {
			t.Fatalf("%s, %v", j.Status().State, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store = openDirectory(t, dir)
		f.lead(t, store, store.Leader)
		if err := f.jobs.Resume(short(t)); err != nil {
			t.Fatal(err)
		}
		if j = f.jobs.Job(g.ID); j == nil {
			t.Fatal("the job is gone")
		}
		if j.Started() != started {
			t.Errorf("it started at %d, then at %d", started, j.Started())
		}
	}
	if err := j.Wait(short(t)); err != nil {
		t.Fatal(err)
	}
	if sum, keys, open := o.sum(); sum != 5*4000 || keys != 40 || open != 0 {
		t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
	}
	if records, err := store.All(); err != nil || len(records) != 0 {
		t.Errorf("%+v, %v", records, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestABatchJobThatHasCommittedDoesNotAgain: its last checkpoint is recorded before
// its sinks commit.
func TestABatchJobThatHasCommittedDoesNotAgain(t *testing.T) {
	c := newCluster(t)
	o := newOutside()
	c.sink = o
	store := &keptStore{}
	first := job.NewManager(job.Config{Sources: c.sourcesOf, Records: store})
	sources.Store(t.Name(), &numbers{Splits: 5, Rows: 4000, Keys: 40, Batch: 100})
	run := func(m *job.Manager, submit func() error) {
		t.Helper()
		c.jobs.Close()
		c.relay.to = m
		m.Attach(c.tasks)
		if err := submit(); err != nil {
			t.Fatal(err)
		}
		for _, j := range m.Jobs() {
			if err := j.Wait(short(t)); err != nil {
				t.Fatal(err)
			}
		}
		if sum, keys, open := o.sum(); sum != 5*4000 || keys != 40 || open != 0 {
			t.Fatalf("sum %d of %d keys, %d transactions open", sum, keys, open)
		}
	}
	g := pipeline(graph.Config{}, t.Name(), 2, 3, "Count")
	g.Config.Streaming = false
	run(first, func() error { _, err := first.Submit(g, job.Options{}); return err })
	if len(store.records) != 1 || store.records[g.ID].Restore == nil {
		t.Fatalf("%+v", store.records)
	}
	second := job.NewManager(job.Config{Sources: c.sourcesOf, Records: store})
	run(second, func() error { return second.Resume(short(t)) })
}

// keptStore forgets nothing, as if the process had been killed before it could.
type keptStore struct{ records map[string]*job.Record }

func (s *keptStore) Put(r *job.Record) error {
	if s.records == nil {
		s.records = map[string]*job.Record{}
	}
	s.records[r.ID] = r
	return nil
}
func (s *keptStore) Remove(string) error { return nil }
func (s *keptStore) All() (out []*job.Record, err error) {
	for _, r := range s.records {
		out = append(out, r)
	}
	return out, nil
}
