package worker

import (
	"fmt"
	"path/filepath"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/failpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/task"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/spill"
)

// The ends of blocking edges. Sender and receiver never run in the same attempt: what
// the one has written lies here under its name until the job manager needs it no more.

// outgoing is an output of a subtask that is being written.
type outgoing struct {
	id     exchange.OutputID
	output *exchange.Output
}

// wireBlocking makes the outputs of an edge for subtasks that send, and the channels
// from finished ones for subtasks that receive.
func (a *attempt) wireBlocking(w *wiring, v *graph.Vertex, edge int) error {
	e := &v.Inputs[edge]
	from := a.job.Vertex(e.From)
	for s := range from.Parallelism {
		if r := a.task(from, s); r != nil {
			writer, err := r.manager.outputOf(r, v, edge)
			if err != nil {
				return fmt.Errorf("wire %s to %s: %w", from.ID, v.ID, err)
			}
			w.writers[r.id] = append(w.writers[r.id], writer)
		}
	}
	for s := range v.Parallelism {
		r := a.task(v, s)
		if r == nil {
			continue
		}
		g := task.GateConfig{Op: e.Op, Input: e.Input}
		for _, p := range a.partsOf(v, edge, r) {
			f, err := r.manager.fetch(p, r)
			if err != nil {
				return fmt.Errorf("wire %s to %s: %w", from.ID, v.ID, err)
			}
			a.links.fetches = append(a.links.fetches, f)
			g.Queues = append(g.Queues, f.Queue)
		}
		w.gates[r.id] = append(w.gates[r.id], g)
	}
	return nil
}

// channelsOf is how many parts an output for an edge has.
func channelsOf(d physical.DistKind, parallelism int) int {
	switch d {
	case physical.Forward, physical.Single, physical.Broadcast:
		return 1
	}
	return parallelism
}

// outputOf starts the output of a subtask for an edge.
func (m *Manager) outputOf(r *running, to *graph.Vertex, edge int) (*exchange.Writer, error) {
	space, err := m.shuffleSpace()
	if err != nil {
		return nil, err
	}
	grant, err := r.grant("output of "+r.vertex.ID, minimumMemory)
	if err != nil {
		return nil, err
	}
	e, ts := &to.Inputs[edge], r.vertex.Schema().Types()
	channels := channelsOf(e.Dist.Kind, to.Parallelism)
	o, err := exchange.NewOutput(space, ts, channels, grant)
	if err != nil {
		return nil, err
	}
	r.outputs = append(r.outputs, outgoing{r.attempt.outputID(r.vertex.ID, r.id.Subtask, r.id.Attempt, e), o})
	return exchange.NewWriter(exchange.WriterConfig{
		Dist: e.Dist, Types: ts, BatchRows: r.attempt.job.Config.BatchRows, MaxParallelism: to.MaxParallelism, Output: o,
	}, o.Ports(channels)), nil
}

func (a *attempt) outputID(from string, subtask, number int, e *graph.Edge) exchange.OutputID {
	return exchange.OutputID{Leader: a.leader, Job: a.job.ID, Attempt: number, From: from, Subtask: subtask, Edge: e.ID}
}

// partsOf is what a subtask reads over a blocking edge: nothing when it is over.
func (a *attempt) partsOf(v *graph.Vertex, edge int, r *running) []exchange.Parts {
	if r.over {
		return nil
	}
	e, subtask := &v.Inputs[edge], r.id.Subtask
	at := a.outputs[e.From]
	var out []exchange.Parts
	for s := range at.Data {
		p := exchange.Parts{Output: a.outputID(e.From, s, at.Attempt, e), First: subtask, End: subtask + 1}
		switch e.Dist.Kind {
		case physical.Broadcast:
			p.First, p.End = 0, -1 // it may have been written when the rows were to be dealt
		case physical.Single:
			if subtask > 0 {
				continue
			}
		case physical.Forward:
			if s != subtask {
				continue
			}
			p.First, p.End = 0, 1
		}
		out = append(out, p)
	}
	return out
}

// fetch makes the receiver's end of a channel from an output: here, unless the job
// wants sockets everywhere, or where the job manager says that it lies.
func (m *Manager) fetch(p exchange.Parts, to *running) (*exchange.Fetch, error) {
	a := to.attempt
	ts := a.job.Vertex(p.Output.From).Schema().Types()
	if m.outputs.Has(p.Output) && !a.job.Config.NetworkExchange {
		return exchange.NewLocalFetch(m.outputs, p, ts, to.waker.Signal, a.broken), nil
	}
	n, err := m.net()
	if err != nil {
		return nil, err
	}
	addr := a.outputs[p.Output.From].Data[p.Output.Subtask]
	if addr == "" {
		addr = n.Addr()
	}
	l, err := n.Dial(addr)
	if err != nil {
		return nil, &exchange.LostError{Output: p.Output, Cause: err}
	}
	return l.NewFetch(p, ts, a.job.Config.QueueBatches, to.waker.Signal, a.broken), nil
}

// settleOutputs ends what a task has written: kept for its receivers, or, when the
// task has failed, given up.
func (m *Manager) settleOutputs(r *running, err error) error {
	for _, o := range r.outputs {
		if err != nil {
			o.output.Abort()
			continue
		}
		run, ferr := o.output.Finish()
		if ferr != nil {
			err = ferr
			continue
		}
		m.outputs.Add(o.id, run)
		failpoint.Hit("output-finished")
	}
	return err
}

// keepOutputs removes what earlier attempts of a job have left and a new one does not need.
func (m *Manager) keepOutputs(d *Deployment, job string) {
	m.drop(job, func(id exchange.OutputID) bool {
		needed, ok := d.Outputs[id.From]
		return ok && id.Leader == d.Leader && id.Attempt == needed.Attempt
	})
}

// Drop removes the outputs of a job; of all, where it has no name.
func (m *Manager) Drop(job string) { m.drop(job, nil) }

// drop removes outputs. A file that cannot be removed harms nobody: it goes with the
// scratch space of the process.
func (m *Manager) drop(job string, kept func(exchange.OutputID) bool) {
	if err := m.outputs.Drop(job, kept); err != nil {
		m.config.Log.Warn("a shuffle file stays", "job", job, "cause", err)
	}
}

// shuffleSpace is where outputs lie, made when first asked for. It goes with the
// scratch space of the process.
func (m *Manager) shuffleSpace() (*spill.Space, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shuffle == nil {
		space := &spillSpace{claim: m.scratch, path: filepath.Join(m.scratch.Path(), "shuffle")}
		dir, err := space.Dir()
		if err != nil {
			return nil, err
		}
		m.shuffle = spill.NewSpace(fs.Local{}, dir)
	}
	return m.shuffle, nil
}
