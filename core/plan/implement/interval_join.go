package implement

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
)

// intervalJoin joins insert-only inputs whose conditions bound a time of one by
// a time of the other, where that lets at least one side be forgotten. Which of
// several pairs of times: the one that bounds most sides.
//
// Outer joins are joined so by time attributes only, as Flink does it. Elsewhere
// a row is padded at once and taken back when it meets one: the regular join.
func (p *planner) intervalJoin(n *logical.Join, s sides) (rel, bool) {
	l, r := s.left.node.Traits, s.right.node.Traits
	switch n.Kind {
	case logical.Inner, logical.Left, logical.Right, logical.Full:
	default:
		return rel{}, false
	}
	if n.NullAware || l.Changelog != physical.InsertOnly || r.Changelog != physical.InsertOnly {
		return rel{}, false
	}
	list := conjuncts(s.residual)
	var best *physical.IntervalJoin
	var used timeBound
	for _, b := range s.timeBounds(list) {
		if !b.both() || b.lower > b.upper {
			continue
		}
		op := s.expiring(b)
		if best == nil || op.Expires() > best.Expires() {
			best, used = op, b
		}
	}
	if best == nil || best.Expires() == 0 || !best.Rowtime && (n.Kind != logical.Inner || p.cfg.StateTTL > 0) {
		return rel{}, false
	}
	best.Kind, best.LeftKeys, best.RightKeys, best.Residual = n.Kind, s.leftKeys, s.rightKeys, used.rest(list)
	s.left, s.right = p.hashed(s.left, s.leftKeys), p.hashed(s.right, s.rightKeys)
	out := p.joined(n, s, best, s.left)
	t := &out.node.Traits
	t.Dist = s.left.node.Traits.Dist
	if best.Rowtime { // the operator holds the watermark back for both
		if n.Kind == logical.Inner || n.Kind == logical.Left {
			t.Times = append(t.Times, best.LeftTime)
		}
		if n.Kind == logical.Inner || n.Kind == logical.Right {
			t.Times = append(t.Times, len(s.left.cols)+best.RightTime)
		}
	}
	return out, true
}

// expiring is the join by one pair of times: how long each side is kept.
//
// A row of a side can be forgotten when every row still to come of the other
// side lies beyond it. For any column that the other side promises to be ahead
// of the watermark that is exact. For time attributes it is Flink's rule: a row
// that is late meets what is still kept.
func (s sides) expiring(b timeBound) *physical.IntervalJoin {
	l, r := s.left.node.Traits, s.right.node.Traits
	op := &physical.IntervalJoin{LeftTime: b.left, RightTime: b.right, Lower: b.lower, Upper: b.upper}
	op.Rowtime = l.IsTime(b.left) && r.IsTime(b.right)
	op.LeftExpiry, op.RightExpiry = expiry(r, b.right, op.Rowtime), expiry(l, b.left, op.Rowtime)
	return op
}

// expiry of a side whose rows are compared with a column of the other.
func expiry(other physical.Traits, col int, rowtime bool) physical.Expiry {
	for _, a := range other.Ahead {
		if a.Col == col {
			return physical.Expiry{When: physical.Promised, By: a.By}
		}
	}
	if rowtime {
		return physical.Expiry{When: physical.Attributed}
	}
	return physical.Expiry{}
}
