package binder

import (
	"fmt"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// problems lists what is wrong with a plan's columns: references to columns that
// are not there, of another type, and ids given twice.
func problems(n logical.Node, outer map[int]types.Type) []string {
	var out []string
	below := map[int]types.Type{}
	for id, t := range outer {
		below[id] = t
	}
	for i, in := range n.Inputs() {
		around := outer
		if a, ok := n.(*logical.Apply); ok && i == 1 {
			around = map[int]types.Type{}
			for id, t := range outer {
				around[id] = t
			}
			for _, c := range a.Left.Columns() {
				around[c.ID] = c.Type
			}
		}
		out = append(out, problems(in, around)...)
		for _, c := range in.Columns() {
			below[c.ID] = c.Type
		}
	}
	for _, e := range logical.Exprs(n) {
		out = append(out, references(n, e, below)...)
	}
	for _, c := range namedColumns(n) {
		if _, ok := below[c.ID]; !ok {
			out = append(out, fmt.Sprintf("%s names %s#%d, which its input does not give", logical.Describe(n), c.Name, c.ID))
		}
	}
	if a, ok := n.(*logical.Project); ok {
		for _, assign := range a.Assigns {
			if !assign.Col.Type.Equal(assign.Expr.Type) {
				out = append(out, fmt.Sprintf("%s is declared %s and computed as %s", assign.Col.Name, assign.Col.Type, assign.Expr.Type))
			}
		}
	}
	seen := map[int]bool{}
	for _, c := range n.Columns() {
		if seen[c.ID] {
			out = append(out, fmt.Sprintf("%s gives column %s#%d twice", logical.Describe(n), c.Name, c.ID))
		}
		seen[c.ID] = true
	}
	return out
}

func references(n logical.Node, e *expr.Expr, below map[int]types.Type) []string {
	var out []string
	expr.Walk(e, func(e *expr.Expr) bool {
		if e.Op != expr.Column {
			return true
		}
		t, ok := below[e.Col]
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s uses %s#%d, which nothing gives", logical.Describe(n), e.Name, e.Col))
		case !t.Equal(e.Type):
			out = append(out, fmt.Sprintf("%s uses %s#%d as %s, it is %s", logical.Describe(n), e.Name, e.Col, e.Type, t))
		}
		return true
	})
	return out
}

// namedColumns are those that a node names without an expression.
func namedColumns(n logical.Node) []logical.Column {
	switch n := n.(type) {
	case *logical.Aggregate:
		return n.Keys
	case *logical.Over:
		return n.PartitionBy
	case *logical.WindowTable:
		return append([]logical.Column{n.Time}, n.PartitionBy...)
	case *logical.Watermark:
		return []logical.Column{n.Col}
	}
	return nil
}
