package implement

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
)

// negotiate decides top-down who must emit -U. A node that nobody above asks
// for it, and whose changes have a key, leaves it out: [I,UA,D] instead of [I,UB,UA,D].
func negotiate(roots []*physical.Node) {
	a := asked{}
	// A shared node may be asked by its second reader after its first was settled: once more then.
	for before := -1; before != len(a); {
		before = len(a)
		for _, r := range roots {
			a.root(r)
		}
	}
}

// asked are the nodes whose -U somebody wants.
type asked map[*physical.Node]bool

func (a asked) root(n *physical.Node) {
	before := true
	if op, ok := n.Op.(*physical.Sink); ok {
		before = len(op.Upsert) == 0
	}
	for _, in := range n.Inputs {
		a.need(in, before)
		n.Traits.Changelog = in.Traits.Changelog
	}
}

// need tells a node whether its -U are wanted.
func (a asked) need(n *physical.Node, before bool) {
	t := &n.Traits
	updates := t.Changelog != physical.InsertOnly
	before = before || a[n] || updates && t.UpsertKey == nil
	if before {
		a[n] = true
	}
	for i, in := range n.Inputs {
		a.need(in, inputNeeds(n, i, before))
	}
	if !updates || len(n.Inputs) == 0 {
		return // a source emits what it emits
	}
	t.Changelog = physical.Retract
	if before || !omits(n) {
		if set, ok := updateBefore(n.Op); ok {
			*set = true
		}
		return
	}
	t.Changelog = physical.Upsert
}

// omits reports nodes that need emit no -U: those that make changes of their own and those that pass what they get.
func omits(n *physical.Node) bool {
	if _, ok := updateBefore(n.Op); ok {
		return true
	}
	switch n.Op.(type) {
	case *physical.ChangelogNormalize, *physical.SinkMaterializer, *physical.Join:
		return false
	}
	for _, in := range n.Inputs {
		if in.Traits.Changelog == physical.Retract {
			return false
		}
	}
	return len(n.Inputs) > 0
}

// updateBefore is the switch of operators that can leave -U out.
func updateBefore(op physical.Op) (*bool, bool) {
	switch op := op.(type) {
	case *physical.GroupAggregate:
		return &op.UpdateBefore, true
	case *physical.Rank:
		return &op.UpdateBefore, true
	case *physical.Deduplicate:
		return &op.UpdateBefore, true
	}
	return nil, false
}

// inputNeeds says whether a node, asked for -U or not, needs them of its i-th input.
func inputNeeds(n *physical.Node, i int, before bool) bool {
	in := n.Inputs[i].Traits
	switch op := n.Op.(type) {
	case *physical.Exchange:
		// Where a change moves a row to another subtask, its old place must be told.
		return before || op.Dist.Kind == physical.Hash && !subset(op.Dist.Keys, in.UpsertKey)
	case *physical.Calc:
		if op.Filter != nil && !keepsKeys(op, in.UpsertKey) {
			return true // the new row may be filtered out while the old one was not
		}
		return before || n.Traits.UpsertKey == nil
	case *physical.Union, *physical.WatermarkAssigner:
		return before
	case *physical.ChangelogNormalize:
		return false
	}
	return true
}

// keepsKeys reports a filter over columns of the key only: all changes of a row pass it, or none.
func keepsKeys(op *physical.Calc, key []int) bool {
	if key == nil {
		return false
	}
	var used []int
	for c := range expr.Columns(op.Filter) {
		used = append(used, c)
	}
	return subset(used, key)
}
