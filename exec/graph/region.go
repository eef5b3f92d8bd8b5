package graph

import "github.com/weir-engine/weir/core/plan/physical"

// A batch job whose exchanges are blocking is cut at them into regions: vertices that
// run together, since rows flow between them while they do. A region starts when the
// outputs that it reads are whole files, and is what runs again when one is lost.

// materialise makes exchanges blocking. Rows that go forward flow, unless that would
// have a region wait for itself.
func (j *Job) materialise() {
	id := 0
	for _, v := range j.Vertices {
		for i := range v.Inputs {
			id++
			v.Inputs[i].Blocking, v.Inputs[i].ID = v.Inputs[i].Dist.Kind != physical.Forward, id
		}
	}
	if j.cyclic() {
		for _, v := range j.Vertices {
			for i := range v.Inputs {
				v.Inputs[i].Blocking = true
			}
		}
	}
}

// cyclic reports whether a blocking edge leads, by whatever way, into the region it leaves.
func (j *Job) cyclic() bool {
	of := j.regionOf()
	reads := map[int]map[int]bool{} // by region: those it reads
	for _, v := range j.Vertices {
		r := of[v.ID]
		if reads[r] == nil {
			reads[r] = map[int]bool{}
		}
		for _, e := range v.Inputs {
			if e.Blocking {
				reads[r][of[e.From]] = true
			}
		}
	}
	state := map[int]int{} // 1: under way, 2: done
	var visit func(r int) bool
	visit = func(r int) bool {
		if state[r] != 0 {
			return state[r] == 1
		}
		state[r] = 1
		for in := range reads[r] {
			if visit(in) {
				return true
			}
		}
		state[r] = 2
		return false
	}
	for r := range reads {
		if visit(r) {
			return true
		}
	}
	return false
}

// regionOf numbers the regions by vertex.
func (j *Job) regionOf() map[string]int {
	of := map[string]int{}
	for i, v := range j.Vertices {
		of[v.ID] = i
	}
	for _, v := range j.Vertices {
		for _, e := range v.Inputs {
			if e.Blocking || of[e.From] == of[v.ID] {
				continue
			}
			from, to := of[e.From], of[v.ID]
			for id, r := range of {
				if r == from {
					of[id] = to
				}
			}
		}
	}
	return of
}

// Regions lists the vertices that run together, each region behind those it reads.
func (j *Job) Regions() [][]*Vertex {
	of := j.regionOf()
	members := map[int][]*Vertex{}
	for _, v := range j.Vertices {
		members[of[v.ID]] = append(members[of[v.ID]], v)
	}
	var out [][]*Vertex
	done := map[int]bool{}
	var add func(r int)
	add = func(r int) {
		if done[r] {
			return
		}
		done[r] = true
		for _, v := range members[r] {
			for _, e := range v.Inputs {
				if e.Blocking {
					add(of[e.From])
				}
			}
		}
		out = append(out, members[r])
	}
	for _, v := range j.Vertices {
		add(of[v.ID])
	}
	return out
}
