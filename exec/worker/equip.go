package worker

import (
	"errors"
	"fmt"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/task"
	"github.com/weir-engine/weir/state/keyed"
)

// minimumMemory is what an operator that says nothing gets.
const minimumMemory = 64 << 10

// equip makes the operators of a subtask, with memory, state and scratch space, and its task.
func (m *Manager) equip(r *running, d *TaskDeployment, w *wiring) error {
	v, a := r.vertex, r.attempt
	env := &graph.Env{Job: a.job, Vertex: v, Subtask: r.id.Subtask, Parallelism: v.Parallelism, Attempt: a.number, Results: a.results, Chain: map[string]operator.Operator{}}
	c := task.Config{
		Job: a.job, Vertex: v, Subtask: r.id.Subtask, Waker: r.waker, Reporter: r, Clock: m.config.Clock, Together: a.together[v.ID],
		Gates: w.gates[r.id], Writers: w.writers[r.id],
	}
	if m.config.Backends != nil && a.job.Config.Streaming {
		if err := r.openBackend(d, w.from); err != nil {
			return err
		}
		c.Backend = r.backend
	}
	r.waits = a.job.Config.Streaming && a.job.Config.CheckpointInterval > 0
	for i := range v.Chain {
		spec := &v.Chain[i]
		op, err := m.config.Factory(spec, env)
		if err != nil {
			return fmt.Errorf("make %s %s: %w", spec.Name, spec.ID, err)
		}
		if _, ok := op.(operator.Settler); ok {
			r.waits = true
		}
		env.Chain[spec.ID] = op
		ctx, err := m.context(r, spec, op, d)
		if err != nil {
			return err
		}
		c.Ops, c.Contexts = append(c.Ops, op), append(c.Contexts, ctx)
	}
	c.KeepAlive = r.waits
	if d.State != nil && d.State.Finished {
		c.Finished = d.State
	}
	r.task = task.New(c)
	return nil
}

func (r *running) openBackend(d *TaskDeployment, from string) error {
	m, v := r.manager, r.vertex
	g, err := r.grant("state of "+v.ID, 0)
	if err != nil {
		return err
	}
	scratch := &spillSpace{claim: m.scratch, path: spillPath(m.scratch, r.id.Job, r.id.Attempt, v.ID, fmt.Sprint(r.id.Subtask), "state")}
	spec := BackendSpec{
		Job: r.attempt.job, Vertex: v.ID, Subtask: r.id.Subtask, Attempt: r.id.Attempt, MaxParallelism: v.MaxParallelism,
		Groups: keyed.RangeOf(r.id.Subtask, v.Parallelism, v.MaxParallelism), Restored: d.Keyed, From: from, Memory: g, Dir: scratch.Dir,
	}
	r.backend = &lazyBackend{open: func() (keyed.Backend, error) { return m.config.Backends(spec) }}
	return nil
}

func (r *running) grant(who string, minimum int64) (*memory.Grant, error) {
	a := r.attempt
	who = fmt.Sprintf("job %s: %s", a.job.Name, who)
	a.need += minimum
	g, err := a.memory.Open(who, minimum)
	if errors.As(err, new(*memory.RefusedError)) {
		a.refused = true // which Deploy says when it knows what all need
		g, err = memory.NewManager(0).Open(who, 0)
	}
	if err != nil {
		return nil, err
	}
	r.grants = append(r.grants, g)
	return g, nil
}

// context is what an operator may know; the task adds the rest.
func (m *Manager) context(r *running, spec *graph.OperatorSpec, op operator.Operator, d *TaskDeployment) (*operator.Context, error) {
	minimum := max(spec.Memory, minimumMemory)
	if b, ok := op.(operator.Budgeted); ok && spec.Memory == 0 {
		minimum = b.MinimumMemory()
	}
	grant, err := r.grant(spec.Name+" "+spec.ID, minimum)
	if err != nil {
		return nil, err
	}
	job := r.attempt.job
	group := metric.NewGroup()
	r.metrics, r.own = append(r.metrics, group), append(r.own, grant)
	inputs := spec.Inputs
	if inputs == nil {
		inputs = []*types.Schema{}
	}
	ctx := &operator.Context{
		Job: job.ID, ID: spec.ID, Inputs: inputs, Output: spec.Output,
		Subtask: r.id.Subtask, Parallelism: r.vertex.Parallelism, MaxParallelism: r.vertex.MaxParallelism, Attempt: r.id.Attempt,
		BatchRows: job.Config.BatchRows, CheckpointInterval: job.Config.CheckpointInterval, StreamingMode: job.Config.Streaming, Profile: job.Config.Profile,
		AutoWatermarkInterval: job.Config.AutoWatermarkInterval, IdleTimeout: job.Config.IdleTimeout,
		Memory: grant, Env: m.config.Env(job), Clock: m.config.Clock, Log: m.config.Log, Metric: group, Fresh: d.State == nil,
		Spill:  &spillSpace{claim: m.scratch, path: spillPath(m.scratch, job.ID, r.id.Attempt, spec.ID, fmt.Sprint(r.id.Subtask))},
		Vertex: func(make func() any) any { return r.attempt.share(r.vertex, spec.ID, make) },
	}
	if d.State != nil {
		ctx.Restored = d.State.Operators[spec.ID].Parts
	}
	if r.backend != nil {
		if ctx.Store, err = r.backend.Store(spec.ID); err != nil {
			return nil, err
		}
	}
	return ctx, nil
}

// share is the value that the subtasks of an operator have in common. Only jobs
// that run in one process are planned with such operators (graph.Config.Spread).
func (a *attempt) share(v *graph.Vertex, op string, make func() any) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tasksOf[v.ID] < v.Parallelism {
		panic(fmt.Sprintf("%s is shared by %d subtasks, of which %d are here", op, v.Parallelism, a.tasksOf[v.ID]))
	}
	if _, ok := a.shared[op]; !ok {
		a.shared[op] = make()
	}
	return a.shared[op]
}
