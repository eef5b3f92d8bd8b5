package engine

import (
	"cmp"
	"slices"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/graph"
)

// remembered says what the operators of a stream keep in checkpoints; those not
// named keep nothing that a changed job could lose.
var remembered = map[string]string{
	"TableSourceScan":    "how far its splits are read",
	"Limit":              "how many rows have passed",
	"GroupAggregate":     "a row for each group",
	"WindowAggregate":    "the groups of open windows",
	"Join":               "the rows of both inputs",
	"WindowJoin":         "the rows of open windows",
	"IntervalJoin":       "the rows that may still meet others",
	"Rank":               "the rows of each partition that may be among the first",
	"WindowRank":         "the first rows of open windows",
	"OverAggregate":      "the rows and totals of each partition",
	"TemporalSort":       "the rows whose time has not come",
	"Deduplicate":        "a row for each key",
	"SingleRow":          "the row",
	"ChangelogNormalize": "a row for each key",
	"SinkMaterializer":   "the rows of each key",
	"Sink":               "what is written and not committed",
}

// Fate is what becomes of one operator's state when a job goes on with other statements.
type Fate struct {
	Fate     string `json:"fate"` // kept, lost or new
	Operator string `json:"operator"`
	ID       string `json:"id"`
	State    string `json:"state"` // what the operator remembers
}

// JobGraph plans INSERTs as one job that is not run.
func (s *Session) JobGraph(set *ast.StatementSet) (g *graph.Job, err error) {
	defer s.guard(&err)
	if len(set.Inserts) == 0 {
		return nil, sqlerr.Newf(sqlerr.Syntax, "there is no INSERT, and so no job")
	}
	return s.insertGraph(set.Inserts)
}

// Upgrade tells what a changed job would find in a checkpoint of the old one. The
// id of an operator is made from its meaning: one whose state would have another
// shape has another id, so that nothing is ever read wrongly.
func Upgrade(old, changed *graph.Job) []Fate {
	before, after := states(old), states(changed)
	var out []Fate
	for id, f := range before {
		f.Fate = "lost"
		if _, ok := after[id]; ok {
			f.Fate = "kept"
		}
		out = append(out, f)
	}
	for id, f := range after {
		if _, ok := before[id]; !ok {
			f.Fate = "new"
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Fate) int {
		return cmp.Or(cmp.Compare(a.Fate, b.Fate), cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// states lists the operators that remember something, by what their state is found by.
func states(g *graph.Job) map[string]Fate {
	out := map[string]Fate{}
	for _, v := range g.Vertices {
		for i := range v.Chain {
			op := &v.Chain[i]
			if text, ok := remembered[op.Name]; ok {
				out[v.ID+"/"+op.ID] = Fate{Operator: op.Name, ID: op.ID, State: text}
			}
		}
	}
	return out
}
