package rule

import (
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
)

// prune drops columns that nobody reads, from the root down to the scans.
func prune(root logical.Node) logical.Node {
	return pruneTo(root, idsOf(root.Columns()))
}

// pruneTo keeps the columns of need, and those that n itself needs. The result
// may still output more.
func pruneTo(n logical.Node, need idSet) logical.Node {
	switch n := n.(type) {
	case *logical.Scan:
		return pruneScan(n, need)
	case *logical.Project:
		return pruneProject(n, need)
	case *logical.Aggregate:
		return pruneAggregate(n, need)
	case *logical.Sink:
		return n.WithInputs([]logical.Node{pruneTo(n.Input, idsOf(n.Input.Columns()))})
	case *logical.SetOp:
		return pruneSetOp(n)
	case *logical.Join:
		out := n.WithInputs([]logical.Node{
			narrow(pruneTo(n.Left, withOwn(n, need)), withOwn(n, need)),
			narrow(pruneTo(n.Right, withOwn(n, need)), withOwn(n, need)),
		})
		return out
	case *logical.Correlate:
		return pruneCorrelate(n, need)
	case *logical.Shared:
		return pruneShared(n, need)
	case *logical.Values:
		return n
	}
	in := n.Inputs()
	own := withOwn(n, need)
	out := make([]logical.Node, len(in))
	for i := range in {
		out[i] = pruneTo(in[i], own)
	}
	return n.WithInputs(out)
}

// withOwn adds the columns that a node itself reads.
func withOwn(n logical.Node, need idSet) idSet {
	own := idSet{}
	for id := range need {
		own[id] = true
	}
	for _, e := range logical.Exprs(n) {
		for id := range uses(e) {
			own[id] = true
		}
	}
	add := func(cols ...logical.Column) {
		for _, c := range cols {
			own[c.ID] = true
		}
	}
	switch n := n.(type) {
	case *logical.Over:
		add(n.PartitionBy...)
	case *logical.WindowTable:
		add(n.Time)
		add(n.PartitionBy...)
	case *logical.Watermark:
		add(n.Col)
	case *logical.Aggregate:
		add(n.Keys...)
	}
	return own
}

// narrow puts a projection over an input of a join that carries columns which
// end there, so that they are not gathered.
func narrow(n logical.Node, need idSet) logical.Node {
	cols := n.Columns()
	var keep []logical.Column
	for _, c := range cols {
		if need[c.ID] {
			keep = append(keep, c)
		}
	}
	if len(keep) == len(cols) || len(keep) == 0 {
		return n
	}
	if p, ok := n.(*logical.Project); ok {
		return pruneProject(p, need)
	}
	return &logical.Project{Input: n, Assigns: passing(keep)}
}

func pruneScan(n *logical.Scan, need idSet) logical.Node {
	out := *n
	out.Cols, out.Ordinals = nil, nil
	keys := upsertKey(n)
	for i, c := range n.Cols {
		if need[c.ID] || keys[n.Ordinals[i]] {
			out.Cols, out.Ordinals = append(out.Cols, c), append(out.Ordinals, n.Ordinals[i])
		}
	}
	if len(out.Cols) == 0 { // rows must still be counted: the narrowest column will do
		best := narrowest(n)
		out.Cols, out.Ordinals = []logical.Column{n.Cols[best]}, []int{n.Ordinals[best]}
	}
	return &out
}

func pruneShared(n *logical.Shared, need idSet) logical.Node {
	out := &logical.Shared{Def: n.Def}
	for i, c := range n.Cols {
		if need[c.ID] {
			out.Cols, out.Of = append(out.Cols, c), append(out.Of, n.Of[i])
		}
	}
	if len(out.Cols) == 0 { // rows must still be counted
		out.Cols, out.Of = n.Cols[:1], n.Of[:1]
	}
	return out
}

// upsertKey is the produced columns by which a source's changes are keyed; they are read in any case.
func upsertKey(n *logical.Scan) map[int]bool {
	keys := map[int]bool{}
	if n.Info == nil || !n.Info.UpsertBy {
		return keys
	}
	for ordinal, column := range n.Table.Produced() {
		for _, k := range n.Table.PrimaryKey {
			if k == column {
				keys[ordinal] = true
			}
		}
	}
	return keys
}

func narrowest(n *logical.Scan) int {
	best, width := 0, 1<<30
	for i, c := range n.Cols {
		if w := c.Type.Phys().Width(); w > 0 && w < width {
			best, width = i, w
		}
	}
	return best
}

func pruneProject(n *logical.Project, need idSet) logical.Node {
	out := &logical.Project{}
	for _, a := range n.Assigns {
		if need[a.Col.ID] {
			out.Assigns = append(out.Assigns, a)
		}
	}
	if len(out.Assigns) == 0 { // a projection without columns counts rows
		out.Assigns = n.Assigns[:min(1, len(n.Assigns))]
	}
	below := idSet{}
	for _, a := range out.Assigns {
		for id := range uses(a.Expr) {
			below[id] = true
		}
	}
	out.Input = pruneTo(n.Input, below)
	return mergeProjects(out)
}

// mergeProjects makes one projection of two, where the lower one only renames or
// its values are used once.
func mergeProjects(n *logical.Project) logical.Node {
	inner, ok := n.Input.(*logical.Project)
	if !ok {
		return n
	}
	by, count := map[int]*expr.Expr{}, map[int]int{}
	for _, a := range inner.Assigns {
		by[a.Col.ID] = a.Expr
	}
	for _, a := range n.Assigns {
		expr.Walk(a.Expr, func(x *expr.Expr) bool {
			if x.Op == expr.Column {
				count[x.Col]++
			}
			return true
		})
	}
	for id, e := range by {
		if e.Op == expr.Call && (count[id] > 1 || expr.HasVolatile(e)) {
			return n
		}
	}
	out := &logical.Project{Input: inner.Input}
	for _, a := range n.Assigns {
		out.Assigns = append(out.Assigns, logical.Assign{Col: a.Col, Expr: substitute(a.Expr, by)})
	}
	return out
}

func pruneAggregate(n *logical.Aggregate, need idSet) logical.Node {
	out := *n
	out.Aggs = nil
	for _, a := range n.Aggs {
		if need[a.Col.ID] {
			out.Aggs = append(out.Aggs, a)
		}
	}
	if len(out.Aggs) == 0 && len(out.Keys) == 0 {
		out.Aggs = n.Aggs
	}
	out.Input = pruneTo(n.Input, withOwn(&out, idSet{}))
	return &out
}

// pruneCorrelate keeps the columns of need on both sides: an array is not repeated
// beside its elements where nobody reads it.
func pruneCorrelate(n *logical.Correlate, need idSet) logical.Node {
	out := *n
	out.Pass, out.Cols, out.Ordinals = nil, nil, nil
	below := idSet{}
	for _, c := range n.Pass {
		if need[c.ID] {
			out.Pass = append(out.Pass, c)
			below[c.ID] = true
		}
	}
	for i, c := range n.Cols {
		if need[c.ID] {
			out.Cols, out.Ordinals = append(out.Cols, c), append(out.Ordinals, n.Ordinals[i])
		}
	}
	if len(out.Pass) == 0 && len(out.Cols) == 0 { // rows must still be counted
		out.Cols, out.Ordinals = n.Cols[:1], n.Ordinals[:1]
	}
	for _, e := range n.Args {
		for id := range uses(e) {
			below[id] = true
		}
	}
	out.Input = pruneTo(n.Input, below)
	return &out
}

// pruneSetOp keeps all columns: rows of set operations are compared whole, and
// UNION ALL's inputs must stay aligned.
func pruneSetOp(n *logical.SetOp) logical.Node {
	ins := make([]logical.Node, len(n.Ins))
	for i, in := range n.Ins {
		cols := in.Columns()
		ins[i] = pruneTo(in, idsOf(cols))
		if got := ins[i].Columns(); len(got) != len(cols) {
			ins[i] = &logical.Project{Input: ins[i], Assigns: passing(cols)}
		}
	}
	return n.WithInputs(ins)
}
