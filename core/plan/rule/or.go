package rule

import (
	"fmt"

	"github.com/weir-engine/weir/core/expr"
)

// factorOr takes the conjuncts that all branches of an OR share out of it:
// (a AND b) OR (a AND c) is a AND (b OR c).
func factorOr(e *expr.Expr) []*expr.Expr {
	if e.Op != expr.Call || e.Func != expr.Or {
		return []*expr.Expr{e}
	}
	branches := make([][]*expr.Expr, len(e.Args))
	for i, a := range e.Args {
		branches[i] = expr.Conjuncts(a)
	}
	var out []*expr.Expr
	shared := map[string]bool{}
	for _, c := range branches[0] {
		if k := signature(c); inAll(k, branches[1:]) {
			shared[k] = true
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		return []*expr.Expr{e}
	}
	var rest []*expr.Expr
	for _, b := range branches {
		var left []*expr.Expr
		for _, c := range b {
			if !shared[signature(c)] {
				left = append(left, c)
			}
		}
		if len(left) == 0 {
			return out // a branch that asks for nothing more: the rest is TRUE
		}
		rest = append(rest, expr.AndAll(left))
	}
	return append(out, expr.NewCall(expr.Or, e.Type, rest...))
}

func inAll(k string, branches [][]*expr.Expr) bool {
	for _, b := range branches {
		found := false
		for _, c := range b {
			found = found || signature(c) == k
		}
		if !found {
			return false
		}
	}
	return true
}

// impliedBySide lists what an OR over both sides of a join, or over more than the
// keys of a grouping, implies for some columns alone: where every branch says something of the side, their OR.
func impliedBySide(on []*expr.Expr, side idSet) []*expr.Expr {
	var out []*expr.Expr
	for _, e := range on {
		if e.Op != expr.Call || e.Func != expr.Or || within(e, side) {
			continue
		}
		var branches []*expr.Expr
		for _, a := range e.Args {
			var of []*expr.Expr
			for _, c := range expr.Conjuncts(a) {
				if within(c, side) && len(uses(c)) > 0 {
					of = append(of, c)
				}
			}
			if len(of) == 0 {
				branches = nil
				break
			}
			branches = append(branches, expr.AndAll(of))
		}
		if branches != nil {
			out = append(out, anyOf(branches))
		}
	}
	return out
}

// signature is equal for expressions that mean the same by their form.
func signature(e *expr.Expr) string {
	switch e.Op {
	case expr.Column:
		return fmt.Sprintf("#%d", e.Col)
	case expr.Literal:
		return fmt.Sprintf("%s:%v", e.Type, *e.Lit)
	}
	s := e.Func + ":" + e.Type.String() + "("
	for _, a := range e.Args {
		s += signature(a) + ","
	}
	return s + ")"
}
