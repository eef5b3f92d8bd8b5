package rule

import (
	"github.com/weir-engine/weir/core/plan/logical"
)

// dropEmpty removes what a condition that is never TRUE leaves: inputs of a
// UNION ALL that have no rows, and the nodes that then give none themselves.
// Where one table expression of many branches is read by constant, such as
// sale_type = 's', this is most of the plan.
func dropEmpty(root logical.Node) logical.Node {
	return rewrite(root, func(n logical.Node) logical.Node {
		if s, ok := n.(*logical.SetOp); ok && s.Kind == logical.Union && s.All {
			return unionOfRest(s)
		}
		if givesNone(n) {
			return &logical.Values{Cols: n.Columns()}
		}
		return n
	})
}

func isEmpty(n logical.Node) bool {
	v, ok := n.(*logical.Values)
	return ok && len(v.Rows) == 0
}

// givesNone reports nodes that have no rows because an input has none.
func givesNone(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Filter:
		return isEmpty(n.Input)
	case *logical.Project:
		return isEmpty(n.Input)
	case *logical.Over:
		return isEmpty(n.Input)
	case *logical.Sort:
		return isEmpty(n.Input)
	case *logical.Aggregate:
		return len(n.Keys) > 0 && n.Sets == nil && isEmpty(n.Input)
	case *logical.Join:
		switch n.Kind {
		case logical.Inner, logical.Semi:
			return isEmpty(n.Left) || isEmpty(n.Right)
		case logical.Left, logical.Anti, logical.Single, logical.Mark:
			return isEmpty(n.Left)
		case logical.Right:
			return isEmpty(n.Right)
		case logical.Full:
			return isEmpty(n.Left) && isEmpty(n.Right)
		}
	}
	return false
}

// unionOfRest leaves the inputs that have rows.
func unionOfRest(s *logical.SetOp) logical.Node {
	var rest []logical.Node
	for _, in := range s.Ins {
		if !isEmpty(in) {
			rest = append(rest, in)
		}
	}
	switch len(rest) {
	case len(s.Ins):
		return s
	case 0:
		return &logical.Values{Cols: s.Cols}
	case 1:
		p := &logical.Project{Input: rest[0]}
		for i, c := range rest[0].Columns() {
			p.Assigns = append(p.Assigns, logical.Assign{Col: s.Cols[i], Expr: c.Ref()})
		}
		return p
	}
	return s.WithInputs(rest)
}
