package parser

import (
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// modifiers are the words between CREATE or DROP and the kind of object.
type modifiers struct {
	at        ast.At
	mode      ast.CreateMode
	temporary bool
	system    bool
}

func (p *parser) parseCreate() ast.Statement {
	m := modifiers{at: p.at()}
	if p.next().upper == "REPLACE" {
		m.mode = ast.Replace
	} else if p.accept("OR") {
		if p.is("ALTER") {
			p.unsupported(p.tok(), "CREATE OR ALTER")
		}
		p.expect("REPLACE")
		m.mode = ast.CreateOrReplace
	}
	if p.accept("TEMPORARY") {
		m.temporary = true
		m.system = p.accept("SYSTEM")
	}
	t := p.tok()
	switch {
	case p.isAny("MODEL", "MATERIALIZED", "CONNECTION"):
		p.unsupported(t, "CREATE "+t.upper+map[bool]string{true: " TABLE"}[t.upper == "MATERIALIZED"])
	case m.system && !p.is("FUNCTION"):
		p.failExpected("FUNCTION", "FUNCTION")
	case p.accept("TABLE"):
		return p.createTable(m)
	case p.accept("VIEW"):
		return p.createView(m)
	case m.mode != ast.Create:
		p.failExpected("TABLE or VIEW", "TABLE", "VIEW")
	case p.accept("FUNCTION"):
		return p.createFunction(m)
	case !m.temporary && p.accept("CATALOG"):
		return p.createCatalog(m)
	case !m.temporary && p.accept("DATABASE"):
		return p.createDatabase(m)
	}
	p.failExpected("what to create", "TABLE", "VIEW", "FUNCTION", "CATALOG", "DATABASE", "TEMPORARY")
	return nil
}

func (p *parser) ifNotExists() bool {
	if !p.accept("IF") {
		return false
	}
	p.expect("NOT", "EXISTS")
	return true
}

func (p *parser) createTable(m modifiers) ast.Statement {
	c := &ast.CreateTable{At: m.at, Mode: m.mode, Temporary: m.temporary}
	c.IfNotExists = p.ifNotExists()
	c.Name = p.name("a table")
	if p.acceptSymbol("(") {
		p.tableElements(c)
	}
	c.Comment = p.optionalString("COMMENT")
	c.Distribution = p.parseDistribution()
	if p.accept("PARTITIONED") {
		p.expect("BY")
		c.PartitionBy = p.identList("a column")
	}
	c.Options = p.withOptions()
	switch {
	case p.is("LIKE"):
		c.Like = p.parseLikeTable()
	case p.accept("AS"):
		c.As = p.parseQuery()
	case c.ColumnNames != nil:
		p.failExpectedHint("AS and a query", "columns without types stand only before AS query")
	case c.Mode == ast.Replace:
		p.failExpected("AS and a query", "AS")
	}
	return c
}

// tableElements parses the column list and its closing parenthesis.
func (p *parser) tableElements(c *ast.CreateTable) {
	if p.acceptSymbol(")") {
		return
	}
	if p.isIdent() && (p.peek(1).isSymbol(",") || p.peek(1).isSymbol(")")) {
		c.ColumnNames = commaList(p, func() *ast.Ident { return p.ident("a column") })
		p.expectSymbol(")")
		return
	}
	for {
		p.tableElement(c)
		if !p.acceptSymbol(",") {
			break
		}
	}
	if !p.acceptSymbol(")") {
		p.failExpected(`"," or ")"`, "NOT", "COMMENT", "METADATA", "PRIMARY", "VIRTUAL")
	}
}

func (p *parser) tableElement(c *ast.CreateTable) {
	at := p.at()
	switch {
	case p.accept("WATERMARK"):
		p.expect("FOR")
		w := &ast.Watermark{At: at, Column: p.name("a column")}
		p.expect("AS")
		w.Expr = p.expr()
		c.Watermarks = append(c.Watermarks, w)
	case p.isAny("CONSTRAINT", "PRIMARY", "UNIQUE"):
		p.setPrimaryKey(c, p.parseConstraint(nil))
	case p.isAny("PERIOD", "CHECK", "FOREIGN"):
		p.unsupported(p.tok(), p.tok().upper+" in CREATE TABLE")
	default:
		p.columnDef(c)
	}
}

func (p *parser) columnDef(c *ast.CreateTable) {
	col := &ast.ColumnDef{At: p.at(), Name: p.ident("a column")}
	c.Columns = append(c.Columns, col)
	if p.accept("AS") {
		col.Kind = ast.Computed
		col.Expr = p.expr()
		col.Comment = p.optionalString("COMMENT")
		return
	}
	col.Type = p.parseType()
	if p.accept("METADATA") {
		col.Kind = ast.Metadata
		col.MetadataKey = p.optionalString("FROM")
		col.Virtual = p.accept("VIRTUAL")
	}
	if p.isAny("CONSTRAINT", "PRIMARY", "UNIQUE") {
		p.setPrimaryKey(c, p.parseConstraint(col.Name))
	}
	col.Comment = p.optionalString("COMMENT")
	if p.is("DEFAULT") {
		p.unsupported(p.tok(), "DEFAULT of a column")
	}
}

// parseConstraint parses [CONSTRAINT name] PRIMARY KEY [(columns)] NOT ENFORCED.
// Behind a column the list is that column.
func (p *parser) parseConstraint(column *ast.Ident) *ast.PrimaryKey {
	k := &ast.PrimaryKey{At: p.at()}
	if p.accept("CONSTRAINT") {
		k.Name = p.ident("the name of a constraint")
	}
	if p.is("UNIQUE") {
		p.unsupported(p.tok(), "UNIQUE")
	}
	p.expect("PRIMARY", "KEY")
	if column != nil {
		k.Columns = []*ast.Ident{{At: column.At, Text: column.Text}}
	} else {
		k.Columns = p.identList("a column")
	}
	if !p.accept("NOT", "ENFORCED") {
		t := p.tok()
		e := sqlerr.New(sqlerr.InvalidDefinition, t.pos, "a primary key must be NOT ENFORCED")
		e.Width = t.width()
		p.fail(e.WithHint("the engine does not own the data and cannot check keys: write PRIMARY KEY (…) NOT ENFORCED"))
	}
	return k
}

func (p *parser) setPrimaryKey(c *ast.CreateTable, k *ast.PrimaryKey) {
	if c.PrimaryKey != nil {
		p.fail(sqlerr.New(sqlerr.InvalidDefinition, k.Pos(), "a table has one primary key, this is a second"))
	}
	c.PrimaryKey = k
}

// parseDistribution parses DISTRIBUTED [BY [HASH|RANGE] (columns)] [INTO n BUCKETS].
func (p *parser) parseDistribution() *ast.Distribution {
	d := &ast.Distribution{At: p.at()}
	if !p.accept("DISTRIBUTED") {
		return nil
	}
	if p.accept("BY") {
		if p.isAny("HASH", "RANGE") {
			d.Kind = p.next().upper
		}
		d.Columns = p.identList("a column")
	}
	if p.is("INTO") || d.Columns == nil {
		p.expect("INTO")
		t := p.tok()
		if d.Buckets = p.count("a number of buckets"); d.Buckets == 0 {
			p.fail(p.errAt(t, "a table has at least one bucket"))
		}
		p.expect("BUCKETS")
	}
	return d
}

// withOptions parses WITH ('key' = 'value', …), if it stands here.
func (p *parser) withOptions() []*ast.Option {
	if !p.accept("WITH") {
		return nil
	}
	return p.optionList()
}

func (p *parser) optionList() []*ast.Option {
	if p.isSymbol("(") && p.peek(1).isSymbol(")") {
		p.next()
		p.next()
		return nil
	}
	return parenList(p, func() *ast.Option {
		o := &ast.Option{At: p.at()}
		if k := p.tok(); k.kind == tokenWord {
			p.failExpectedHint("the key of an option", "keys and values stand in single quotes: '"+k.text+"' = '…'")
		}
		o.Key = p.stringLit("the key of an option")
		p.expectSymbol("=")
		if v := p.tok(); v.kind == tokenWord || v.kind == tokenInteger || v.kind == tokenDecimal {
			p.failExpectedHint("the value of an option", "values stand in single quotes: '"+v.text+"'")
		}
		o.Value = p.stringLit("the value of an option")
		return o
	})
}

// parseLikeTable parses LIKE t (INCLUDING ALL …).
func (p *parser) parseLikeTable() *ast.LikeTable {
	l := &ast.LikeTable{At: p.at()}
	p.expect("LIKE")
	l.Table = p.name("a table")
	if !p.acceptSymbol("(") {
		return l
	}
	for !p.acceptSymbol(")") {
		if len(l.Options) > 0 {
			p.acceptSymbol(",")
		}
		o := &ast.LikeOption{At: p.at()}
		o.Strategy = p.expectOne("INCLUDING", "EXCLUDING", "OVERWRITING")
		o.Feature = p.expectOne("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS")
		l.Options = append(l.Options, o)
	}
	return l
}

func (p *parser) createView(m modifiers) ast.Statement {
	if m.mode == ast.Replace {
		m.mode = ast.CreateOrReplace
	}
	v := &ast.CreateView{At: m.at, Mode: m.mode, Temporary: m.temporary}
	v.IfNotExists = p.ifNotExists()
	v.Name = p.name("a view")
	if p.isSymbol("(") {
		v.Columns = parenList(p, func() *ast.ViewColumn {
			c := &ast.ViewColumn{At: p.at(), Name: p.ident("a column")}
			c.Comment = p.optionalString("COMMENT")
			return c
		})
	}
	v.Comment = p.optionalString("COMMENT")
	p.expect("AS")
	v.Query = p.parseQuery()
	return v
}

func (p *parser) createFunction(m modifiers) ast.Statement {
	f := &ast.CreateFunction{At: m.at, Temporary: m.temporary, System: m.system}
	f.IfNotExists = p.ifNotExists()
	f.Name = p.name("a function")
	p.expect("AS")
	f.Class = p.stringLit("the class of the function")
	if p.accept("LANGUAGE") {
		t := p.tok()
		if t.kind != tokenWord {
			p.failExpected("a language", "JAVA", "SCALA", "PYTHON")
		}
		f.Language = p.next().upper
	}
	if p.accept("USING") {
		f.Using = commaList(p, func() *ast.Resource {
			r := &ast.Resource{At: p.at(), Kind: p.expectOne("JAR", "ARTIFACT", "FILE", "ARCHIVE")}
			r.URI = p.stringLit("the place of the file")
			return r
		})
	}
	f.Options = p.withOptions()
	return f
}

func (p *parser) createCatalog(m modifiers) ast.Statement {
	c := &ast.CreateCatalog{At: m.at}
	c.IfNotExists = p.ifNotExists()
	c.Name = p.ident("a catalog")
	c.Comment = p.optionalString("COMMENT")
	c.Options = p.withOptions()
	return c
}

func (p *parser) createDatabase(m modifiers) ast.Statement {
	d := &ast.CreateDatabase{At: m.at}
	d.IfNotExists = p.ifNotExists()
	d.Name = p.name("a database")
	d.Comment = p.optionalString("COMMENT")
	d.Options = p.withOptions()
	return d
}
