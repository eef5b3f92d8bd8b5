package job

import "github.com/weir-engine/weir/exec/graph"

// adapt changes what has not run by what is known since the last stage: joins whose
// build side turned out small are broadcast. It returns the regions that are held back
// until the build side of their join is known.
func (j *Job) adapt() (held map[*region]bool) {
	for changed := true; changed; {
		changed, held = false, map[*region]bool{}
		for _, d := range j.graph.Dealt() {
			s := j.stages
			build, probe, join := s.of[d.Build], s.of[d.Probe], s.of[d.Join.ID]
			switch {
			case probe.done || join.done || build == probe || build.readsFrom(probe):
			case !build.done:
				held[probe] = true
			case j.rowsOf(d.Build) <= j.mostBroadcast(d):
				if g := j.graph.Broadcast(d); g.Check() == nil { // else regions would wait for each other
					j.replan(g)
					changed = true
				}
			}
			if changed {
				break
			}
		}
	}
	return held
}

// mostBroadcast is how many rows of a build side are broadcast: few, or so few that every
// subtask takes them in sooner than it deals its share of the probe side, by the estimate.
func (j *Job) mostBroadcast(d graph.Dealt) int64 {
	probe := j.graph.Vertex(d.Probe)
	estimate := probe.Chain[len(probe.Chain)-1].Traits.Rows
	return max(j.graph.Config.BroadcastRows, int64(estimate)/int64(dealtForBuilt*probe.Parallelism))
}

// dealtForBuilt is how many rows are dealt in the time and the memory that one takes to be built.
const dealtForBuilt = 4

// rowsOf is how many rows a vertex that is done has sent; more than any where it is not known.
func (j *Job) rowsOf(vertex string) (rows int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	tasks := j.past[vertex]
	if len(tasks) < j.graph.Vertex(vertex).Parallelism {
		return 1 << 62
	}
	for _, t := range tasks {
		rows += t.IO.RowsOut
	}
	return rows
}

// replan goes on with another graph, of which what has run is the same.
func (j *Job) replan(g *graph.Job) {
	before := j.stages
	j.stages = newStages(g)
	for _, r := range j.stages.regions {
		if was := before.of[r.vertices[0].ID]; was.done {
			r.done, r.gone, r.attempt, r.workers = was.done, was.gone, was.attempt, was.workers
		}
	}
	j.mu.Lock()
	j.graph = g
	for id := range j.past {
		if g.Vertex(id) == nil {
			delete(j.past, id)
		}
	}
	j.mu.Unlock()
}

// readsFrom reports that a region reads another, by whatever way.
func (r *region) readsFrom(other *region) bool {
	for _, from := range r.reads {
		if from == other || from.readsFrom(other) {
			return true
		}
	}
	return false
}
