package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/estimate"
	"github.com/weir-engine/weir/core/plan/logical"
)

// smallTable is so few rows that comparing each with a scalar costs nothing.
const smallTable = 100_000

// sinkScalars moves a scalar subquery that depends on nothing, and the predicates
// that compare with it, to the input whose columns they compare: in
//
//	FROM sales, dates WHERE … AND month = (SELECT DISTINCT month FROM dates WHERE …)
//
// dates are filtered before sales are joined with them, and joins are ordered
// by what is left.
func sinkScalars(root logical.Node) logical.Node {
	e := estimate.New(root)
	return rewrite(root, func(n logical.Node) logical.Node {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n
		}
		j, ok := f.Input.(*logical.Join)
		if !ok || j.Kind != logical.Single || j.On != nil {
			return n
		}
		return sinkScalar(e, f, j)
	})
}

func sinkScalar(e *estimate.Estimator, f *logical.Filter, j *logical.Join) logical.Node {
	var with, without []*expr.Expr
	left, right := idsOf(j.Left.Columns()), idsOf(j.Right.Columns())
	compared := idSet{}
	for _, c := range expr.Conjuncts(f.Cond) {
		if within(c, left) || expr.HasVolatile(c) {
			without = append(without, c)
			continue
		}
		with = append(with, c)
		for id := range uses(c) {
			if !right[id] {
				compared[id] = true
			}
		}
	}
	s := scalarSink{scalar: j, columns: compared, filter: with}
	if len(with) == 0 || len(compared) == 0 || e.Rows(s.target(j.Left)) > max(e.Rows(j.Left), smallTable) {
		return f
	}
	out := s.sink(j.Left)
	return withFilter(&logical.Project{Input: out, Assigns: passing(j.Columns())}, without)
}

// scalarSink is a scalar subquery on its way down.
type scalarSink struct {
	scalar  *logical.Join
	columns idSet // what it is compared with
	filter  []*expr.Expr
}

// below is the input of n to go on to; nil where the way ends.
func (s *scalarSink) below(n logical.Node) logical.Node {
	switch n := n.(type) {
	case *logical.Join:
		switch n.Kind {
		case logical.Inner:
			if s.in(n.Right) {
				return n.Right
			}
		case logical.Left, logical.Semi, logical.Anti, logical.Single:
		default:
			return nil
		}
		if s.in(n.Left) {
			return n.Left
		}
	case *logical.Filter:
		if _, ok := n.Input.(*logical.Join); ok {
			return n.Input
		}
	case *logical.Project:
		if _, ok := n.Input.(*logical.Join); ok && onlyPasses(n) {
			return n.Input
		}
	}
	return nil
}

func (s *scalarSink) in(n logical.Node) bool {
	cols := idsOf(n.Columns())
	for id := range s.columns {
		if !cols[id] {
			return false
		}
	}
	return true
}

func (s *scalarSink) target(n logical.Node) logical.Node {
	for next := s.below(n); next != nil; next = s.below(n) {
		n = next
	}
	return n
}

// sink rebuilds n with the subquery over its target; its columns pass up.
func (s *scalarSink) sink(n logical.Node) logical.Node {
	next := s.below(n)
	if next == nil {
		return withFilter(s.scalar.WithInputs([]logical.Node{n, s.scalar.Right}), s.filter)
	}
	in := append([]logical.Node(nil), n.Inputs()...)
	for i := range in {
		if in[i] == next {
			in[i] = s.sink(next)
			break
		}
	}
	out := n.WithInputs(in)
	if p, ok := out.(*logical.Project); ok {
		return &logical.Project{Input: p.Input, Assigns: append(append([]logical.Assign(nil), p.Assigns...), passing(s.scalar.Right.Columns())...)}
	}
	return out
}
