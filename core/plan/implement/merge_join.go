package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// equiJoin chooses how to join by equalities: by merging where both sides come
// in the order of the keys, else by hash where that is enabled.
func (p *planner) equiJoin(n *logical.Join, s sides) (rel, error) {
	if p.enabled(SortMergeJoin) {
		if m, sorts := p.merging(n, s); sorts == 0 && len(m.left) > 0 {
			return p.sortMergeJoin(n, m), nil
		}
	}
	if r, ok := p.hashJoin(n, s); ok {
		return r, nil
	}
	switch {
	case p.enabled(SortMergeJoin):
		m, _ := p.merging(n, s)
		return p.sortMergeJoin(n, m), nil
	case p.enabled(NestedLoopJoin) && !n.NullAware:
		return p.nestedLoopJoin(n, s.withoutKeys()), nil
	}
	return rel{}, noneLeft("a join by equality", "ShuffleHashJoin, SortMergeJoin")
}

// merge is a join whose inputs are ready to be merged.
type merge struct {
	sides
	left, right []physical.SortKey
}

// merging brings both sides to where and how they are merged, and counts the sorts that takes.
func (p *planner) merging(n *logical.Join, s sides) (m merge, sorts int) {
	m = merge{sides: s}
	m.left, m.right = s.mergeOrder(n)
	m.leftKeys, m.rightKeys = arranged(m.left, s.leftKeys), arranged(m.right, s.rightKeys)
	l, r := p.spread(s.left), p.spread(s.right)
	parallelism := max(l.node.Traits.Parallelism, r.node.Traits.Parallelism)
	switch {
	case parallelism == 1:
		l, r = p.single(l), p.single(r)
	case n.NullAware: // every subtask has to know of NULLs among the right keys
		r = p.broadcast(r, l.node.Traits.Parallelism)
	default:
		l, r = p.hashed(l, m.leftKeys), p.hashed(r, m.rightKeys)
	}
	m.sides.left, m.sides.right = p.sortedBy(l, m.left), p.sortedBy(r, m.right)
	if m.sides.left.node != l.node {
		sorts++
	}
	if m.sides.right.node != r.node {
		sorts++
	}
	return m, sorts
}

// arranged is keys in the sequence of an order; those that are not in it stay in front.
func arranged(order []physical.SortKey, keys []int) []int {
	out := append([]int(nil), keys[:len(keys)-len(order)]...)
	for _, o := range order {
		out = append(out, o.Col)
	}
	return out
}

func (p *planner) sortMergeJoin(n *logical.Join, m merge) rel {
	op := &physical.SortMergeJoin{Kind: n.Kind, LeftKeys: m.leftKeys, RightKeys: m.rightKeys, Residual: m.residual, NullAware: n.NullAware}
	if slices.ContainsFunc(m.left, func(k physical.SortKey) bool { return k.Desc }) {
		op.Desc = make([]bool, len(m.leftKeys))
		for i, k := range m.left {
			op.Desc[len(op.Desc)-len(m.left)+i] = k.Desc
		}
	}
	out := p.joined(n, m.sides, op, m.sides.left)
	t, left, right := &out.node.Traits, m.sides.left.node.Traits, m.sides.right.node.Traits
	switch n.Kind {
	case logical.Full:
	case logical.Right:
		width := len(m.sides.left.cols)
		t.Dist = physical.Distribution{Kind: right.Dist.Kind, Keys: shifted(right.Dist.Keys, width)}
		for _, k := range m.right {
			k.Col += width
			t.Order = append(t.Order, k)
		}
	default:
		t.Dist, t.Order = left.Dist, m.left
	}
	return out
}

// withoutKeys is the same join as a condition over pairs.
func (s sides) withoutKeys() sides {
	var conds []*expr.Expr
	for i, l := range s.leftKeys {
		r := s.rightKeys[i]
		a, b := s.left.cols[l], s.right.cols[r]
		conds = append(conds, expr.NewCall(expr.Eq, types.BooleanType, expr.Col(l, a.Name, a.Type), expr.Col(len(s.left.cols)+r, b.Name, b.Type)))
	}
	s.residual = and(expr.AndAll(conds), s.residual)
	s.leftKeys, s.rightKeys = nil, nil
	return s
}
