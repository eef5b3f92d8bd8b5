package worker

import (
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
	from    string // Deployment.From
}

// wire makes the channels of all edges.
func (m *Manager) wire(a *attempt) (*wiring, error) {
	w := &wiring{gates: map[TaskID][]task.GateConfig{}, writers: map[TaskID][]*exchange.Writer{}}
	var connect connect = a.local
	if a.job.Config.NetworkExchange {
		n, err := m.net()
		if err != nil {
			return nil, err
		}
		if connect, a.unwire, err = a.connector(n); err != nil {
			return nil, err
		}
	}
	for _, v := range a.job.Vertices {
		for i := range v.Inputs {
			if err := a.wireEdge(w, v, i, connect); err != nil {
				return nil, err
			}
		}
	}
	return w, nil
}

// connect makes one channel between two subtasks.
type connect func(name string, ts []types.Type, from, to *running) (exchange.Sender, *exchange.Queue, error)

func (a *attempt) local(_ string, _ []types.Type, from, to *running) (exchange.Sender, *exchange.Queue, error) {
	q := exchange.NewQueue(a.job.Config.QueueBatches, to.waker.Signal, from.waker.Signal)
	return q, q, nil
}

func (a *attempt) wireEdge(w *wiring, v *graph.Vertex, edge int, connect connect) error {
	e := &v.Inputs[edge]
	from := a.job.Vertex(e.From)
	ts := from.Schema().Types()
	gates := make([]task.GateConfig, v.Parallelism)
	for r := range gates {
		gates[r] = task.GateConfig{Op: e.Op, Input: e.Input}
	}
	for s := range from.Parallelism {
		sender := a.tasks[TaskID{a.job.ID, a.number, from.ID, s}]
		var ports []exchange.Sender
		for _, r := range receivers(e.Dist.Kind, s, v.Parallelism) {
			receiver := a.tasks[TaskID{a.job.ID, a.number, v.ID, r}]
			if sender == nil || receiver == nil {
				return fmt.Errorf("wire %s to %s: a subtask is not part of the deployment", from.ID, v.ID)
			}
			port, q, err := connect(fmt.Sprintf("%s/%d/%s/%d/%d/%d", a.job.ID, a.number, v.ID, edge, s, r), ts, sender, receiver)
			if err != nil {
				return err
			}
			ports = append(ports, port)
			gates[r].Queues = append(gates[r].Queues, q)
		}
		w.writers[sender.id] = append(w.writers[sender.id], exchange.NewWriter(exchange.WriterConfig{
			Dist: e.Dist, Types: ts,
			BatchRows: a.job.Config.BatchRows, MaxParallelism: v.MaxParallelism, WatermarkInterval: a.job.Config.AutoWatermarkInterval,
		}, ports))
	}
	for r := range gates {
		id := TaskID{a.job.ID, a.number, v.ID, r}
		w.gates[id] = append(w.gates[id], gates[r])
	}
	return nil
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
