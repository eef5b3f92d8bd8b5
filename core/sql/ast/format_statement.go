package ast

import "strconv"

var objectText = [...]string{Table: "TABLE", View: "VIEW", Function: "FUNCTION", Catalog: "CATALOG", Database: "DATABASE", Job: "JOB"}

// String is the object's keyword.
func (o Object) String() string { return objectText[o] }

func (m CreateMode) text() string {
	return [...]string{Create: "CREATE ", CreateOrReplace: "CREATE OR REPLACE ", Replace: "REPLACE "}[m]
}

func (w *writer) statement(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		w.createTable(s)
	case *CreateView:
		w.createView(s)
	case *CreateFunction:
		w.createFunction(s)
	case *CreateCatalog:
		w.put("CREATE CATALOG ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.ident(s.Name)
		w.optionalStr("COMMENT", s.Comment)
		w.with(s.Options)
	case *CreateDatabase:
		w.put("CREATE DATABASE ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.name(s.Name.Parts)
		w.optionalStr("COMMENT", s.Comment)
		w.with(s.Options)
	case *Drop:
		w.put("DROP ")
		w.when(s.Temporary, "TEMPORARY ")
		w.when(s.System, "SYSTEM ")
		w.put(s.Object.String(), " ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Name.Parts)
		w.when(s.Cascade, " CASCADE")
	case *Alter:
		w.alter(s)
	case *Insert:
		w.insert(s)
	case *StatementSet:
		w.put("EXECUTE ")
		w.statementSet(s)
	default:
		w.command(s)
	}
}

// command writes the statements that neither define nor change data.
func (w *writer) command(s Statement) {
	switch s := s.(type) {
	case *Set:
		w.put("SET")
		if s.Key != nil {
			w.put(" ")
			w.str(s.Key)
			w.put(" = ")
			w.str(s.Value)
		}
	case *Reset:
		w.put("RESET")
		if s.Key != nil {
			w.put(" ")
			w.str(s.Key)
		}
	case *Explain:
		w.explain(s)
	case *Describe:
		w.put("DESCRIBE ")
		w.when(s.Object != Table, s.Object.String()+" ")
		w.when(s.Extended, "EXTENDED ")
		if s.ID != nil {
			w.str(s.ID)
			return
		}
		w.name(s.Name.Parts)
	case *StopJob:
		w.put("STOP JOB ")
		w.str(s.ID)
		w.when(s.Savepoint, " WITH SAVEPOINT")
		w.when(s.Drain, " WITH DRAIN")
	case *Show:
		w.show(s)
	case *Use:
		w.put("USE ")
		w.when(s.Catalog, "CATALOG ")
		w.name(s.Name.Parts)
	case *Analyze:
		w.put("ANALYZE TABLE ")
		w.name(s.Table.Parts)
		w.partition(s.Partition)
		w.put(" COMPUTE STATISTICS")
		w.when(s.AllColumns, " FOR ALL COLUMNS")
		if s.Columns != nil {
			w.put(" FOR COLUMNS ")
			list(w, s.Columns, w.ident)
		}
	}
}

func (w *writer) createTable(s *CreateTable) {
	w.put(s.Mode.text())
	w.when(s.Temporary, "TEMPORARY ")
	w.put("TABLE ")
	w.when(s.IfNotExists, "IF NOT EXISTS ")
	w.name(s.Name.Parts)
	w.tableElements(s)
	w.optionalStr("COMMENT", s.Comment)
	if s.Distribution != nil {
		w.distribution(s.Distribution)
	}
	if s.PartitionBy != nil {
		w.put(" PARTITIONED BY ")
		parens(w, s.PartitionBy, w.ident)
	}
	w.with(s.Options)
	if s.Like != nil {
		w.put(" LIKE ")
		w.name(s.Like.Table.Parts)
		if s.Like.Options != nil {
			w.put(" ")
			parens(w, s.Like.Options, func(o *LikeOption) { w.put(o.Strategy, " ", o.Feature) })
		}
	}
	if s.As != nil {
		w.put(" AS ")
		w.query(s.As)
	}
}

func (w *writer) tableElements(s *CreateTable) {
	if s.ColumnNames != nil {
		w.put(" ")
		parens(w, s.ColumnNames, w.ident)
		return
	}
	var elements []func()
	for _, c := range s.Columns {
		elements = append(elements, func() { w.columnDef(c) })
	}
	for _, m := range s.Watermarks {
		elements = append(elements, func() { w.watermark(m) })
	}
	if s.PrimaryKey != nil {
		elements = append(elements, func() { w.primaryKey(s.PrimaryKey) })
	}
	if elements != nil {
		w.put(" ")
		parens(w, elements, func(write func()) { write() })
	}
}

func (w *writer) columnDef(c *ColumnDef) {
	w.ident(c.Name)
	w.put(" ")
	if c.Kind == Computed {
		w.put("AS ")
		w.lowest(c.Expr)
	} else {
		w.dataType(c.Type)
	}
	if c.Kind == Metadata {
		w.put(" METADATA")
		w.optionalStr("FROM", c.MetadataKey)
		w.when(c.Virtual, " VIRTUAL")
	}
	w.optionalStr("COMMENT", c.Comment)
}

func (w *writer) watermark(m *Watermark) {
	w.put("WATERMARK FOR ")
	w.name(m.Column.Parts)
	w.put(" AS ")
	w.lowest(m.Expr)
}

func (w *writer) primaryKey(k *PrimaryKey) {
	if k.Name != nil {
		w.put("CONSTRAINT ")
		w.ident(k.Name)
		w.put(" ")
	}
	w.put("PRIMARY KEY ")
	parens(w, k.Columns, w.ident)
	w.put(" NOT ENFORCED")
}

func (w *writer) distribution(d *Distribution) {
	w.put(" DISTRIBUTED")
	if d.Columns != nil {
		w.put(" BY ")
		w.when(d.Kind != "", d.Kind+" ")
		parens(w, d.Columns, w.ident)
	}
	if d.Buckets > 0 {
		w.put(" INTO ", strconv.Itoa(d.Buckets), " BUCKETS")
	}
}

func (w *writer) with(options []*Option) {
	if len(options) > 0 {
		w.put(" WITH ")
		parens(w, options, w.option)
	}
}

func (w *writer) option(o *Option) {
	w.str(o.Key)
	w.put(" = ")
	w.str(o.Value)
}

func (w *writer) createView(s *CreateView) {
	w.put(s.Mode.text())
	w.when(s.Temporary, "TEMPORARY ")
	w.put("VIEW ")
	w.when(s.IfNotExists, "IF NOT EXISTS ")
	w.name(s.Name.Parts)
	if s.Columns != nil {
		w.put(" ")
		parens(w, s.Columns, func(c *ViewColumn) {
			w.ident(c.Name)
			w.optionalStr("COMMENT", c.Comment)
		})
	}
	w.optionalStr("COMMENT", s.Comment)
	w.put(" AS ")
	w.query(s.Query)
}

func (w *writer) createFunction(s *CreateFunction) {
	w.put("CREATE ")
	w.when(s.Temporary, "TEMPORARY ")
	w.when(s.System, "SYSTEM ")
	w.put("FUNCTION ")
	w.when(s.IfNotExists, "IF NOT EXISTS ")
	w.name(s.Name.Parts)
	w.put(" AS ")
	w.str(s.Class)
	w.when(s.Language != "", " LANGUAGE "+s.Language)
	if s.Using != nil {
		w.put(" USING ")
		list(w, s.Using, func(r *Resource) {
			w.put(r.Kind, " ")
			w.str(r.URI)
		})
	}
	w.with(s.Options)
}

func (w *writer) partition(values []*PartitionValue) {
	if values == nil {
		return
	}
	w.put(" PARTITION ")
	parens(w, values, func(v *PartitionValue) {
		w.ident(v.Column)
		if v.Value != nil {
			w.put(" = ")
			w.lowest(v.Value)
		}
	})
}

func (w *writer) insert(s *Insert) {
	w.put("INSERT ")
	if s.Overwrite {
		w.put("OVERWRITE ")
	} else {
		w.put("INTO ")
	}
	w.name(s.Table.Parts)
	if s.Hints != nil {
		w.put(" ")
		w.hints(s.Hints)
	}
	w.partition(s.Partition)
	if s.Columns != nil {
		w.put(" ")
		parens(w, s.Columns, w.ident)
	}
	w.put(" ")
	w.query(s.Query)
	w.put([...]string{
		ConflictUnspecified: "", ConflictNothing: " ON CONFLICT DO NOTHING", ConflictError: " ON CONFLICT DO ERROR",
		ConflictDeduplicate: " ON CONFLICT DO DEDUPLICATE",
	}[s.OnConflict])
}

func (w *writer) statementSet(s *StatementSet) {
	w.put("STATEMENT SET BEGIN ")
	for _, ins := range s.Inserts {
		w.insert(ins)
		w.put("; ")
	}
	w.put("END")
}

func (w *writer) explain(s *Explain) {
	w.put("EXPLAIN ")
	list(w, s.Details, func(d ExplainDetail) { w.put(string(d)) })
	w.when(s.Details != nil, " ")
	if set, ok := s.Statement.(*StatementSet); ok {
		w.statementSet(set)
		return
	}
	w.node(s.Statement)
}

func (w *writer) show(s *Show) {
	w.put("SHOW ", s.Object)
	if s.From != nil {
		switch s.Object {
		case "PARTITIONS", "CREATE TABLE", "CREATE VIEW", "CREATE CATALOG":
		default:
			w.put(" FROM")
		}
		w.put(" ")
		w.name(s.From.Parts)
	}
	if s.Pattern != nil {
		w.when(s.Not, " NOT")
		w.when(s.ILike, " I")
		w.when(!s.ILike, " ")
		w.put("LIKE ")
		w.str(s.Pattern)
	}
}
