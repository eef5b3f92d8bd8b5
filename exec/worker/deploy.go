package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/pprof"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/task"
)

// Deploy makes subtasks ready.
func (m *Manager) Deploy(ctx context.Context, deployment []byte, results graph.Results) error {
	d, job, err := decodeDeployment(deployment)
	if err != nil {
		return err
	}
	if n, ok := m.present(job.ID); ok {
		return fmt.Errorf("deploy attempt %d of job %s: attempt %d is still here", d.Attempt, job.Name, n)
	}
	a := &attempt{
		job: job, number: d.Attempt, tasks: map[TaskID]*running{}, left: len(d.Tasks), results: results, memory: m.share(d.Slots), leader: d.Leader, places: d.Places, outputs: d.Outputs,
		shared: map[string]any{}, together: map[string]*task.Together{}, tasksOf: map[string]int{}, open: map[string]int{}, dir: spillPath(m.scratch, job.ID, d.Attempt),
	}
	m.keepOutputs(d, job.ID)
	a.ctx, a.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if err := m.prepare(a, d); err != nil || a.refused {
		a.abandon()
		if err == nil {
			err = a.memory.Refusal("job "+job.Name, a.need)
		}
		return err
	}
	m.mu.Lock()
	m.attempts[attemptKey{job.ID, d.Attempt}] = a
	m.mu.Unlock()
	return nil
}

func decodeDeployment(b []byte) (*Deployment, *graph.Job, error) {
	d := &Deployment{}
	if err := json.Unmarshal(b, d); err != nil {
		return nil, nil, fmt.Errorf("decode deployment: %w", err)
	}
	job, err := graph.Decode(d.Job)
	return d, job, err
}

// present is an attempt of a job that has not been dismissed.
func (m *Manager) present(job string) (number int, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.attempts {
		if k.job == job {
			return k.number, true
		}
	}
	return 0, false
}

// share is the account of a job that holds some of the slots.
func (m *Manager) share(slots int) *memory.Manager {
	if m.config.Slots == 0 || slots == 0 || slots >= m.config.Slots {
		return m.config.Memory
	}
	return memory.NewManager(m.config.Memory.Limit() / int64(m.config.Slots) * int64(slots))
}

// Start runs the subtasks of an attempt.
func (m *Manager) Start(job string, number int) {
	m.mu.Lock()
	a := m.attempts[attemptKey{job, number}]
	if a == nil || a.started {
		m.mu.Unlock()
		return
	}
	a.started = true
	m.mu.Unlock()
	a.links.open()
	for id, r := range a.tasks {
		// Goroutines of the task inherit the labels: profiles split by them.
		r.setState(stateOpening)
		go pprof.Do(a.ctx, pprof.Labels("job", a.job.Name, "task", a.job.Vertex(id.Vertex).Name), r.task.Run)
	}
}

// prepare makes everything the subtasks need; nothing runs yet.
func (m *Manager) prepare(a *attempt, d *Deployment) error {
	for _, t := range d.Tasks {
		id := TaskID{a.job.ID, a.number, t.Vertex, t.Subtask}
		v := a.job.Vertex(t.Vertex)
		if v == nil {
			return fmt.Errorf("deploy %s: the job has no such vertex", id)
		}
		a.tasksOf[v.ID]++
		a.open[v.ID]++
		a.tasks[id] = &running{id: id, manager: m, attempt: a, vertex: v, waker: task.NewWaker(), state: stateDeploying, stamps: Stamps{Deployed: m.config.Clock()}, over: t.State != nil && t.State.Finished}
	}
	for _, v := range a.job.Vertices {
		var wakers []task.Waker
		for _, r := range a.tasks {
			if r.vertex == v {
				wakers = append(wakers, r.waker)
			}
		}
		a.together[v.ID] = task.NewTogether(wakers)
	}
	w, err := m.wire(a)
	if err != nil {
		return err
	}
	w.from = d.From
	for i := range d.Tasks {
		t := &d.Tasks[i]
		r := a.tasks[TaskID{a.job.ID, a.number, t.Vertex, t.Subtask}]
		if err := m.equip(r, t, w); err != nil {
			return err
		}
	}
	return nil
}
