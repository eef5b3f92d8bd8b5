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
	a := &ast.AlterTable{At: p.at()}
	p.expect("ALTER")
	t := p.tok()
	switch {
	case p.isAny("VIEW", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"):
		p.unsupported(t, "ALTER "+t.upper)
	case p.is("MATERIALIZED"):
		p.unsupported(t, "ALTER MATERIALIZED TABLE")
	case p.is("TEMPORARY"):
		p.unsupported(t, "ALTER TEMPORARY …")
	}
	if !p.accept("TABLE") {
		p.failExpected("TABLE", "TABLE")
	}
	a.IfExists = p.ifExists()
	a.Name = p.name("a table")
	a.Action = p.alterAction()
	return a
}

func (p *parser) alterAction() ast.AlterAction {
	at, t := p.at(), p.tok()
	switch {
	case p.isAny("ADD", "MODIFY", "DROP"):
		p.unsupported(t, "ALTER TABLE … "+t.upper)
	case p.accept("RENAME", "TO"):
		return &ast.RenameTable{At: at, To: p.name("a new name")}
	case p.is("RENAME"):
		p.unsupported(t, "ALTER TABLE … RENAME of a column")
	case p.accept("SET"):
		s := &ast.SetOptions{At: at}
		if s.Options = p.optionList(); len(s.Options) == 0 {
			p.fail(p.errAt(t, "SET () sets nothing"))
		}
		return s
	case p.accept("RESET"):
		return &ast.ResetOptions{At: at, Keys: parenList(p, func() *ast.StringLit { return p.stringLit("the key of an option") })}
	}
	p.failExpected("what to alter", "RENAME", "SET", "RESET")
	return nil
}
