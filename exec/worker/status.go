package worker

import (
	"sort"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/exec/task"
	"github.com/weir-engine/weir/state/keyed"
)

// TaskStatus is how a task fares.
type TaskStatus struct {
	ID        TaskID
	Name      string
	Worker    string // the task manager that runs it, told by the job manager
	State     string
	Stamps    Stamps
	Times     task.Times
	IO        task.IO
	Operators []OperatorStatus
	Memory    int64 // bytes granted
	Keyed     keyed.Stats
}

// Stamps are when a task entered its states, in milliseconds; 0: not yet.
type Stamps struct{ Deployed, Opening, Running, Ended int64 }

// The states of a task.
const (
	stateDeploying = "DEPLOYING"
	stateOpening   = "INITIALIZING" // its operators open
	stateRunning   = "RUNNING"
	stateEnded     = "ENDED" // all output is sent, and its sinks have not settled
	stateFinished  = "FINISHED"
	stateCanceled  = "CANCELED"
	stateFailed    = "FAILED"
)

// OperatorStatus is the metrics of one operator.
type OperatorStatus struct {
	ID, Name string
	Samples  []metric.Sample
	Peak     int64 // most bytes of memory that it used
}

// Tasks tells how the tasks of an attempt fare, by vertex and subtask.
func (m *Manager) Tasks(job string, number int) []TaskStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.attempts[attemptKey{job, number}]
	if a == nil {
		return nil
	}
	return a.statuses()
}

func (a *attempt) statuses() []TaskStatus {
	var out []TaskStatus
	for _, r := range a.tasks {
		s := TaskStatus{ID: r.id, Name: r.task.Name(), State: r.state, Stamps: r.stamps, Times: r.task.Times(), IO: r.task.IO()}
		for i, g := range r.metrics {
			s.Operators = append(s.Operators, OperatorStatus{ID: r.vertex.Chain[i].ID, Name: r.vertex.Chain[i].Name, Samples: g.Samples(), Peak: r.own[i].Peak()})
		}
		for _, g := range r.grants {
			s.Memory += g.Held()
		}
		if s.Keyed = r.keyed; r.backend != nil && (r.state == stateRunning || r.state == stateEnded) {
			s.Keyed = r.backend.Stats()
		}
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool {
		x, y := out[i].ID, out[j].ID
		return x.Vertex < y.Vertex || x.Vertex == y.Vertex && x.Subtask < y.Subtask
	})
	return out
}
