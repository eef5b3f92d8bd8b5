package ast

// String is the operator as SQL.
func (op SetOperator) String() string {
	return [...]string{Union: "UNION", Intersect: "INTERSECT", Except: "EXCEPT"}[op]
}

func (w *writer) parenQuery(q *Query) {
	w.put("(")
	w.query(q)
	w.put(")")
}

func (w *writer) query(q QueryExpr) {
	switch q := q.(type) {
	case *Query:
		w.wholeQuery(q)
	case *Select:
		w.selectBlock(q)
	case *SetOp:
		w.setOp(q)
	case *Values:
		w.put("VALUES ")
		list(w, q.Rows, func(r *ValuesRow) { parens(w, r.Exprs, w.lowest) })
	case *TableQuery:
		w.put("TABLE ")
		w.name(q.Name.Parts)
	}
}

func (w *writer) wholeQuery(q *Query) {
	if len(q.With) > 0 {
		w.put("WITH ")
		list(w, q.With, func(c *CTE) {
			w.ident(c.Name)
			if c.Columns != nil {
				w.put(" ")
				parens(w, c.Columns, w.ident)
			}
			w.put(" AS ")
			w.parenQuery(c.Query)
		})
		w.put(" ")
	}
	if inner, ok := q.Body.(*Query); ok {
		w.parenQuery(inner)
	} else {
		w.query(q.Body)
	}
	w.orderBy(q.OrderBy)
	if q.Limit != nil {
		w.put(" LIMIT ")
		w.lowest(q.Limit)
	}
	if q.Offset != nil {
		w.put(" OFFSET ")
		w.lowest(q.Offset)
	}
}

func setPrec(q QueryExpr) int {
	switch q := q.(type) {
	case *Query:
		return 0
	case *SetOp:
		if q.Op == Intersect {
			return 2
		}
		return 1
	default:
		return 3
	}
}

func (w *writer) setOp(s *SetOp) {
	operand := func(q QueryExpr, min int) {
		if setPrec(q) < min {
			w.put("(")
			w.query(q)
			w.put(")")
		} else {
			w.query(q)
		}
	}
	operand(s.Left, setPrec(s))
	w.put(" ", s.Op.String(), " ")
	w.when(s.All, "ALL ")
	operand(s.Right, setPrec(s)+1)
}

func (w *writer) selectBlock(s *Select) {
	w.put("SELECT ")
	if s.Hints != nil {
		w.hints(s.Hints)
		w.put(" ")
	}
	w.when(s.Distinct, "DISTINCT ")
	list(w, s.Items, w.selectItem)
	if s.From != nil {
		w.put(" FROM ")
		w.table(s.From)
	}
	w.clause(" WHERE ", s.Where)
	if s.GroupBy != nil {
		w.put(" GROUP BY ")
		w.when(s.GroupBy.Distinct, "DISTINCT ")
		list(w, s.GroupBy.Items, w.groupItem)
	}
	w.clause(" HAVING ", s.Having)
	if s.Windows != nil {
		w.put(" WINDOW ")
		list(w, s.Windows, func(n *NamedWindow) {
			w.ident(n.Name)
			w.put(" AS ")
			w.window(n.Spec)
		})
	}
	w.clause(" QUALIFY ", s.Qualify)
}

func (w *writer) clause(keyword string, e Expr) {
	if e != nil {
		w.put(keyword)
		w.lowest(e)
	}
}

func (w *writer) selectItem(item *SelectItem) {
	w.lowest(item.Expr)
	if item.Alias != nil {
		w.put(" AS ")
		w.ident(item.Alias)
	}
}

func (w *writer) groupItem(g *GroupItem) {
	switch g.Kind {
	case GroupKey:
		if len(g.Exprs) == 1 {
			w.lowest(g.Exprs[0])
			return
		}
		parens(w, g.Exprs, w.lowest)
		return
	case GroupSets:
		w.put("GROUPING SETS ")
	case Rollup:
		w.put("ROLLUP ")
	case Cube:
		w.put("CUBE ")
	}
	parens(w, g.Items, w.groupItem)
}

func (w *writer) orderBy(items []*OrderItem) {
	if items != nil {
		w.put(" ORDER BY ")
		list(w, items, w.orderItem)
	}
}

func (w *writer) orderItem(o *OrderItem) {
	w.lowest(o.Expr)
	w.when(o.Desc, " DESC")
	switch o.Nulls {
	case NullsFirst:
		w.put(" NULLS FIRST")
	case NullsLast:
		w.put(" NULLS LAST")
	}
}

func (w *writer) window(s *Window) {
	if s.Bare {
		w.ident(s.Base)
		return
	}
	w.put("(")
	space := ""
	if s.Base != nil {
		w.ident(s.Base)
		space = " "
	}
	if s.PartitionBy != nil {
		w.put(space, "PARTITION BY ")
		list(w, s.PartitionBy, w.lowest)
		space = " "
	}
	if s.OrderBy != nil {
		w.put(space, "ORDER BY ")
		list(w, s.OrderBy, w.orderItem)
		space = " "
	}
	if s.Frame != nil {
		w.put(space)
		w.frame(s.Frame)
	}
	w.put(")")
}

func (w *writer) frame(f *Frame) {
	w.put([...]string{Rows: "ROWS ", Range: "RANGE "}[f.Unit])
	if f.End == nil {
		w.frameBound(f.Start)
		return
	}
	w.put("BETWEEN ")
	w.frameBound(f.Start)
	w.put(" AND ")
	w.frameBound(f.End)
}

func (w *writer) frameBound(b *FrameBound) {
	if b.Offset != nil {
		w.expr(b.Offset, precAnd+1)
		w.put(" ")
	}
	w.put([...]string{
		UnboundedPreceding: "UNBOUNDED PRECEDING", Preceding: "PRECEDING", CurrentRow: "CURRENT ROW",
		Following: "FOLLOWING", UnboundedFollowing: "UNBOUNDED FOLLOWING",
	}[b.Kind])
}

func (w *writer) hints(hints []*Hint) {
	w.put("/*+ ")
	list(w, hints, w.hint)
	w.put(" */")
}

func (w *writer) hint(h *Hint) {
	// The name of a hint may be any word, so it needs quotes only for its characters.
	if isPlainName(h.Name.Text) {
		w.put(h.Name.Text)
	} else {
		w.ident(h.Name)
	}
	if h.Args == nil {
		return
	}
	parens(w, h.Args, func(a *HintArg) {
		if a.Key != "" {
			w.put(QuoteString(a.Key), " = ")
		}
		w.lowest(a.Value)
	})
}

func (w *writer) table(t TableExpr) {
	switch t := t.(type) {
	case *TableRef:
		w.name(t.Name.Parts)
		if t.Hints != nil {
			w.put(" ")
			w.hints(t.Hints)
		}
		if t.AsOf != nil {
			w.put(" FOR SYSTEM_TIME AS OF ")
			w.expr(t.AsOf, precAnd+1)
		}
		w.asAlias(t.Alias)
	case *FileRef:
		w.str(t.Path)
		w.asAlias(t.Alias)
	case *TableFunc:
		w.when(t.Lateral, "LATERAL ")
		w.put("TABLE(")
		w.tableCall(t.Call)
		w.put(")")
		w.asAlias(t.Alias)
	case *Unnest:
		w.put("UNNEST")
		parens(w, t.Exprs, w.lowest)
		w.when(t.Ordinality, " WITH ORDINALITY")
		w.asAlias(t.Alias)
	case *Derived:
		w.when(t.Lateral, "LATERAL ")
		w.parenQuery(t.Query)
		w.asAlias(t.Alias)
	case *Join:
		w.join(t)
	}
}

func (w *writer) join(j *Join) {
	w.table(j.Left)
	if j.Kind == CommaJoin {
		w.put(", ")
		w.table(j.Right)
		return
	}
	w.when(j.Natural, " NATURAL")
	w.put([...]string{
		CrossJoin: " CROSS", InnerJoin: " INNER", LeftJoin: " LEFT", RightJoin: " RIGHT", FullJoin: " FULL",
	}[j.Kind], " JOIN ")
	if right, ok := j.Right.(*Join); ok {
		w.put("(")
		w.join(right)
		w.put(")")
	} else {
		w.table(j.Right)
	}
	if j.On != nil {
		w.put(" ON ")
		w.lowest(j.On)
	}
	if j.Using != nil {
		w.put(" USING ")
		parens(w, j.Using, w.ident)
	}
}

func (w *writer) asAlias(a *Alias) {
	if a != nil {
		w.put(" AS ")
		w.alias(a)
	}
}

func (w *writer) alias(a *Alias) {
	w.ident(a.Name)
	if a.Columns != nil {
		w.put(" ")
		parens(w, a.Columns, w.ident)
	}
}
