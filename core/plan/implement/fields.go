package implement

import (
	"slices"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
)

// readFields tells scans which fields of their ROW columns somebody reads: a
// source need not make the others. What is read is followed from the readers down
// through the operators that stand close to a scan; any other reads all there is.
func readFields(roots []*physical.Node) {
	f := fieldReaders{of: map[*physical.Node][]use{}}
	for _, r := range roots {
		f.list(r)
	}
	for i := len(f.nodes) - 1; i >= 0; i-- { // readers before what they read
		f.visit(f.nodes[i])
	}
}

// use is what is read of a column.
type use struct {
	whole  bool
	fields []int // ascending
}

func (r *use) add(o use) {
	r.whole = r.whole || o.whole
	r.fields = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(r.fields), o.fields...))))
}

type fieldReaders struct {
	nodes []*physical.Node // inputs first
	of    map[*physical.Node][]use
}

func (f *fieldReaders) list(n *physical.Node) {
	if f.of[n] != nil {
		return
	}
	f.of[n] = make([]use, n.Schema.Len(), n.Schema.Len()+1)
	for _, in := range n.Inputs {
		f.list(in)
	}
	f.nodes = append(f.nodes, n)
}

// visit says what a node reads of its inputs, all readers of its own output being known.
func (f *fieldReaders) visit(n *physical.Node) {
	out := f.of[n]
	switch op := n.Op.(type) {
	case *physical.Scan:
		for _, e := range op.Filters {
			readBy(e, out)
		}
		op.Fields = fieldsOf(n.Schema, out)
	case *physical.Calc:
		in := f.of[n.Inputs[0]]
		readBy(op.Filter, in)
		for i, e := range op.Project {
			if e.Op == expr.Column { // the column under another name
				in[e.Col].add(out[i])
			} else {
				readBy(e, in)
			}
		}
		if op.Project == nil {
			f.passes(n)
		}
	case *physical.WatermarkAssigner:
		f.passes(n)
		in := f.of[n.Inputs[0]]
		in[op.Column].whole = true
		readBy(op.Expr, in)
	case *physical.Spool:
		f.passes(n)
	case *physical.Exchange:
		f.passes(n)
		for _, k := range op.Dist.Keys {
			f.of[n.Inputs[0]][k].whole = true
		}
	default:
		for _, in := range n.Inputs {
			for c := range f.of[in] {
				f.of[in][c].whole = true
			}
		}
	}
}

// passes says that the columns of a node are those of its input.
func (f *fieldReaders) passes(n *physical.Node) {
	in := f.of[n.Inputs[0]]
	for c, r := range f.of[n] {
		in[c].add(r)
	}
}

// readBy adds what an expression reads.
func readBy(e *expr.Expr, in []use) {
	if e == nil {
		return
	}
	expr.Walk(e, func(x *expr.Expr) bool {
		switch {
		case x.Op == expr.Column:
			in[x.Col].whole = true
		case x.Op == expr.Call && x.Func == expr.Field && x.Args[0].Op == expr.Column:
			in[x.Args[0].Col].add(use{fields: []int{int(x.Args[1].Lit.I)}})
			return false
		}
		return true
	})
}

// fieldsOf is the read fields by column; nil where all are read, and where there are none.
func fieldsOf(s *types.Schema, of []use) (out [][]int) {
	for c, r := range of {
		if t := s.Fields[c].Type; t.Kind != types.Row || r.whole || len(r.fields) == len(t.Fields) {
			continue
		}
		if out == nil {
			out = make([][]int, len(of))
		}
		out[c] = append([]int{}, r.fields...)
	}
	return out
}
