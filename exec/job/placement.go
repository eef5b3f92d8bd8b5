package job

import (
	"cmp"
	"slices"
	"sync"

	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
)

// placement is where the subtasks of an attempt run. Subtask s of every vertex is
// in slot s, so that rows which go forward stay in a process.
type placement struct {
	slots   []Slot
	workers []*Worker // each once
	held    map[*Worker]int
}

func newPlacement(slots []Slot) *placement {
	p := &placement{slots: slots, held: map[*Worker]int{}}
	for _, s := range slots {
		if p.held[s.Worker] == 0 {
			p.workers = append(p.workers, s.Worker)
		}
		p.held[s.Worker]++
	}
	return p
}

// of is the worker that runs a subtask.
func (p *placement) of(subtask int) *Worker { return p.slots[subtask].Worker }

// addresses tells where every subtask is reached; nil where all are in one process.
func (p *placement) addresses(g *graph.Job) map[string][]string {
	if len(p.workers) == 1 {
		return nil
	}
	out := map[string][]string{}
	for _, v := range g.Vertices {
		for s := range v.Parallelism {
			out[v.ID] = append(out[v.ID], p.of(s).Data)
		}
	}
	return out
}

// deal parts a deployment by worker.
func (p *placement) deal(whole *worker.Deployment) map[*Worker]*worker.Deployment {
	out := map[*Worker]*worker.Deployment{}
	for _, w := range p.workers {
		d := *whole
		d.Tasks, d.Slots = nil, p.held[w]
		out[w] = &d
	}
	for _, t := range whole.Tasks {
		d := out[p.of(t.Subtask)]
		d.Tasks = append(d.Tasks, t)
	}
	return out
}

// tasks asks all workers how the subtasks fare.
func (p *placement) tasks(job string, attempt int) []worker.TaskStatus {
	answers := make([][]worker.TaskStatus, len(p.workers))
	var wg sync.WaitGroup
	for i, w := range p.workers {
		wg.Go(func() {
			answers[i] = w.Tasks.Tasks(job, attempt)
			for t := range answers[i] {
				answers[i][t].Worker = w.ID
			}
		})
	}
	wg.Wait()
	out := slices.Concat(answers...)
	slices.SortStableFunc(out, func(a, b worker.TaskStatus) int {
		return cmp.Or(cmp.Compare(a.ID.Vertex, b.ID.Vertex), cmp.Compare(a.ID.Subtask, b.ID.Subtask))
	})
	return out
}

// each does the same on all workers at once; the first error counts.
func (p *placement) each(f func(w *Worker) error) error {
	errs := make([]error, len(p.workers))
	var wg sync.WaitGroup
	for i, w := range p.workers {
		wg.Go(func() { errs[i] = f(w) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// slotsOf is how many slots a job needs.
func slotsOf(g *graph.Job) int {
	n := 0
	for _, v := range g.Vertices {
		n = max(n, v.Parallelism)
	}
	return n
}
