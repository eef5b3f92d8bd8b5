package graph

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/plan/physical"
)

// String draws the job for EXPLAIN: a line a vertex, one more for each edge
// into it and each operator of its chain.
func (j *Job) String() string {
	var b strings.Builder
	for i, v := range j.Vertices {
		fmt.Fprintf(&b, "%d: %s × %d\n", i+1, v.Name, v.Parallelism)
		for _, e := range v.Inputs {
			fmt.Fprintf(&b, "   ← %d %s", j.number(e.From), distText(e.Dist))
			if e.Blocking {
				b.WriteString(" blocking")
			}
			if e.Op > 0 || e.Input > 0 {
				fmt.Fprintf(&b, " into %s input %d", v.Chain[e.Op].Name, e.Input)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func (j *Job) number(id string) int {
	for i, v := range j.Vertices {
		if v.ID == id {
			return i + 1
		}
	}
	return 0
}

func distText(d physical.Distribution) string {
	if d.Kind != physical.Hash {
		return d.Kind.String()
	}
	keys := make([]string, len(d.Keys))
	for i, k := range d.Keys {
		keys[i] = fmt.Sprintf("$%d", k)
	}
	return "hash[" + strings.Join(keys, ", ") + "]"
}
