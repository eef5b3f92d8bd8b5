package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
)

// Records keeps what a job manager must know to go on with its jobs when it is
// started again. Its calls come from any goroutine.
type Records interface {
	// Put makes a record durable: when it returns nil the job outlives this process.
	Put(r *Record) error
	// Remove forgets a job that is over.
	Remove(id string) error
	// All lists the jobs that are not over.
	All() ([]*Record, error)
}

// Record is one job.
type Record struct {
	ID      string          `json:"id"`
	Graph   json.RawMessage `json:"graph"`
	Started int64           `json:"started"` // milliseconds
	Attempt int             `json:"attempt"` // number of the newest: the next process goes on counting
	// Restore is what the job starts from where it has no checkpoint of its own.
	Restore *checkpoint.Snapshot `json:"restore,omitempty"`
}

// keep records an attempt before it begins. The rows of a query have a client, who
// does not outlive this process.
func (j *Job) keep(attempt int, restore *checkpoint.Snapshot) error {
	store := j.manager.config.Records
	if store == nil || j.options.Results != nil {
		return nil
	}
	b, err := j.Graph().Encode()
	if err == nil {
		err = store.Put(&Record{ID: j.ID(), Graph: b, Started: j.Started(), Attempt: attempt, Restore: restore})
	}
	if err != nil {
		return fmt.Errorf("record job %s: %w", j.Graph().Name, err)
	}
	return nil
}

// Started is when the job was accepted, perhaps by an earlier process, in milliseconds.
func (j *Job) Started() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status.Started
}

// drop forgets the job: it is over.
func (j *Job) drop() {
	store := j.manager.config.Records
	if store == nil || j.options.Results != nil || j.manager.suspended.Load() {
		return
	}
	if err := store.Remove(j.ID()); err != nil {
		j.manager.config.Log.Error("a job that is over is still recorded, and would run again", "job", j.Graph().Name, "cause", err)
	}
}

// Resume goes on with the jobs that an earlier job manager left, each from its
// latest checkpoint. One that cannot be read is told of and left where it is.
func (m *Manager) Resume(ctx context.Context) error {
	if m.config.Records == nil {
		return nil
	}
	records, err := m.config.Records.All()
	if err != nil {
		return fmt.Errorf("read recorded jobs: %w", err)
	}
	var failures []error
	for _, r := range records {
		if err := m.resume(ctx, r); err != nil {
			failures = append(failures, fmt.Errorf("go on with job %s: %w", r.ID, err))
		}
	}
	return errors.Join(failures...)
}

func (m *Manager) resume(ctx context.Context, r *Record) error {
	g, err := graph.Decode(r.Graph)
	if err != nil {
		return err
	}
	o := Options{Restore: r.Restore, started: r.Started, attempts: r.Attempt + 1}
	if m.config.Store != nil {
		store, err := m.config.Store(g)
		if err != nil {
			return err
		}
		if store != nil {
			latest, err := store.Latest(ctx)
			if err != nil {
				return err
			}
			if latest != nil {
				o.Restore = latest
			}
		}
	}
	_, err = m.Submit(g, o)
	return err
}

// ErrSuspended is what Wait returns for a job that the next job manager goes on with.
var ErrSuspended = errors.New("the job manager has stopped; the next one goes on with the job")

// Suspend ends this process's part in all jobs: those that are recorded go on with
// the next job manager, others are cancelled.
func (m *Manager) Suspend() {
	m.suspended.Store(m.config.Records != nil)
	m.Close()
}
