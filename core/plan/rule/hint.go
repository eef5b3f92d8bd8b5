package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
)

// hint tells scans of the filters and limits above them. The filters stay where they are.
func hint(root logical.Node) logical.Node {
	return rewrite(root, func(n logical.Node) logical.Node {
		switch n := n.(type) {
		case *logical.Filter:
			if s, ok := n.Input.(*logical.Scan); ok {
				return n.WithInputs([]logical.Node{hintFilters(s, n.Cond)})
			}
		case *logical.Sort:
			if len(n.Keys) == 0 && n.Limit >= 0 {
				return n.WithInputs([]logical.Node{hintLimit(n.Input, n.Limit+n.Offset)})
			}
		}
		return n
	})
}

func hintFilters(s *logical.Scan, cond *expr.Expr) logical.Node {
	if s.Info == nil || s.Info.TakesFilter == nil || s.Info.UpsertBy { // without a row's last change its older one would stand
		return s
	}
	by := map[int]*expr.Expr{}
	for i, c := range s.Cols {
		by[c.ID] = expr.Col(s.Ordinals[i], c.Name, c.Type)
	}
	out := *s
	out.Filters = nil
	for _, c := range expr.Conjuncts(cond) {
		if !expr.HasVolatile(c) && s.Info.TakesFilter(substitute(c, by)) {
			out.Filters = append(out.Filters, c)
		}
	}
	return &out
}

// hintLimit passes a limit through projections to a scan.
func hintLimit(n logical.Node, limit int64) logical.Node {
	switch n := n.(type) {
	case *logical.Project:
		return n.WithInputs([]logical.Node{hintLimit(n.Input, limit)})
	case *logical.Scan:
		if n.Info != nil && (n.Info.UpsertBy || n.Info.Retracts) {
			return n
		}
		out := *n
		out.Limit = limit
		return &out
	}
	return n
}
