package logical

import "github.com/weir-engine/weir/core/expr"

// Exprs lists the expressions of a node itself, its inputs' excluded. Columns
// that a node names without an expression (keys, partitions) are not among them.
func Exprs(n Node) []*expr.Expr {
	var out []*expr.Expr
	add := func(list ...*expr.Expr) {
		for _, e := range list {
			if e != nil {
				out = append(out, e)
			}
		}
	}
	keys := func(list []SortKey) {
		for _, k := range list {
			add(k.Expr)
		}
	}
	switch n := n.(type) {
	case *Scan:
		add(n.Filters...)
	case *Values:
		for _, row := range n.Rows {
			add(row...)
		}
	case *Filter:
		add(n.Cond)
	case *Project:
		for _, a := range n.Assigns {
			add(a.Expr)
		}
	case *Join:
		add(n.On)
	case *Apply:
		add(n.On)
	case *Aggregate:
		for _, a := range n.Aggs {
			add(a.Args...)
			add(a.Filter)
			keys(a.OrderBy)
		}
	case *Over:
		keys(n.OrderBy)
		for _, c := range n.Calls {
			add(c.Args...)
		}
	case *Correlate:
		add(n.Args...)
	case *Sort:
		keys(n.Keys)
	case *Watermark:
		add(n.Expr)
	}
	return out
}

// Outer lists, in order of first use, the columns that a subtree refers to and
// does not produce: those by which it is correlated.
func Outer(n Node) []*expr.Expr {
	f := freeColumns{produced: map[int]bool{}, seen: map[int]bool{}}
	f.produce(n)
	f.visit(n)
	return f.out
}

type freeColumns struct {
	produced, seen map[int]bool
	out            []*expr.Expr
}

// produce notes every id that appears anywhere in the subtree: ids are given
// once, so that none of these can be an outer column.
func (f *freeColumns) produce(n Node) {
	switch n := n.(type) {
	case *Project:
		// A bare column passes under its own id: it is produced where it comes from.
		for _, a := range n.Assigns {
			if a.Expr.Op != expr.Column || a.Expr.Col != a.Col.ID {
				f.produced[a.Col.ID] = true
			}
		}
	case *Scan, *Values, *SetOp, *Shared:
		for _, c := range n.Columns() {
			f.produced[c.ID] = true
		}
	case *Join:
		f.produced[n.MarkCol.ID] = true
	case *Apply:
		f.produced[n.MarkCol.ID] = true
	case *Aggregate:
		f.produced[n.SetID.ID] = true
		for _, a := range n.Aggs {
			f.produced[a.Col.ID] = true
		}
	case *Over:
		for _, c := range n.Calls {
			f.produced[c.Col.ID] = true
		}
	case *Correlate:
		for _, c := range n.Cols {
			f.produced[c.ID] = true
		}
	case *WindowTable:
		for _, c := range []Column{n.Start, n.End, n.Attr} {
			f.produced[c.ID] = true
		}
	}
	for _, in := range n.Inputs() {
		f.produce(in)
	}
}

func (f *freeColumns) visit(n Node) {
	for _, e := range Exprs(n) {
		expr.Walk(e, func(e *expr.Expr) bool {
			if e.Op == expr.Column && !f.produced[e.Col] && !f.seen[e.Col] {
				f.seen[e.Col] = true
				f.out = append(f.out, e)
			}
			return true
		})
	}
	for _, in := range n.Inputs() {
		f.visit(in)
	}
}
