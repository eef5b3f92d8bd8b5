package graph

import (
	"slices"

	"github.com/weir-engine/weir/core/plan/physical"
)

// Dealt is a hash join whose inputs are hashed over the subtasks, as the planner thought
// best by what it knew. When its build side is a file, its real size is known: a small
// one is broadcast, and the probe side need not move at all.
type Dealt struct {
	Join         *Vertex
	Build, Probe string // vertices
	build, probe int    // inputs of Join
}

// Dealt lists the joins of a batch job that may be broadcast instead: at the head of
// their vertex, with a probe side that nobody else reads.
func (j *Job) Dealt() (out []Dealt) {
	if j.Config.BroadcastRows == 0 {
		return nil
	}
	for _, v := range j.Vertices {
		if d, ok := j.dealt(v); ok {
			out = append(out, d)
		}
	}
	return out
}

func (j *Job) dealt(v *Vertex) (Dealt, bool) {
	d := Dealt{Join: v, build: -1, probe: -1}
	if v.Chain[0].Name != "HashJoin" || v.Chain[0].Traits.Dist.Kind == physical.Hash {
		return d, false
	}
	op, err := v.Chain[0].Op()
	join, ok := op.(*physical.HashJoin)
	if err != nil || !ok || !join.MayBroadcast {
		return d, false
	}
	for i, e := range v.Inputs {
		switch {
		case e.Op != 0:
			continue
		case !e.Blocking || e.Dist.Kind != physical.Hash:
			return d, false
		case e.Input == probeInput(join.BuildRight):
			d.probe, d.Probe = i, e.From
		default:
			d.build, d.Build = i, e.From
		}
	}
	if d.probe < 0 || d.build < 0 {
		return d, false
	}
	probe := j.Vertex(d.Probe)
	return d, probe.Parallelism == v.Parallelism && len(j.Outputs(probe)) == 1 && !probe.spools()
}

// Broadcast is the job with a join whose build side is broadcast and whose probe side
// runs in its own chain, where run-time filters reach the scan.
func (j *Job) Broadcast(d Dealt) *Job {
	probe, join := j.Vertex(d.Probe), *d.Join
	at := len(probe.Chain)
	join.Name = probe.Name + " -> " + join.Name
	join.Chain = append(slices.Clone(probe.Chain), d.Join.Chain...)
	join.Chain[at].Chained = d.Join.Inputs[d.probe].Input
	join.Inputs = slices.Clone(probe.Inputs)
	for i, e := range d.Join.Inputs {
		if i == d.probe {
			continue
		}
		if e.Op += at; i == d.build {
			e.Dist = physical.Distribution{Kind: physical.Broadcast}
		}
		join.Inputs = append(join.Inputs, e)
	}
	out := *j
	out.Vertices = nil
	for _, v := range j.Vertices {
		switch v {
		case probe:
		case d.Join:
			out.Vertices = append(out.Vertices, &join)
		default:
			out.Vertices = append(out.Vertices, v)
		}
	}
	return &out
}
