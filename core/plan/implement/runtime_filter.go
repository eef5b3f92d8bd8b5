package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// filterShare is how much fewer rows than the scan the build side must have for a run-time filter to pay.
const filterShare = 0.5

// runtimeFilters lets hash joins tell the scans of their probe side which keys
// were built, and a Top-N its scan where its rows end, so that rows without any
// use are not read, or go no further. Ids must be set.
func runtimeFilters(n *physical.Node, seen map[*physical.Node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	switch op := n.Op.(type) {
	case *physical.HashJoin:
		offer(n, op)
	case *physical.SortLimit:
		offerLast(n, op)
	}
	for _, in := range n.Inputs {
		runtimeFilters(in, seen)
	}
}

func offer(n *physical.Node, op *physical.HashJoin) {
	if !dropsProbe(op) {
		return
	}
	probe, keys := n.Inputs[0], op.LeftKeys
	if !op.BuildRight {
		probe, keys = n.Inputs[1], op.RightKeys
	}
	for i, k := range keys {
		scan, column, ok := origin(probe, k)
		if ok && op.BuildRows < filterShare*scan.Traits.Rows {
			op.RuntimeFilters = append(op.RuntimeFilters, physical.RuntimeFilter{Key: i, Scan: scan.ID, Column: column})
		}
	}
}

// offerLast names the scan that makes a Top-N's first key.
func offerLast(n *physical.Node, op *physical.SortLimit) {
	if scan, column, ok := origin(n.Inputs[0], op.Keys[0].Col); ok && inOrder(scan.Schema.Fields[column].Type) {
		op.RuntimeFilters = append(op.RuntimeFilters, physical.RuntimeFilter{Scan: scan.ID, Column: column})
	}
}

// inOrder reports types that are sorted as < compares them: not FLOAT and DOUBLE,
// whose NaN is greater than all, nor CHAR, whose padding does not count.
func inOrder(t types.Type) bool {
	return t.IsInteger() || t.Kind == types.Decimal || t.Kind == types.Date || t.Kind == types.Time || t.IsTimestamp() ||
		t.IsString() && t.Kind != types.Char
}

// dropsProbe reports joins whose answer does not change when probe rows without a match are missing.
func dropsProbe(op *physical.HashJoin) bool {
	if op.NullAware {
		return false
	}
	switch op.Kind {
	case logical.Inner, logical.Semi:
		return true
	case logical.Right:
		return op.BuildRight
	case logical.Left, logical.Anti:
		return !op.BuildRight
	}
	return false
}

// origin follows a column down to the scan that reads it, through nodes for
// which a row that is missing below is only a row that is missing above.
func origin(n *physical.Node, column int) (scan *physical.Node, at int, ok bool) {
	return follow(n, column, false)
}

// follow is origin below nodes that may have computed something of their rows.
// Of a group that the join does not want, some rows may be missing and others
// not: an aggregate of those is no value that an expression may fail on.
func follow(n *physical.Node, column int, computed bool) (scan *physical.Node, at int, ok bool) {
	switch op := n.Op.(type) {
	case *physical.Scan:
		return n, column, true
	case *physical.Exchange:
		return follow(n.Inputs[0], column, computed)
	case *physical.Calc:
		if op.Project != nil {
			if op.Project[column].Op != expr.Column {
				return nil, 0, false
			}
			column = op.Project[column].Col
		}
		return follow(n.Inputs[0], column, computed || computes(op))
	case *physical.HashAggregate:
		if column < len(op.Keys) && !computed {
			return follow(n.Inputs[0], op.Keys[column], false)
		}
	case *physical.HashJoin:
		return throughJoin(n, op, column, computed || op.Residual != nil)
	}
	return nil, 0, false
}

// computes reports a Calc that does more than to choose columns.
func computes(op *physical.Calc) bool {
	return op.Filter != nil || slices.ContainsFunc(op.Project, func(e *expr.Expr) bool { return e.Op != expr.Column })
}

// throughJoin follows a column of the probe side, which is read after the build side is done.
func throughJoin(n *physical.Node, op *physical.HashJoin, column int, computed bool) (*physical.Node, int, bool) {
	width := n.Inputs[0].Schema.Len()
	switch {
	case op.BuildRight && column < width && op.Kind != logical.Right && op.Kind != logical.Full:
		return follow(n.Inputs[0], column, computed)
	case !op.BuildRight && column >= width && op.Kind == logical.Inner:
		return follow(n.Inputs[1], column-width, computed)
	}
	return nil, 0, false
}
