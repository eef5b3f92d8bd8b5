package job

import (
	"fmt"

	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/worker"
)

// Pool is a ResourceProvider whose workers come and go.
type Pool interface {
	ResourceProvider
	Add(w *Worker)
	Remove(w *Worker)
}

// Joined takes a task manager in and returns who hears of its tasks.
func (m *Manager) Joined(s worker.Member) (worker.JobManager, error) {
	pool, ok := m.resources.(Pool)
	if !ok {
		return nil, fmt.Errorf("this job manager has its task manager in its own process")
	}
	w := &Worker{Registration: s.Registration(), Tasks: s}
	pool.Add(w)
	m.config.Log.Info("task manager joined", "id", w.ID, "data", w.Data, "slots", w.Slots)
	return member{m, w}, nil
}

// Left fails what ran on a task manager that is gone: its tasks say nothing any more.
func (m *Manager) Left(s worker.Member, cause error) {
	for _, w := range m.resources.Workers() {
		if w.Tasks != s {
			continue
		}
		m.resources.(Pool).Remove(w)
		if !m.closing.Load() {
			m.config.Log.Warn("task manager is gone", "id", w.ID, "cause", cause)
		}
		for _, j := range m.Jobs() {
			j.post(func() {
				j.stages.lost(w)
				delete(j.holders, w)
				if e := j.exec; e != nil {
					e.workerLost(w, cause)
				}
			})
		}
	}
}

// member hears of the tasks of one worker; nil: of the one in this process.
type member struct {
	m *Manager
	w *Worker
}

func (r member) TaskRunning(id worker.TaskID) {
	r.m.route(r.w, id, func(e *execution) { e.taskRunning(id) })
}

func (r member) Acknowledge(id worker.TaskID, cp int64, s checkpoint.SubtaskState) {
	r.m.route(r.w, id, func(e *execution) { e.acknowledge(id, cp, s) })
}

func (r member) Decline(id worker.TaskID, cp int64, reason error) {
	r.m.route(r.w, id, func(e *execution) { e.decline(id, cp, reason) })
}

func (r member) RequestSplits(id worker.TaskID, op string) {
	r.m.route(r.w, id, func(e *execution) { e.requestSplits(id, op) })
}

func (r member) TaskEnded(id worker.TaskID, waits bool) {
	r.m.route(r.w, id, func(e *execution) { e.taskEnded(id, waits) })
}

func (r member) TaskClosed(id worker.TaskID, err error) {
	r.m.route(r.w, id, func(e *execution) { e.taskClosed(id, err) })
}

var _ worker.Members = (*Manager)(nil)
