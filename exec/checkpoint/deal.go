package checkpoint

import (
	"slices"

	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// Vertex finds the state of a vertex; nil where the snapshot has none.
func (s *Snapshot) Vertex(id string) *VertexState {
	if s == nil {
		return nil
	}
	for i := range s.Vertices {
		if s.Vertices[i].ID == id {
			return &s.Vertices[i]
		}
	}
	return nil
}

// Deal is the state that subtask of parallelism starts from. At another
// parallelism than before, parts are dealt round robin and key groups by range.
func (v *VertexState) Deal(subtask, parallelism int) SubtaskState {
	if v.Parallelism == parallelism && !v.partlyFinished() {
		out := v.Subtasks[subtask]
		out.Operators = v.dealOperators(subtask, parallelism)
		return out
	}
	return SubtaskState{Operators: v.dealOperators(subtask, parallelism), Finished: v.Finished()}
}

// Finished reports that every subtask had ended.
func (v *VertexState) Finished() bool {
	return !slices.ContainsFunc(v.Subtasks, func(s SubtaskState) bool { return !s.Finished })
}

func (v *VertexState) partlyFinished() bool {
	return !v.Finished() && slices.ContainsFunc(v.Subtasks, func(s SubtaskState) bool { return s.Finished })
}

func (v *VertexState) dealOperators(subtask, parallelism int) map[string]OperatorState {
	out := map[string]OperatorState{}
	turn := map[string]int{}
	for _, s := range v.Subtasks {
		for id, o := range s.Operators {
			mine := out[id]
			mine.Union = o.Union
			for _, p := range o.Parts {
				if o.Union || turn[id]%parallelism == subtask {
					mine.Parts = append(mine.Parts, p)
				}
				turn[id]++
			}
			out[id] = mine
		}
	}
	return out
}

// Handles lists the keyed state that covers key groups of r.
func (v *VertexState) Handles(r keyed.GroupRange) []keyed.Handle {
	var out []keyed.Handle
	for _, s := range v.Subtasks {
		if h := s.Keyed; h != nil && h.Groups.From < r.To && r.From < h.Groups.To {
			out = append(out, *h)
		}
	}
	return out
}

// Committables lists what an operator had prepared and not committed, of all subtasks.
func (s *Snapshot) Committables(operator string) []connector.Committable {
	if s == nil {
		return nil
	}
	var out []connector.Committable
	for _, v := range s.Vertices {
		for _, t := range v.Subtasks {
			out = append(out, t.Operators[operator].Committables...)
		}
	}
	return out
}
