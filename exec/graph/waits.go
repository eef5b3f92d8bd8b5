package graph

import "fmt"

// checkWaits proves that no subtask waits for ever: an operator that reads one
// input to its end before it takes another (a join that builds first) must not
// have both reach back to one vertex, whose output would fill up on the side that
// is not read yet.
func (j *Job) checkWaits() error {
	above := map[string]map[string]bool{} // by vertex: itself and all it reads from
	for _, v := range j.Vertices {
		above[v.ID] = map[string]bool{v.ID: true}
		for i, e := range v.Inputs {
			if v.buildsFirst(e) {
				for k, other := range v.Inputs {
					if k == i {
						continue
					}
					for id := range above[e.From] {
						if above[other.From][id] {
							return fmt.Errorf("job %s: %s reads %s on its build side and on another; one would wait for ever", j.Name, v.ID, id)
						}
					}
				}
			}
		}
		for _, e := range v.Inputs {
			for id := range above[e.From] {
				above[v.ID][id] = true
			}
		}
	}
	return nil
}

// buildsFirst reports whether an edge leads to a side that is read to its end first.
func (v *Vertex) buildsFirst(e Edge) bool {
	s := &v.Chain[e.Op]
	return (s.Name == "HashJoin" || s.Name == "NestedLoopJoin") && e.Input != s.Chained
}
