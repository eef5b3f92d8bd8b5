package engine

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// splitOrder parts a query into its unordered body and, where it has a top-level
// ORDER BY or LIMIT, the plan of that over the body's finished rows; nil otherwise.
func splitOrder(root logical.Node) (body logical.Node, tail func([]*stream.Batch) logical.Node) {
	switch n := root.(type) {
	case *logical.Sort:
		return n.Input, func(rows []*stream.Batch) logical.Node {
			return n.WithInputs([]logical.Node{rowsOf(n.Input.Columns(), rows)})
		}
	case *logical.Project:
		if body, inner := splitOrder(n.Input); inner != nil {
			return body, func(rows []*stream.Batch) logical.Node {
				return n.WithInputs([]logical.Node{inner(rows)})
			}
		}
	}
	return root, nil
}

// rowsOf is finished rows as literal rows of a plan.
func rowsOf(cols []logical.Column, rows []*stream.Batch) logical.Node {
	v := &logical.Values{Cols: cols}
	for _, b := range rows {
		for r := range b.Rows {
			row := make([]*expr.Expr, len(cols))
			for i, c := range cols {
				row[i] = expr.Lit(c.Type, b.Cols[i].ValueAt(r))
			}
			v.Rows = append(v.Rows, row)
		}
	}
	return v
}

// named gives a schema the names a query's columns go by.
func named(s *types.Schema, names []string) *types.Schema {
	if names == nil {
		return s
	}
	out := &types.Schema{Fields: append([]types.Field(nil), s.Fields...)}
	for i := range out.Fields {
		out.Fields[i].Name = names[i]
	}
	return out
}
