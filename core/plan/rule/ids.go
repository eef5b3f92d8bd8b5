package rule

import "github.com/weir-engine/weir/core/plan/logical"

// newIDs gives out ids above all that a plan uses.
func newIDs(root logical.Node) *logical.Ids {
	ids := &logical.Ids{}
	last := lastID(root)
	for ids.Next() < last {
	}
	return ids
}

func lastID(n logical.Node) int {
	last := 0
	for _, c := range n.Columns() {
		last = max(last, c.ID)
	}
	if s, ok := n.(*logical.Shared); ok {
		last = max(last, lastID(s.Def.Node))
	}
	for _, in := range n.Inputs() {
		last = max(last, lastID(in))
	}
	return last
}
