package job

import (
	"cmp"
	"maps"
	"slices"

	"github.com/weir-engine/weir/exec/exchange"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/worker"
)

// stages is how far a job is that runs region by region: those whose inputs are whole
// run together in one attempt, a stage, and what they have written stays where they
// ran. A job without blocking exchanges is one region, and one stage.
//
// Sinks run in the last stage, all of them: what they write is committed behind one
// checkpoint, when nothing but they can fail any more. The job's goroutine alone
// touches it.
type stages struct {
	regions []*region
	of      map[string]*region // by vertex
}

// region is vertices that run together.
type region struct {
	vertices []*graph.Vertex
	reads    []*region
	readBy   []*region
	done     bool
	gone     bool // its outputs are lost, or dropped since nobody needed them
	attempt  int  // that finished it
	workers  []*Worker
}

// sink reports that nothing reads the region: it ends in sinks.
func (r *region) sink() bool { return len(r.readBy) == 0 }

func newStages(g *graph.Job) *stages {
	s := &stages{of: map[string]*region{}}
	for _, vertices := range g.Regions() {
		r := &region{vertices: vertices}
		s.regions = append(s.regions, r)
		for _, v := range vertices {
			s.of[v.ID] = r
		}
	}
	for _, r := range s.regions {
		for _, v := range r.vertices {
			for _, e := range v.Inputs {
				if from := s.of[e.From]; e.Blocking && !slices.Contains(r.reads, from) {
					r.reads, from.readBy = append(r.reads, from), append(from.readBy, r)
				}
			}
		}
	}
	return s
}

// next is the regions to run now, but for those that are held back where there are
// others. settled: the checkpoint of the job's end is there, so all has run, and sinks
// have only to be made whole.
func (s *stages) next(settled bool, held map[*region]bool) []*region {
	var ready []*region
	seen := map[*region]bool{}
	var visit func(r *region)
	// whole makes sure that what a region reads is there, or is about to be made.
	whole := func(r *region) bool {
		ok := true
		for _, from := range r.reads {
			if from.gone {
				from.done = false
			}
			if !from.done {
				visit(from)
				ok = false
			}
		}
		return ok
	}
	visit = func(r *region) {
		if seen[r] {
			return
		}
		seen[r] = true
		if whole(r) {
			ready = append(ready, r)
		}
	}
	var last []*region
	wait := false
	for _, r := range s.regions {
		if r.sink() && !r.done {
			last = append(last, r)
			wait = !settled && !whole(r) || wait
		}
	}
	if !wait {
		return last
	}
	if free := slices.DeleteFunc(slices.Clone(ready), func(r *region) bool { return held[r] }); len(free) > 0 {
		return free
	}
	return ready
}

// over reports that nothing is left to run.
func (s *stages) over() bool {
	return !slices.ContainsFunc(s.regions, func(r *region) bool { return r.sink() && !r.done })
}

// finished notes a region, and which outputs nobody needs any more.
func (s *stages) finished(r *region, attempt int, p *placement) {
	r.done, r.gone, r.attempt, r.workers = true, false, attempt, nil
	for _, v := range r.vertices {
		for k := len(r.workers); k < v.Parallelism; k++ {
			r.workers = append(r.workers, p.of(k))
		}
	}
	for _, from := range r.reads {
		if !slices.ContainsFunc(from.readBy, func(r *region) bool { return !r.done }) {
			from.gone = true
		}
	}
}

// lost notes that a worker is gone, with the outputs there.
func (s *stages) lost(w *Worker) {
	for _, r := range s.regions {
		if r.done && slices.Contains(r.workers, w) {
			r.gone = true
		}
	}
}

// unread notes that an output could not be read.
func (s *stages) unread(id exchange.OutputID) {
	if r := s.of[id.From]; r != nil && r.done && r.attempt == id.Attempt {
		r.gone = true
	}
}

// reset has all of it run again.
func (s *stages) reset() {
	for _, r := range s.regions {
		r.done, r.gone = false, false
	}
}

// outputs is where those lie that somebody still has to read.
func (s *stages) outputs() map[string]worker.VertexOutput {
	out := map[string]worker.VertexOutput{}
	for _, r := range s.regions {
		if !r.done || r.gone || r.sink() {
			continue
		}
		for _, v := range r.vertices {
			o := worker.VertexOutput{Attempt: r.attempt}
			for k := range v.Parallelism {
				o.Data = append(o.Data, r.workers[k].Data)
			}
			out[v.ID] = o
		}
	}
	return out
}

// told is what is known of tasks: of those of earlier stages as they ended, and of
// those that run.
func told(past map[string][]worker.TaskStatus, now []worker.TaskStatus) []worker.TaskStatus {
	past = maps.Clone(past)
	for _, t := range now {
		delete(past, t.ID.Vertex)
	}
	out := slices.Clone(now)
	for _, ts := range past {
		out = append(out, ts...)
	}
	slices.SortStableFunc(out, func(a, b worker.TaskStatus) int {
		return cmp.Or(cmp.Compare(a.ID.Vertex, b.ID.Vertex), cmp.Compare(a.ID.Subtask, b.ID.Subtask))
	})
	return out
}
