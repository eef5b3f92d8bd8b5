package job

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/worker"
)

// ResourceProvider is where the slots of jobs come from. Standalone knows the task
// managers that have registered; another may start some when a request waits.
// It is safe for concurrent use.
type ResourceProvider interface {
	// Acquire gives an attempt of a job its slots, all or none, waiting until they
	// are there; not for ever: then it says how many are.
	Acquire(ctx context.Context, r SlotRequest) ([]Slot, error)
	// Release takes slots back. Those of a worker that is gone are gone.
	Release(slots []Slot)
	// Workers lists the task managers.
	Workers() []*Worker
	// Free is how many slots nobody holds.
	Free() int
}

// SlotRequest is what an attempt needs: as many slots as its greatest parallelism,
// since a slot holds one subtask of each vertex.
type SlotRequest struct {
	Job      string // its name, for messages
	Slots    int
	Together bool // all of one worker: the plan shares tables between subtasks
}

// Slot is a share of a worker's memory that one job has at a time.
type Slot struct{ Worker *Worker }

// Worker is a task manager that jobs may use.
type Worker struct {
	worker.Registration
	Tasks worker.TaskManager
	free  int // slots; under the provider's mutex
}

// Standalone provides the slots of the task managers that register by themselves.
type Standalone struct {
	wait time.Duration

	mu      sync.Mutex
	workers []*Worker
	news    chan struct{} // closed when something changes
}

// NewStandalone makes a provider whose requests wait that long (slot.request.timeout).
func NewStandalone(wait time.Duration) *Standalone {
	return &Standalone{wait: wait, news: make(chan struct{})}
}

// Add offers the slots of a worker.
func (s *Standalone) Add(w *Worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.free = w.Slots
	s.workers = append(s.workers, w)
	s.changed()
}

// Remove withdraws a worker.
func (s *Standalone) Remove(w *Worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workers = slices.DeleteFunc(s.workers, func(o *Worker) bool { return o == w })
	s.changed()
}

// Workers lists the workers in the order in which they came.
func (s *Standalone) Workers() []*Worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.workers)
}

// changed wakes whoever waits. The caller holds mu.
func (s *Standalone) changed() {
	close(s.news)
	s.news = make(chan struct{})
}

// Acquire takes slots of as few workers as will do.
func (s *Standalone) Acquire(ctx context.Context, r SlotRequest) ([]Slot, error) {
	timer := time.NewTimer(s.wait)
	defer timer.Stop()
	for {
		s.mu.Lock()
		slots, news := s.take(r), s.news
		s.mu.Unlock()
		if slots != nil {
			return slots, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return nil, s.refusal(r)
		}
	}
}

// take gives what a request asks for; nil: it is not there. The caller holds mu.
func (s *Standalone) take(r SlotRequest) []Slot {
	order := slices.Clone(s.workers)
	slices.SortStableFunc(order, func(a, b *Worker) int { return b.free - a.free })
	if r.Together {
		order = slices.DeleteFunc(order, func(w *Worker) bool { return w.free < r.Slots })
	}
	var slots []Slot
	for _, w := range order {
		for range min(w.free, r.Slots-len(slots)) {
			slots = append(slots, Slot{w})
		}
	}
	if len(slots) < r.Slots {
		return nil
	}
	for _, slot := range slots {
		slot.Worker.free--
	}
	return slots
}

// Release takes slots back.
func (s *Standalone) Release(slots []Slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slot := range slots {
		slot.Worker.free++
	}
	s.changed()
}

// Free is how many slots nobody holds.
func (s *Standalone) Free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, w := range s.workers {
		n += w.free
	}
	return n
}

// refusal says what is missing.
func (s *Standalone) refusal(r SlotRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	free, all, most := 0, 0, 0
	for _, w := range s.workers {
		free, all, most = free+w.free, all+w.Slots, max(most, w.free)
	}
	if len(s.workers) == 0 {
		return sqlerr.Newf(sqlerr.InsufficientMemory, "job %s needs %d slots, and no task manager is there", r.Job, r.Slots).
			WithHint("start one: weir taskmanager --jobmanager HOST:PORT --slots %d", r.Slots)
	}
	if r.Together && free >= r.Slots {
		return sqlerr.Newf(sqlerr.InsufficientMemory, "job %s needs %d slots of one task manager, at most %d are free together", r.Job, r.Slots, most).
			WithHint("its plan shares tables between subtasks; SET 'weir.exchange' = 'network' to plan it for several processes")
	}
	return sqlerr.Newf(sqlerr.InsufficientMemory, "job %s needs %d slots, %d of %d are free", r.Job, r.Slots, free, all).
		WithHint("start another task manager, cancel another job, or set parallelism.default lower")
}

// anySlots is more than any job needs.
const anySlots = 1 << 30

// newInProcess provides the one task manager of an embedded engine.
func newInProcess(t worker.TaskManager, slots int) *Standalone {
	if slots == 0 {
		slots = anySlots
	}
	p := NewStandalone(0)
	p.Add(&Worker{Registration: worker.Registration{ID: "local", Slots: slots}, Tasks: t})
	return p
}

// roomToGrow refuses a higher parallelism for which slots are missing.
func (m *Manager) roomToGrow(j *Job, parallelism int) error {
	more := parallelism - slotsOf(j.Graph())
	if free := m.resources.Free(); more > free {
		return sqlerr.Newf(sqlerr.InsufficientMemory, "job %s needs %d more slots, %d are free", j.Graph().Name, more, free).
			WithHint("start another task manager, or cancel another job")
	}
	return nil
}
