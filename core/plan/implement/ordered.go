package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

// sortedBy sorts each subtask's rows, unless they already come so.
func (p *planner) sortedBy(in rel, keys []physical.SortKey) rel {
	if in.comesSorted(keys) {
		return in
	}
	out := p.on(in, &physical.Sort{Keys: keys}, in.node.Traits.Rows)
	out.node.Traits.Order = keys
	return out
}

// comesSorted reports rows that each subtask emits in an order.
func (r rel) comesSorted(keys []physical.SortKey) bool {
	have := r.node.Traits.Order
	if len(keys) > len(have) {
		return false
	}
	for i, k := range keys {
		h := have[i]
		if h.Col != k.Col || h.Desc != k.Desc || h.NullsFirst != k.NullsFirst && r.cols[k.Col].Type.Nullable {
			return false
		}
	}
	return true
}

// keyOrder is an order in which keys, in any sequence, come first; false: there is none.
func (r rel) keyOrder(keys []int) ([]physical.SortKey, bool) {
	have := r.node.Traits.Order
	if len(keys) == 0 || len(have) < len(keys) {
		return nil, false
	}
	have = have[:len(keys):len(keys)]
	for i, h := range have {
		if !slices.Contains(keys, h.Col) || slices.ContainsFunc(have[:i], func(k physical.SortKey) bool { return k.Col == h.Col }) {
			return nil, false
		}
	}
	return have, true
}

// mergeOrder is what both sides of a merge join are sorted by. The order of one
// side is that of the other where it has one; NULL keys match nothing, so that
// it is no matter on which end they stand, except for NOT IN, which looks for them first.
func (s sides) mergeOrder(n *logical.Join) (left, right []physical.SortKey) {
	if !n.NullAware {
		if have, ok := s.left.keyOrder(s.leftKeys); ok {
			return have, translated(have, s.leftKeys, s.rightKeys)
		}
		if have, ok := s.right.keyOrder(s.rightKeys); ok {
			return translated(have, s.rightKeys, s.leftKeys), have
		}
	}
	lk, rk := s.leftKeys, s.rightKeys
	if s.correlated(n) {
		lk, rk = lk[1:], rk[1:]
	}
	for i := range lk {
		left = append(left, physical.SortKey{Col: lk[i], NullsFirst: true})
		right = append(right, physical.SortKey{Col: rk[i], NullsFirst: true})
	}
	return left, right
}

func translated(order []physical.SortKey, from, to []int) []physical.SortKey {
	out := append([]physical.SortKey(nil), order...)
	for i := range out {
		out[i].Col = to[slices.Index(from, out[i].Col)]
	}
	return out
}

// correlated reports a NOT IN (or IN) with more to it than one equality: rows
// meet by the other equalities.
func (s sides) correlated(n *logical.Join) bool {
	return n.NullAware && (n.Kind == logical.Anti || n.Kind == logical.Mark) && (len(s.leftKeys) > 1 || s.residual != nil)
}
