package implement

import (
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
)

// streamJoin joins changing tables: by windows where both sides carry the same ones,
// by nearness of times where that bounds what is kept, else with both sides in state.
func (p *planner) streamJoin(n *logical.Join, s sides) (rel, error) {
	kind := n.Kind
	if kind == logical.Single {
		if !oneRow(n.Right) && within(s.right.node.Traits.UniqueKeys, s.rightKeys) == nil {
			return rel{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "a scalar subquery that may have several rows is not supported in streaming mode").
				WithHint("aggregate in the subquery, for example with MAX")
		}
		kind = logical.Left
	}
	if out, ok := p.windowJoin(n, s); ok {
		return out, nil
	}
	if out, ok := p.intervalJoin(n, s); ok {
		return out, nil
	}
	if n.NullAware {
		// A NULL on one side concerns every row of the other: both stay together.
		s.left, s.right = p.single(s.left), p.single(s.right)
	} else {
		s.left, s.right = p.hashed(s.left, s.leftKeys), p.hashed(s.right, s.rightKeys)
	}
	l, r := s.left.node.Traits, s.right.node.Traits
	op := &physical.Join{
		Kind: kind, LeftKeys: s.leftKeys, RightKeys: s.rightKeys, Residual: s.residual, NullAware: n.NullAware,
		LeftRetracts: l.Changelog != physical.InsertOnly, RightRetracts: r.Changelog != physical.InsertOnly,
		LeftTTL: p.ttl(n.LeftTTL), RightTTL: p.ttl(n.RightTTL),
	}
	op.LeftState, op.LeftUnique = joinState(l, s.leftKeys)
	op.RightState, op.RightUnique = joinState(r, s.rightKeys)
	out := p.joined(n, s, op, s.left)
	t := &out.node.Traits
	t.Dist = s.left.node.Traits.Dist
	if kind != logical.Inner && kind != logical.Semi || op.LeftRetracts || op.RightRetracts {
		t.Changelog = physical.Retract
		if len(t.UniqueKeys) > 0 {
			t.UpsertKey = t.UniqueKeys[0]
		}
	}
	return out, nil
}

// ttl is what a hint says, or else the session.
func (p *planner) ttl(hint int64) int64 {
	if hint > 0 {
		return hint
	}
	return p.cfg.StateTTL
}

// oneRow reports a subplan that gives one row by construction.
func oneRow(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Project:
		return oneRow(n.Input)
	case *logical.Aggregate:
		return len(n.Keys) == 0 && n.Sets == nil
	case *logical.Values:
		return len(n.Rows) <= 1
	}
	return false
}

func joinState(t physical.Traits, keys []int) (physical.JoinState, []int) {
	if u := within(t.UniqueKeys, keys); len(u) > 0 {
		return physical.JoinKeyIsUnique, u
	}
	if len(t.UniqueKeys) > 0 && len(t.UniqueKeys[0]) > 0 {
		return physical.HasUniqueKey, t.UniqueKeys[0]
	}
	return physical.NoUniqueKey, nil
}

// windowJoin needs the same windows on both sides, equal start and equal end.
func (p *planner) windowJoin(n *logical.Join, s sides) (rel, bool) {
	lw, rw := s.left.win, s.right.win
	if lw == nil || rw == nil || lw.spec != rw.spec || lw.zoned != rw.zoned || n.Kind == logical.Single || n.NullAware {
		return rel{}, false
	}
	if s.left.node.Traits.Changelog != physical.InsertOnly || s.right.node.Traits.Changelog != physical.InsertOnly {
		return rel{}, false
	}
	op := &physical.WindowJoin{Kind: n.Kind, Residual: s.residual, Zoned: lw.zoned, LeftEnd: s.left.at(lw.end), RightEnd: s.right.at(rw.end)}
	if !s.pairs(s.left.at(lw.start), s.right.at(rw.start)) || !s.pairs(op.LeftEnd, op.RightEnd) {
		return rel{}, false
	}
	// The window's end stays a key: without others it spreads windows over subtasks.
	op.LeftKeys, op.RightKeys = s.leftKeys, s.rightKeys
	s.left, s.right = p.hashed(s.left, s.leftKeys), p.hashed(s.right, s.rightKeys)
	out := p.joined(n, s, op, s.left)
	out.node.Traits.Dist = s.left.node.Traits.Dist
	out.win = lw
	if n.Kind == logical.Right || n.Kind == logical.Full {
		out.win = nil // padded rows have no window of the left
	}
	return out, true
}

// pairs reports whether columns l and r are compared by the join.
func (s sides) pairs(l, r int) bool {
	for i, k := range s.leftKeys {
		if k == l && s.rightKeys[i] == r {
			return true
		}
	}
	return false
}
