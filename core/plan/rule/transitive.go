package rule

import (
	"github.com/weir-engine/weir/core/expr"
)

// transitive adds what equalities between columns imply: a = b and a = 5 give
// b = 5, so that both sides of a join are filtered before it; a = b and b = c
// give a = c, so that more join orders are open.
func transitive(preds []*expr.Expr) []*expr.Expr {
	classes := equalColumns(preds)
	if len(classes) == 0 {
		return preds
	}
	seen := map[string]bool{}
	for _, e := range preds {
		seen[signature(e)] = true
		if isColumnEquality(e) {
			seen[signature(flipped(e))] = true
		}
	}
	out := append([]*expr.Expr(nil), preds...)
	add := func(e *expr.Expr) {
		if !seen[signature(e)] {
			seen[signature(e)] = true
			out = append(out, e)
		}
	}
	for _, class := range classes {
		for _, e := range preds {
			if col := comparedWithConstant(e); col != nil && has(class, col) {
				for _, other := range class {
					if other.Col != col.Col && other.Type.Same(col.Type) {
						add(substitute(e, map[int]*expr.Expr{col.Col: other}))
					}
				}
			}
		}
	}
	return out
}

func isColumnEquality(e *expr.Expr) bool {
	return e.Op == expr.Call && e.Func == expr.Eq && e.Args[0].Op == expr.Column && e.Args[1].Op == expr.Column
}

func flipped(e *expr.Expr) *expr.Expr {
	return expr.NewCall(e.Func, e.Type, e.Args[1], e.Args[0])
}

// equalColumns groups the columns that preds say are equal.
func equalColumns(preds []*expr.Expr) [][]*expr.Expr {
	var classes [][]*expr.Expr
	find := func(c *expr.Expr) int {
		for i, class := range classes {
			if has(class, c) {
				return i
			}
		}
		classes = append(classes, []*expr.Expr{c})
		return len(classes) - 1
	}
	for _, e := range preds {
		if !isColumnEquality(e) {
			continue
		}
		i, j := find(e.Args[0]), find(e.Args[1])
		if i == j {
			continue
		}
		classes[i] = append(classes[i], classes[j]...)
		classes = append(classes[:j], classes[j+1:]...)
	}
	return classes
}

func has(class []*expr.Expr, c *expr.Expr) bool {
	for _, x := range class {
		if x.Col == c.Col {
			return true
		}
	}
	return false
}

// comparedWithConstant is the column of a comparison of it with constants; nil for other predicates.
func comparedWithConstant(e *expr.Expr) *expr.Expr {
	if e.Op != expr.Call || len(e.Args) < 2 || e.Args[0].Op != expr.Column {
		return nil
	}
	switch e.Func {
	case expr.Eq, expr.Lt, expr.Le, expr.Gt, expr.Ge, expr.In:
	default:
		return nil
	}
	for _, a := range e.Args[1:] {
		if a.Op != expr.Literal {
			return nil
		}
	}
	return e.Args[0]
}
