package ast

func (w *writer) alter(s *Alter) {
	w.put("ALTER ", s.Object.String(), " ")
	w.when(s.IfExists, "IF EXISTS ")
	w.name(s.Name.Parts)
	w.put(" ")
	switch a := s.Action.(type) {
	case *Rename:
		w.put("RENAME TO ")
		w.name(a.To.Parts)
	case *RenameColumn:
		w.put("RENAME ")
		w.ident(a.From)
		w.put(" TO ")
		w.ident(a.To)
	case *ChangeColumns:
		w.changeColumns(a)
	case *DropColumns:
		w.put("DROP ")
		parens(w, a.Columns, w.ident)
	case *DropClause:
		w.put("DROP ", a.Clause)
		if a.Constraint != nil {
			w.put(" ")
			w.ident(a.Constraint)
		}
	case *SetQuery:
		w.put("AS ")
		w.query(a.Query)
	case *SetComment:
		w.put("COMMENT ")
		w.str(a.Comment)
	case *SetOptions:
		w.put("SET ")
		parens(w, a.Options, w.option)
	case *ResetOptions:
		w.put("RESET ")
		parens(w, a.Keys, w.str)
	}
}

func (w *writer) changeColumns(a *ChangeColumns) {
	word := "ADD "
	if a.Modify {
		word = "MODIFY "
	}
	w.put(word)
	if a.Distribution != nil {
		w.distribution(a.Distribution)
		return
	}
	var elements []func()
	for _, c := range a.Columns {
		elements = append(elements, func() { w.placedColumn(c) })
	}
	for _, m := range a.Watermarks {
		elements = append(elements, func() { w.watermark(m) })
	}
	if a.PrimaryKey != nil {
		elements = append(elements, func() { w.primaryKey(a.PrimaryKey) })
	}
	parens(w, elements, func(write func()) { write() })
}

func (w *writer) placedColumn(c *PlacedColumn) {
	w.columnDef(c.Def)
	w.when(c.First, " FIRST")
	if c.After != nil {
		w.put(" AFTER ")
		w.ident(c.After)
	}
}
