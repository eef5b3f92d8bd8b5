package engine

import (
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
)

// checkClaims refuses a checkpoint that holds state which no operator of the job
// takes: the job would begin anew where its user believes it goes on.
func (s *Session) checkClaims(g *graph.Job, snap *checkpoint.Snapshot) error {
	ignore, err := s.options.Bool(OptUnclaimed)
	if err != nil || ignore {
		return err
	}
	lost := unclaimed(g, snap)
	if len(lost) == 0 {
		return nil
	}
	return sqlerr.Newf(sqlerr.BadInput, "checkpoint %d of job '%s' holds state of %s, which the changed job does not have", snap.Checkpoint, snap.Name, strings.Join(lost, ", ")).
		WithHint("restore with the statements that wrote it; start anew under another '%s'; or drop that state with '%s' = 'true'", OptName.Key, OptUnclaimed.Key)
}

// unclaimed lists the operators whose state in a snapshot has no taker. Keyed
// state belongs to the vertex, whose id is that of its first operator.
func unclaimed(g *graph.Job, snap *checkpoint.Snapshot) []string {
	operators := map[string]bool{}
	for _, v := range g.Vertices {
		for i := range v.Chain {
			operators[v.Chain[i].ID] = true
		}
	}
	var lost []string
	for _, v := range snap.Vertices {
		for _, t := range v.Subtasks {
			if t.Keyed != nil && g.Vertex(v.ID) == nil {
				lost = append(lost, v.ID)
			}
			for id, o := range t.Operators {
				if !operators[id] && len(o.Parts)+len(o.Committables) > 0 {
					lost = append(lost, id)
				}
			}
		}
	}
	for id := range snap.Enumerator {
		if !operators[id] {
			lost = append(lost, id)
		}
	}
	slices.Sort(lost)
	return slices.Compact(lost)
}
