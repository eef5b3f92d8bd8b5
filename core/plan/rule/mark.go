package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// unmark makes semi and anti joins of mark joins whose mark only filters: a row
// stays if the mark is TRUE, or if it is FALSE. The mark's column is then a constant.
func unmark(root logical.Node) logical.Node {
	return rewrite(root, func(n logical.Node) logical.Node {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n
		}
		j, ok := f.Input.(*logical.Join)
		if !ok || j.Kind != logical.Mark {
			return n
		}
		for i, c := range expr.Conjuncts(f.Cond) {
			kind, value, ok := markFilter(c, j)
			if !ok {
				continue
			}
			rest := append([]*expr.Expr(nil), expr.Conjuncts(f.Cond)...)
			rest = append(rest[:i], rest[i+1:]...)
			join := &logical.Join{Kind: kind, Left: j.Left, Right: j.Right, On: j.On, NullAware: j.NullAware && kind == logical.Anti}
			mark := logical.Assign{Col: j.MarkCol, Expr: value}
			return withFilter(&logical.Project{Input: join, Assigns: append(passing(j.Left.Columns()), mark)}, rest)
		}
		return n
	})
}

// markFilter recognises a mark that must be TRUE, or FALSE.
func markFilter(c *expr.Expr, j *logical.Join) (logical.JoinKind, *expr.Expr, bool) {
	isMark := func(e *expr.Expr) bool { return e.Op == expr.Column && e.Col == j.MarkCol.ID }
	switch {
	case isMark(c), c.Op == expr.Call && c.Func == expr.IsTrue && isMark(c.Args[0]):
		return logical.Semi, truth(j, true), true
	case c.Op == expr.Call && (c.Func == expr.Not || c.Func == expr.IsFalse) && isMark(c.Args[0]):
		return logical.Anti, truth(j, false), true
	}
	return 0, nil, false
}

func truth(j *logical.Join, v bool) *expr.Expr {
	return expr.Lit(j.MarkCol.Type, types.BoolValue(v))
}
