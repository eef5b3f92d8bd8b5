package implement_test

import (
	"fmt"
	"testing"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/explain"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// check proves that a plan survives JSON and that every column it names is there, with the type it says.
func check(t *testing.T, pos string, n *physical.Node) {
	b, err := physical.Encode(n)
	if err != nil {
		t.Fatal(err)
	}
	again, err := physical.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := physical.Encode(again...); string(c) != string(b) {
		t.Errorf("%s: the plan is another after JSON", pos)
	}
	checkNode(t, pos, n)
}

// orderedBy proves that both sides of a merge join come in the order of its keys.
func orderedBy(t *testing.T, pos string, n *physical.Node, nullAware bool) {
	op := n.Op.(*physical.SortMergeJoin)
	from := 0
	if nullAware && (len(op.LeftKeys) > 1 || op.Residual != nil) {
		from = 1
	}
	for side, keys := range [][]int{op.LeftKeys[from:], op.RightKeys[from:]} {
		order := n.Inputs[side].Traits.Order
		for i, k := range keys {
			desc := op.Desc != nil && op.Desc[from+i]
			if i >= len(order) || order[i].Col != k || order[i].Desc != desc || nullAware && !order[i].NullsFirst {
				t.Errorf("%s: input %d is ordered by %v, the join needs %v, descending %v", pos, side, order, keys, op.Desc)
				break
			}
		}
	}
}

func checkNode(t *testing.T, pos string, n *physical.Node) {
	var in []types.Field
	for _, x := range n.Inputs {
		checkNode(t, pos, x)
		in = append(in, x.Schema.Fields...)
	}
	fail := func(format string, args ...any) {
		t.Errorf("%s: %s: %s", pos, explain.Line(n, explain.Options{}), fmt.Sprintf(format, args...))
	}
	expression := func(e *expr.Expr) {
		if e == nil {
			return
		}
		expr.Walk(e, func(e *expr.Expr) bool {
			if e.Op == expr.Column && (e.Col < 0 || e.Col >= len(in) || in[e.Col].Type.Phys() != e.Type.Phys()) {
				fail("column %d (%s %s) is not in the input", e.Col, e.Name, e.Type)
			}
			return true
		})
	}
	column := func(cols ...int) {
		for _, c := range cols {
			if c < 0 || c >= len(in) {
				fail("there is no column %d", c)
			}
		}
	}
	sorted := func(keys []physical.SortKey) {
		for _, k := range keys {
			column(k.Col)
		}
	}
	width := -1
	aggs := func(keys []int, list []physical.Agg) {
		column(keys...)
		width = len(keys) + len(list)
		for _, a := range list {
			column(a.Args...)
			if a.Filter >= 0 {
				column(a.Filter)
			}
		}
	}
	joined := func(k logical.JoinKind, l, r []int, residual *expr.Expr) {
		expression(residual)
		left, right := n.Inputs[0].Schema.Fields, n.Inputs[1].Schema.Fields
		for i := range l {
			if l[i] < 0 || r[i] < 0 || l[i] >= len(left) || r[i] >= len(right) || left[l[i]].Type.Phys() != right[r[i]].Type.Phys() {
				fail("keys %v, %v do not match", l, r)
			}
		}
		switch k {
		case logical.Semi, logical.Anti:
			width = len(left)
		case logical.Mark:
			width = len(left) + 1
		default:
			width = len(left) + len(right)
		}
	}
	switch op := n.Op.(type) {
	case *physical.Scan:
		in = n.Schema.Fields
		width = len(op.Columns)
		for _, f := range op.Filters {
			expression(f)
		}
	case *physical.Calc:
		expression(op.Filter)
		for _, e := range op.Project {
			expression(e)
		}
		width = len(op.Project)
		if op.Project == nil {
			width = len(in)
		}
	case *physical.Exchange:
		column(op.Dist.Keys...)
		width = len(in)
		if op.Dist.Kind == physical.Forward && n.Traits.Parallelism != n.Inputs[0].Traits.Parallelism {
			fail("forward between %d and %d subtasks", n.Inputs[0].Traits.Parallelism, n.Traits.Parallelism)
		}
	case *physical.HashAggregate:
		aggs(op.Keys, op.Aggs)
		if op.Phase == physical.Partial {
			width = len(op.Keys) + 1
		}
	case *physical.SortAggregate:
		aggs(op.Keys, op.Aggs)
		for i, k := range n.Traits.Order {
			if n.Inputs[0].Traits.Order[i] != k {
				fail("its input is ordered by %v, not %v", n.Inputs[0].Traits.Order, n.Traits.Order)
			}
		}
		if len(n.Traits.Order) != len(op.Keys) {
			fail("%d keys are ordered by %d columns", len(op.Keys), len(n.Traits.Order))
		}
	case *physical.GroupAggregate:
		aggs(op.Keys, op.Aggs)
	case *physical.WindowAggregate:
		aggs(op.Keys, op.Aggs)
		if !op.Proctime {
			column(op.Time)
		}
		if op.KeepRows {
			width = len(in)
		}
		width += len(op.Props)
	case *physical.HashJoin:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
	case *physical.SortMergeJoin:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
		orderedBy(t, pos, n, op.NullAware)
	case *physical.NestedLoopJoin:
		joined(op.Kind, nil, nil, op.Cond)
	case *physical.Join:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
	case *physical.WindowJoin:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
	case *physical.IntervalJoin:
		joined(op.Kind, op.LeftKeys, op.RightKeys, op.Residual)
		column(op.LeftTime, len(n.Inputs[0].Schema.Fields)+op.RightTime)
	case *physical.Sort:
		sorted(op.Keys)
		width = len(in)
	case *physical.SortLimit:
		sorted(op.Keys)
		width = len(in)
	case *physical.Rank:
		sorted(op.OrderBy)
		column(op.PartitionBy...)
		width = len(in)
		if op.EmitNumber {
			width++
		}
	case *physical.OverAggregate:
		sorted(op.OrderBy)
		aggs(op.PartitionBy, op.Calls)
		width = len(in) + len(op.Calls)
	}
	if width >= 0 && n.Schema.Len() != width {
		fail("%d columns come out, the schema has %d", width, n.Schema.Len())
	}
	for _, k := range n.Traits.UniqueKeys {
		for _, c := range k {
			if c >= n.Schema.Len() {
				fail("unique key %v", k)
			}
		}
	}
}
