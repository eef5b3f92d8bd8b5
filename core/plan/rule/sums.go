package rule

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/types"
)

// shareSums makes one sum of several whose integers differ by constants.
//
//	SUM(x + 1), SUM(x - 2)  →  s + 1 * n, s - 2 * n over SUM(x) AS s, COUNT(x) AS n
//
// Integers wrap round, in sums as well, so both sides are equal where they
// overflow too; where there is no x, SUM(x) is NULL and so is what is added to it.
func shareSums(root logical.Node, ids *logical.Ids) logical.Node {
	return rewrite(root, func(n logical.Node) logical.Node {
		if a, ok := n.(*logical.Aggregate); ok {
			return withSharedSums(a, ids)
		}
		return n
	})
}

func withSharedSums(a *logical.Aggregate, ids *logical.Ids) logical.Node {
	sums := make([]*shiftedSum, len(a.Aggs)) // nil: stays as it is
	alike := map[string]int{}
	for i, c := range a.Aggs {
		if sums[i] = shifted(c); sums[i] != nil {
			alike[sums[i].key]++
		}
	}
	out := *a
	out.Aggs = nil
	for i, c := range a.Aggs {
		if sums[i] != nil && alike[sums[i].key] > 1 {
			continue
		}
		sums[i] = nil
		out.Aggs = append(out.Aggs, c)
	}
	if len(out.Aggs) == len(a.Aggs) {
		return a
	}
	above := &logical.Project{Assigns: passing(a.Columns())}
	calls := above.Assigns[len(above.Assigns)-len(a.Aggs):]
	for i, s := range sums {
		if s != nil {
			calls[i].Expr = s.over(&out, ids)
		}
	}
	above.Input = &out
	return above
}

// shiftedSum is a SUM whose argument adds a constant to integers, or takes one from the other.
type shiftedSum struct {
	call     logical.AggCall
	key      string // equal for those that can share a sum
	constant int    // which argument of the operator it is
}

// shifted is nil for other calls.
func shifted(c logical.AggCall) *shiftedSum {
	if c.Func != "SUM" || c.Distinct || len(c.OrderBy) > 0 {
		return nil
	}
	e := c.Args[0]
	if e.Op != expr.Call || e.Func != expr.Add && e.Func != expr.Sub {
		return nil
	}
	t := c.Col.Type
	sameType := func(x *expr.Expr) bool { return x.Type.Kind == t.Kind }
	if !t.IsInteger() || !sameType(e) || !slices.ContainsFunc(e.Args, isConstant) || !sameType(e.Args[0]) || !sameType(e.Args[1]) {
		return nil
	}
	s := &shiftedSum{call: c, constant: slices.IndexFunc(e.Args, isConstant)}
	x := e.Args[1-s.constant]
	if x.Op == expr.Literal || expr.HasVolatile(x) {
		return nil
	}
	s.key = signature(x)
	if c.Filter != nil {
		s.key += " " + signature(c.Filter)
	}
	return s
}

func isConstant(e *expr.Expr) bool { return e.Op == expr.Literal && !e.Lit.Null }

// over computes the sum of what an aggregate has, which gets the calls that it lacks.
func (s *shiftedSum) over(a *logical.Aggregate, ids *logical.Ids) *expr.Expr {
	e, t := s.call.Args[0], s.call.Col.Type
	x := e.Args[1-s.constant]
	sum := offered(a, ids, logical.AggCall{Col: logical.Column{Name: "$sum", Type: t}, Func: "SUM", Args: []*expr.Expr{x}, Filter: s.call.Filter})
	count := logical.AggCall{Col: logical.Column{Name: "$count", Type: types.BigIntType.NotNull()}, Func: "COUNT", Filter: s.call.Filter}
	if x.Type.Nullable {
		count.Args = []*expr.Expr{x}
	}
	n := offered(a, ids, count)
	if narrow := t.NotNull(); narrow.Kind != n.Type.Kind {
		n = expr.NewCall(expr.Cast, narrow, n)
	}
	args := []*expr.Expr{sum, sum}
	args[s.constant] = expr.NewCall(expr.Mul, n.Type, e.Args[s.constant], n)
	return expr.NewCall(e.Func, t, args...)
}

// offered is the column of a call of an aggregate, added unless it is there.
func offered(a *logical.Aggregate, ids *logical.Ids, want logical.AggCall) *expr.Expr {
	same := func(x, y *expr.Expr) bool { return signature(x) == signature(y) }
	for _, c := range a.Aggs {
		if c.Func == want.Func && !c.Distinct && len(c.OrderBy) == 0 && slices.EqualFunc(c.Args, want.Args, same) &&
			(c.Filter == nil) == (want.Filter == nil) && (c.Filter == nil || same(c.Filter, want.Filter)) {
			return c.Col.Ref()
		}
	}
	want.Col.ID = ids.Next()
	a.Aggs = append(a.Aggs, want)
	return want.Col.Ref()
}
