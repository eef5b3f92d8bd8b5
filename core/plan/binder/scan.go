package binder

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/types"
)

type catalogView = catalog.View

// scan reads a table: what its connector produces, then computed columns, then
// the watermark.
func (b *Binder) scan(t *catalog.Table, at ast.Node, qualifier []string) relation {
	s := &logical.Scan{Table: t, Limit: -1, Pos: at.Pos()}
	if !b.columnsOnly {
		var err error
		if s.Info, err = b.res.Source(t); err != nil {
			failAt(at.Pos(), err)
		}
	}
	refs := make([]*expr.Expr, len(t.Columns)) // of each column of the table, in terms of the scan's
	for i, ordinal := range t.Produced() {
		c := t.Columns[ordinal]
		col := logical.Column{ID: b.ids.Next(), Name: c.Name, Type: c.Type, Time: c.Time}
		s.Cols = append(s.Cols, col)
		s.Ordinals = append(s.Ordinals, i)
		refs[ordinal] = col.Ref()
	}
	var n logical.Node = s
	if len(s.Cols) < len(t.Columns) {
		n = b.computed(t, s, refs)
	}
	if t.Watermark != nil {
		cols := n.Columns()
		for i, c := range cols {
			refs[i] = c.Ref()
		}
		n = &logical.Watermark{Input: n, Col: cols[t.Watermark.Column], Expr: substitute(t.Watermark.Expr, refs)}
	}
	return relationOf(n, qualifier)
}

// computed puts all columns of the table in their order, the computed ones among
// them. These may build on one another: each is written out over the scan's columns.
func (b *Binder) computed(t *catalog.Table, s *logical.Scan, refs []*expr.Expr) logical.Node {
	known := columnsOf(s)
	p := &logical.Project{Input: s}
	for i, c := range t.Columns {
		if c.Kind != catalog.Computed {
			p.Assigns = append(p.Assigns, logical.Assign{Col: known[refs[i].Col], Expr: refs[i]})
			continue
		}
		refs[i] = substitute(c.Expr, refs)
		col := logical.Column{ID: b.ids.Next(), Name: c.Name, Type: c.Type, Time: c.Time}
		p.Assigns = append(p.Assigns, logical.Assign{Col: col, Expr: refs[i]})
	}
	return p
}

// substitute puts expressions in place of ordinals.
func substitute(e *expr.Expr, refs []*expr.Expr) *expr.Expr {
	return expr.Transform(e, func(e *expr.Expr) *expr.Expr {
		if e.Op == expr.Column {
			return refs[e.Col]
		}
		return e
	})
}

// overColumns binds an expression over the columns of a table: columns of the
// result are ordinals.
func (b *Binder) overColumns(e ast.Expr, cols []catalog.Column, clause string) *expr.Expr {
	s := &scope{}
	for i, c := range cols {
		s.cols = append(s.cols, visible{col: logical.Column{ID: i, Name: c.Name, Type: c.Type, Time: c.Time}})
	}
	x := &exprBinder{b: b, env: b.top(), scope: s, clause: clause}
	return x.bind(e)
}

// timeOf is the time attribute of a column computed by an expression.
func timeOf(e *expr.Expr) types.TimeAttr {
	if e.Op == expr.Call && e.Func == expr.Proctime {
		return types.Proctime
	}
	return types.NoTime
}
