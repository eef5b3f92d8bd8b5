package parser

import "github.com/weir-engine/weir/core/sql/ast"

func (p *parser) ifExists() bool {
	if !p.accept("IF") {
		return false
	}
	p.expect("EXISTS")
	return true
}

func (p *parser) parseDrop() ast.Statement {
	d := &ast.Drop{At: p.at()}
	p.expect("DROP")
	if p.accept("TEMPORARY") {
		d.Temporary = true
		d.System = p.accept("SYSTEM")
	}
	t := p.tok()
	switch {
	case p.isAny("MODEL", "MATERIALIZED", "CONNECTION"):
		p.unsupported(t, "DROP "+t.upper+map[bool]string{true: " TABLE"}[t.upper == "MATERIALIZED"])
	case p.accept("FUNCTION"):
		d.Object = ast.Function
	case d.System:
		p.failExpected("FUNCTION", "FUNCTION")
	case p.accept("TABLE"):
		d.Object = ast.Table
	case p.accept("VIEW"):
		d.Object = ast.View
	case !d.Temporary && p.accept("CATALOG"):
		d.Object = ast.Catalog
	case !d.Temporary && p.accept("DATABASE"):
		d.Object = ast.Database
	default:
		p.failExpected("what to drop", "TABLE", "VIEW", "FUNCTION", "CATALOG", "DATABASE", "TEMPORARY")
	}
	d.IfExists = p.ifExists()
	d.Name = p.name("a name")
	if d.Object == ast.Database && !p.accept("RESTRICT") {
		d.Cascade = p.accept("CASCADE")
	}
	return d
}

func (p *parser) parseAlter() ast.Statement {
	a := &ast.Alter{At: p.at()}
	p.expect("ALTER")
	t := p.tok()
	switch {
	case p.isAny("FUNCTION", "MODEL", "CONNECTION"):
		p.unsupported(t, "ALTER "+t.upper)
	case p.is("MATERIALIZED"):
		p.unsupported(t, "ALTER MATERIALIZED TABLE")
	case p.is("TEMPORARY"):
		p.unsupported(t, "ALTER TEMPORARY …")
	case p.accept("TABLE"):
		a.IfExists = p.ifExists()
		a.Name = p.name("a table")
		a.Action = p.alterTable()
	case p.accept("VIEW"):
		a.Object, a.Name = ast.View, p.name("a view")
		a.Action = p.alterView()
	case p.accept("CATALOG"):
		id := p.ident("a catalog")
		a.Object, a.Name = ast.Catalog, &ast.Name{At: id.At, Parts: []*ast.Ident{id}}
		a.Action = p.alterCatalog()
	case p.accept("DATABASE"):
		a.Object, a.Name = ast.Database, p.name("a database")
		if !p.is("SET") {
			p.failExpected("SET", "SET")
		}
		a.Action = p.alterOptions()
	default:
		p.failExpected("what to alter", "TABLE", "VIEW", "CATALOG", "DATABASE")
	}
	return a
}

func (p *parser) alterTable() ast.AlterAction {
	at, t := p.at(), p.tok()
	switch {
	case p.isAny("ADD", "DROP") && (p.peek(1).upper == "PARTITION" || p.peek(1).upper == "IF"):
		p.unsupported(t, "ALTER TABLE … "+t.upper+" PARTITION")
	case p.accept("ADD"):
		return p.changeColumns(&ast.ChangeColumns{At: at})
	case p.accept("MODIFY"):
		return p.changeColumns(&ast.ChangeColumns{At: at, Modify: true})
	case p.accept("DROP"):
		return p.alterDrop(at)
	case p.accept("RENAME", "TO"):
		return &ast.Rename{At: at, To: p.name("a new name")}
	case p.accept("RENAME"):
		r := &ast.RenameColumn{At: at, From: p.ident("a column")}
		p.expect("TO")
		r.To = p.ident("a new name")
		return r
	case p.isAny("SET", "RESET"):
		return p.alterOptions()
	}
	p.failExpected("what to alter", "ADD", "MODIFY", "DROP", "RENAME", "SET", "RESET")
	return nil
}

// alterOptions parses SET ('key' = 'value', …) or RESET ('key', …).
func (p *parser) alterOptions() ast.AlterAction {
	at, t := p.at(), p.tok()
	if p.accept("RESET") {
		return &ast.ResetOptions{At: at, Keys: parenList(p, func() *ast.StringLit { return p.stringLit("the key of an option") })}
	}
	p.expect("SET")
	s := &ast.SetOptions{At: at}
	if s.Options = p.optionList(); len(s.Options) == 0 {
		p.fail(p.errAt(t, "SET () sets nothing"))
	}
	return s
}

// changeColumns parses what ADD and MODIFY take: one column or clause, or several in parentheses.
func (p *parser) changeColumns(c *ast.ChangeColumns) ast.AlterAction {
	if p.is("DISTRIBUTION") {
		p.unsupported(p.tok(), "ALTER TABLE … DISTRIBUTION")
	}
	if !p.acceptSymbol("(") {
		p.changeElement(c)
		return c
	}
	for {
		p.changeElement(c)
		if !p.acceptSymbol(",") {
			break
		}
	}
	if !p.acceptSymbol(")") {
		p.failExpected(`"," or ")"`, "NOT", "COMMENT", "METADATA", "FIRST", "AFTER")
	}
	return c
}

func (p *parser) changeElement(c *ast.ChangeColumns) {
	one := &ast.CreateTable{At: p.at(), PrimaryKey: c.PrimaryKey}
	p.tableElement(one)
	c.PrimaryKey = one.PrimaryKey
	c.Watermarks = append(c.Watermarks, one.Watermarks...)
	for _, d := range one.Columns {
		placed := &ast.PlacedColumn{At: d.At, Def: d, First: p.accept("FIRST")}
		if !placed.First && p.accept("AFTER") {
			placed.After = p.ident("a column")
		}
		c.Columns = append(c.Columns, placed)
	}
}

func (p *parser) alterDrop(at ast.At) ast.AlterAction {
	switch {
	case p.accept("PRIMARY", "KEY"):
		return &ast.DropClause{At: at, Clause: "PRIMARY KEY"}
	case p.accept("CONSTRAINT"):
		return &ast.DropClause{At: at, Clause: "CONSTRAINT", Constraint: p.ident("the name of a constraint")}
	case p.accept("WATERMARK"):
		return &ast.DropClause{At: at, Clause: "WATERMARK"}
	case p.is("DISTRIBUTION"):
		p.unsupported(p.tok(), "ALTER TABLE … DISTRIBUTION")
	case p.isSymbol("("):
		return &ast.DropColumns{At: at, Columns: p.identList("a column")}
	}
	return &ast.DropColumns{At: at, Columns: []*ast.Ident{p.ident("a column")}}
}

func (p *parser) alterView() ast.AlterAction {
	at := p.at()
	switch {
	case p.accept("RENAME", "TO"):
		return &ast.Rename{At: at, To: p.name("a new name")}
	case p.accept("AS"):
		return &ast.SetQuery{At: at, Query: p.parseQuery()}
	}
	p.failExpected("RENAME TO or AS", "RENAME", "AS")
	return nil
}

func (p *parser) alterCatalog() ast.AlterAction {
	at := p.at()
	switch {
	case p.accept("COMMENT"):
		return &ast.SetComment{At: at, Comment: p.stringLit("a comment")}
	case p.isAny("SET", "RESET"):
		return p.alterOptions()
	}
	p.failExpected("what to alter", "SET", "RESET", "COMMENT")
	return nil
}
