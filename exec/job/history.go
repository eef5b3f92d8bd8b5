package job

import (
	"maps"
	"slices"

	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/worker"
)

// remembered is how many checkpoints, and how many failures, a job tells of.
const remembered = 10

// History is what a job has lived through: for those who watch it.
type History struct {
	Entered     map[State]int64 // when it last entered a state
	Checkpoints []Checkpoint    // the newest, oldest first
	Counts      CheckpointCounts
	Restored    *Restored // what the attempt started from; nil: fresh
	Failures    []Failure // the newest, oldest first
}

// CheckpointCounts counts checkpoints over all attempts of this process.
type CheckpointCounts struct{ Triggered, Completed, Failed, Restored int }

// Checkpoint is one checkpoint or savepoint as it went.
type Checkpoint struct {
	ID               int64
	State            CheckpointState
	Savepoint        bool
	Stops            bool // the job ends behind it
	Path             string
	Triggered, Ended int64 // milliseconds; Ended 0: under way
	Failure          string
	Parts            map[checkpoint.Task]*Part
}

// CheckpointState is how far a checkpoint is. The names are Flink's.
type CheckpointState string

// The states of a checkpoint.
const (
	InProgress CheckpointState = "IN_PROGRESS"
	Completed  CheckpointState = "COMPLETED"
	Aborted    CheckpointState = "FAILED"
)

// Part is what a subtask did for a checkpoint; Acknowledged 0: nothing yet.
type Part struct {
	Acknowledged  int64 // milliseconds
	State, Stored int64 // bytes in all, and new ones
	Took          checkpoint.Took
}

// Restored is the checkpoint that an attempt started from.
type Restored struct {
	ID        int64
	At        int64 // milliseconds
	Savepoint bool
	Path      string
}

// Failure is one failed attempt.
type Failure struct {
	At      int64
	Attempt int
	Err     error
	Task    *worker.TaskID // whose failure it was; nil: the job's own
	Name    string         // of the task
}

// History reads what the job has lived through.
func (j *Job) History() History {
	j.mu.Lock()
	defer j.mu.Unlock()
	h := j.history
	h.Entered = maps.Clone(h.Entered)
	h.Failures = slices.Clone(h.Failures)
	h.Checkpoints = slices.Clone(h.Checkpoints)
	for i := range h.Checkpoints {
		parts := map[checkpoint.Task]*Part{}
		for t, p := range h.Checkpoints[i].Parts {
			c := *p
			parts[t] = &c
		}
		h.Checkpoints[i].Parts = parts
	}
	return h
}

// note changes the history. The job's goroutine calls it.
func (j *Job) note(f func(h *History, now int64)) {
	now := j.now()
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.history, now)
}

func (h *History) entered(s State, now int64) {
	if h.Entered == nil {
		h.Entered = map[State]int64{}
	}
	h.Entered[s] = now
}

// begun notes a checkpoint that all these tasks take part in.
func (h *History) begun(id int64, r *checkpoint.Request, tasks []checkpoint.Task, now int64) {
	c := Checkpoint{ID: id, State: InProgress, Triggered: now, Parts: map[checkpoint.Task]*Part{}}
	if r != nil {
		c.Savepoint, c.Stops, c.Path = r.Savepoint != "", r.Stop, r.Savepoint
	}
	for _, t := range tasks {
		c.Parts[t] = &Part{}
	}
	if len(h.Checkpoints) == remembered {
		h.Checkpoints = slices.Delete(h.Checkpoints, 0, 1)
	}
	h.Checkpoints = append(h.Checkpoints, c)
	h.Counts.Triggered++
}

// find is a checkpoint that is under way; nil where it is not.
func (h *History) find(id int64) *Checkpoint {
	for i := range h.Checkpoints {
		if c := &h.Checkpoints[i]; c.ID == id && c.State == InProgress {
			return c
		}
	}
	return nil
}

func (h *History) acknowledged(id int64, t checkpoint.Task, s *checkpoint.SubtaskState, now int64) {
	c := h.find(id)
	if c == nil || c.Parts[t] == nil {
		return
	}
	p := &Part{Acknowledged: now}
	p.State, p.Stored = s.Bytes()
	if s.Took != nil {
		p.Took = *s.Took
	}
	c.Parts[t] = p
}

// ended notes what became of a checkpoint; failure is nil where it counts.
func (h *History) ended(id int64, path string, failure error, now int64) {
	c := h.find(id)
	if c == nil {
		return
	}
	c.Ended, c.State = now, Completed
	if failure != nil {
		c.State, c.Failure = Aborted, failure.Error()
		h.Counts.Failed++
		return
	}
	h.Counts.Completed++
	if c.Path == "" {
		c.Path = path
	}
}

func (h *History) restored(s *checkpoint.Snapshot, path string, now int64) {
	h.Restored = &Restored{ID: s.Checkpoint, At: now, Savepoint: s.Savepoint != "", Path: path}
	if s.Savepoint != "" {
		h.Restored.Path = s.Savepoint
	}
	h.Counts.Restored++
}

func (h *History) failed(f Failure) {
	if len(h.Failures) == remembered {
		h.Failures = slices.Delete(h.Failures, 0, 1)
	}
	h.Failures = append(h.Failures, f)
}

// located is a store that says where its checkpoints lie.
type located interface {
	Path(checkpoint int64) string
}

// pathOf is where a checkpoint of the job lies; empty where the store does not say.
func (j *Job) pathOf(checkpoint int64) string {
	if l, ok := j.store.(located); ok {
		return l.Path(checkpoint)
	}
	return ""
}
