package parser

import (
	"slices"

	"github.com/weir-engine/weir/core/sql/ast"
)

func (p *parser) parseDescribe() ast.Statement {
	d := &ast.Describe{At: p.at()}
	p.next()
	switch t := p.tok(); {
	case p.accept("FUNCTION"):
		d.Object = ast.Function
	case p.is("CATALOG") && p.peek(1).kind != tokenEOF && !p.peek(1).isSymbol("."):
		p.next()
		d.Object = ast.Catalog
	case p.is("JOB") && p.peek(1).kind == tokenString:
		p.next()
		d.Object, d.ID = ast.Job, p.stringLit("the id of a job")
		return d
	case p.is("DATABASE"), p.is("MODEL"), p.is("CONNECTION"):
		if next := p.peek(1); next.kind != tokenEOF && !next.isSymbol(".") {
			p.unsupported(t, "DESCRIBE "+t.upper)
		}
	}
	d.Extended = p.accept("EXTENDED")
	d.Name = p.name("what to describe")
	return d
}

// showRules are the objects of SHOW and what may follow each.
var showRules = []struct {
	words   []string
	object  string
	from    bool // [FROM|IN name]
	target  bool // a name must follow
	like    bool // [NOT] LIKE|ILIKE
	refused bool
}{
	{words: []string{"CATALOGS"}, like: true},
	{words: []string{"DATABASES"}, from: true, like: true},
	{words: []string{"TABLES"}, from: true, like: true},
	{words: []string{"VIEWS"}, from: true, like: true},
	{words: []string{"FUNCTIONS"}, from: true, like: true},
	{words: []string{"USER", "FUNCTIONS"}, from: true, like: true},
	{words: []string{"PROCEDURES"}, from: true, like: true},
	{words: []string{"COLUMNS"}, from: true, like: true},
	{words: []string{"PARTITIONS"}, target: true},
	{words: []string{"MODULES"}},
	{words: []string{"FULL", "MODULES"}},
	{words: []string{"JARS"}},
	{words: []string{"JOBS"}},
	{words: []string{"CURRENT", "CATALOG"}},
	{words: []string{"CURRENT", "DATABASE"}},
	{words: []string{"CREATE", "TABLE"}, target: true},
	{words: []string{"CREATE", "VIEW"}, target: true},
	{words: []string{"CREATE", "CATALOG"}, target: true},
	{words: []string{"CREATE", "MATERIALIZED", "TABLE"}, refused: true},
	{words: []string{"CREATE", "MODEL"}, refused: true},
	{words: []string{"CREATE", "CONNECTION"}, refused: true},
	{words: []string{"MATERIALIZED", "TABLES"}, refused: true},
	{words: []string{"MODELS"}, refused: true},
	{words: []string{"CONNECTIONS"}, refused: true},
}

func (p *parser) parseShow() ast.Statement {
	s := &ast.Show{At: p.at()}
	p.expect("SHOW")
	var choices []string
	for _, r := range showRules {
		t := p.tok()
		if !p.accept(r.words...) {
			if !r.refused && !slices.Contains(choices, r.words[0]) {
				choices = append(choices, r.words[0])
			}
			continue
		}
		for i, w := range r.words {
			if i > 0 {
				s.Object += " "
			}
			s.Object += w
		}
		if r.refused {
			p.unsupported(t, "SHOW "+s.Object)
		}
		if r.target || r.from && p.isAny("FROM", "IN") {
			if r.from {
				p.next()
			}
			s.From = p.name("a name")
		} else if s.Object == "COLUMNS" {
			p.failExpected("FROM and a table", "FROM", "IN")
		}
		if r.like {
			p.showPattern(s)
		}
		if s.Object == "PARTITIONS" && p.is("PARTITION") {
			p.unsupported(p.tok(), "SHOW PARTITIONS … PARTITION (…)")
		}
		return s
	}
	p.failExpected("what to show", choices...)
	return nil
}

// showPattern parses [NOT] LIKE|ILIKE 'pattern'.
func (p *parser) showPattern(s *ast.Show) {
	s.Not = p.accept("NOT")
	switch {
	case p.accept("LIKE"):
	case p.accept("ILIKE"):
		s.ILike = true
	case s.Not:
		p.failExpected("LIKE or ILIKE", "LIKE", "ILIKE")
	default:
		return
	}
	s.Pattern = p.stringLit("a pattern")
}

func (p *parser) parseStopJob() ast.Statement {
	s := &ast.StopJob{At: p.at()}
	p.expect("STOP", "JOB")
	s.ID = p.stringLit("the id of a job")
	s.Savepoint = p.accept("WITH", "SAVEPOINT")
	s.Drain = p.accept("WITH", "DRAIN")
	return s
}

func (p *parser) parseUse() ast.Statement {
	u := &ast.Use{At: p.at()}
	p.expect("USE")
	if p.is("MODULES") {
		p.unsupported(p.tok(), "USE MODULES")
	}
	if p.is("CATALOG") && p.peek(1).kind != tokenEOF && !p.peek(1).isSymbol(".") {
		p.next()
		u.Catalog = true
		id := p.ident("a catalog")
		u.Name = &ast.Name{At: id.At, Parts: []*ast.Ident{id}}
		return u
	}
	u.Name = p.name("a database")
	return u
}

func (p *parser) parseAnalyze() ast.Statement {
	a := &ast.Analyze{At: p.at()}
	p.expect("ANALYZE", "TABLE")
	a.Table = p.name("a table")
	if p.is("PARTITION") {
		a.Partition = p.partitionValues()
	}
	p.expect("COMPUTE", "STATISTICS")
	if !p.accept("FOR") {
		return a
	}
	if p.accept("ALL") {
		p.expect("COLUMNS")
		a.AllColumns = true
		return a
	}
	p.expect("COLUMNS")
	a.Columns = commaList(p, func() *ast.Ident { return p.ident("a column") })
	return a
}
