package worker

import (
	"errors"
	"fmt"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/task"
)

// wiring is the channels between the subtasks of an attempt.
type wiring struct {
	gates   map[TaskID][]task.GateConfig
	writers map[TaskID][]*exchange.Writer
	from    string            // Deployment.From
	network *exchange.Network // nil: every channel is a queue
}

// wire makes the channels of all edges that end here.
func (m *Manager) wire(a *attempt) (*wiring, error) {
	w := &wiring{gates: map[TaskID][]task.GateConfig{}, writers: map[TaskID][]*exchange.Writer{}}
	if a.places != nil || a.job.Config.NetworkExchange {
		n, err := m.net()
		if err != nil {
			return nil, err
		}
		w.network = n
	}
	for _, v := range a.job.Vertices {
		for i := range v.Inputs {
			wire := a.wireEdge
			if v.Inputs[i].Blocking {
				wire = a.wireBlocking
			}
			if err := wire(w, v, i); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// wireEdge makes the channels of an edge that have an end here. Those between two
// subtasks of this process are queues, unless the job wants sockets everywhere.
func (a *attempt) wireEdge(w *wiring, v *graph.Vertex, edge int) error {
	e := &v.Inputs[edge]
	from := a.job.Vertex(e.From)
	ts := from.Schema().Types()
	gates := make([]task.GateConfig, v.Parallelism)
	for r := range gates {
		gates[r] = task.GateConfig{Op: e.Op, Input: e.Input}
	}
	for s := range from.Parallelism {
		sender := a.task(from, s)
		var ports []exchange.Sender
		for _, r := range receivers(e.Dist.Kind, s, v.Parallelism) {
			c := channel{name: a.channelName(v.ID, edge, s, r), types: ts, from: sender, to: a.task(v, r)}
			if c.to == nil && sender != nil {
				c.addr = a.address(v, r)
			}
			port, q, err := a.connect(w.network, &c)
			if err != nil {
				return fmt.Errorf("wire %s to %s: %w", from.ID, v.ID, err)
			}
			if port != nil {
				ports = append(ports, port)
			}
			if q != nil {
				gates[r].Queues = append(gates[r].Queues, q)
			}
		}
		if sender == nil {
			continue
		}
		w.writers[sender.id] = append(w.writers[sender.id], exchange.NewWriter(exchange.WriterConfig{
			Dist: e.Dist, Types: ts,
			BatchRows: a.job.Config.BatchRows, MaxParallelism: v.MaxParallelism, WatermarkInterval: a.job.Config.AutoWatermarkInterval,
		}, ports))
	}
	for r := range gates {
		if t := a.task(v, r); t != nil {
			w.gates[t.id] = append(w.gates[t.id], gates[r])
		}
	}
	return nil
}

// channel leads from one subtask to another; what is not here is nil.
type channel struct {
	name     string
	types    []types.Type
	from, to *running
	addr     string // of the receiver's task manager, where it is another
}

var errNotDeployed = errors.New("a subtask is not part of the deployment")

// connect makes the ends of a channel that are here.
func (a *attempt) connect(n *exchange.Network, c *channel) (exchange.Sender, *exchange.Queue, error) {
	switch {
	case c.from == nil && c.to == nil:
		return nil, nil, nil
	case (c.from == nil || c.to == nil) && a.places == nil || c.to == nil && c.addr == "":
		return nil, nil, errNotDeployed
	case c.from != nil && c.to != nil && !a.job.Config.NetworkExchange:
		q := exchange.NewQueue(a.job.Config.QueueBatches, c.to.waker.Signal, c.from.waker.Signal)
		return q, q, nil
	}
	var q *exchange.Queue
	if c.to != nil {
		q, c.addr = a.expect(n, c.name, c.types, c.to), n.Addr()
	}
	if c.from == nil {
		return nil, q, nil
	}
	p, err := a.port(n, c.addr, c.name, c.from)
	if err != nil {
		return nil, nil, err
	}
	return p, q, nil
}

// task finds a subtask that runs here; nil: it does not.
func (a *attempt) task(v *graph.Vertex, subtask int) *running {
	return a.tasks[TaskID{a.job.ID, a.number, v.ID, subtask}]
}

// address is where a subtask runs; empty: unknown.
func (a *attempt) address(v *graph.Vertex, subtask int) string {
	if at := a.places[v.ID]; subtask < len(at) {
		return at[subtask]
	}
	return ""
}

// receivers lists the subtasks that subtask s sends to.
func receivers(d physical.DistKind, s, parallelism int) []int {
	switch d {
	case physical.Forward:
		return []int{s}
	case physical.Single:
		return []int{0}
	}
	out := make([]int, parallelism)
	for i := range out {
		out[i] = i
	}
	return out
}
