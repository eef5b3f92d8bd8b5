package graph

import "fmt"

// checkWaits proves that no subtask waits for ever: an operator that reads one
// input to its end before it takes another (a join that builds first), or takes
// its inputs in an order of its own (a merge), must not have two of them reach back
// to one vertex, whose output would fill up on the side that is not read yet. A
// vertex that ends in a Spool never waits for those that read it, so nothing
// reaches back through it; nor through an edge whose rows are in a file.
func (j *Job) checkWaits() error {
	above := map[string]map[string]bool{} // by vertex: itself and all it reads from that a reader may hold up
	for _, v := range j.Vertices {
		above[v.ID] = map[string]bool{}
		for i, e := range v.Inputs {
			if v.ordersInputs(e) && !e.Blocking {
				for k, other := range v.Inputs {
					if k == i || other.Blocking {
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
		if v.spools() {
			continue
		}
		above[v.ID][v.ID] = true
		for _, e := range v.Inputs {
			if e.Blocking {
				continue
			}
			for id := range above[e.From] {
				above[v.ID][id] = true
			}
		}
	}
	return nil
}

// ordersInputs reports an edge to a side that is read to its end first, or in turns
// that depend on its rows.
func (v *Vertex) ordersInputs(e Edge) bool {
	switch s := &v.Chain[e.Op]; s.Name {
	case "HashJoin", "NestedLoopJoin":
		return e.Input != s.Chained
	case "SortMergeJoin":
		return true
	}
	return false
}

// spools reports a vertex that takes its input whatever its readers do.
func (v *Vertex) spools() bool { return v.Chain[len(v.Chain)-1].Name == "Spool" }
