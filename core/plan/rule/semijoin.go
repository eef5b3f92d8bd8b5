package rule

import (
	"github.com/weir-engine/weir/core/plan/estimate"
	"github.com/weir-engine/weir/core/plan/logical"
)

// selective is how many times smaller its right side must be for a semi join to go below joins.
const selective = 3

// pushSemiJoins moves a semi join that keeps few rows below the inner joins
// over the input it speaks of, so that they have less to do.
func pushSemiJoins(root logical.Node) logical.Node {
	e := estimate.New(root)
	return rewrite(root, func(n logical.Node) logical.Node {
		j, ok := n.(*logical.Join)
		if !ok || j.Kind != logical.Semi || j.On == nil {
			return n
		}
		if in := sinkSemi(e, j, j.Left); in != nil {
			return in
		}
		return n
	})
}

// sinkSemi puts j over the deepest input of the inner joins of n that has all its left columns; nil where it stays.
func sinkSemi(e *estimate.Estimator, j *logical.Join, n logical.Node) logical.Node {
	switch n := n.(type) {
	case *logical.Join:
		if n.Kind != logical.Inner {
			return nil
		}
		for i, side := range n.Inputs() {
			if !covers(j, side) {
				continue
			}
			in := n.Inputs()
			if deeper := sinkSemi(e, j, side); deeper != nil {
				in[i] = deeper
				return n.WithInputs(in)
			}
			if e.Rows(j.Right)*selective < e.Rows(side) {
				in[i] = j.WithInputs([]logical.Node{side, j.Right})
				return n.WithInputs(in)
			}
		}
	case *logical.Filter:
		if covers(j, n.Input) {
			if in := sinkSemi(e, j, n.Input); in != nil {
				return n.WithInputs([]logical.Node{in})
			}
		}
	}
	return nil
}

// covers reports whether a node has all the left columns that j's condition uses.
func covers(j *logical.Join, n logical.Node) bool {
	cols, right := idsOf(n.Columns()), idsOf(j.Right.Columns())
	for id := range uses(j.On) {
		if !right[id] && !cols[id] {
			return false
		}
	}
	return true
}
