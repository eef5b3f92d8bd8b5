package parser

import "github.com/weir-engine/weir/core/sql/ast"

// parseJSONCall parses the JSON functions, each with the clauses it has.
func (p *parser) parseJSONCall() ast.Expr {
	c := &ast.JSONCall{At: p.at(), Name: p.next().upper}
	p.expectSymbol("(")
	switch c.Name {
	case "JSON_OBJECT":
		p.jsonPairs(c)
	case "JSON_OBJECTAGG":
		p.jsonPair(c)
	case "JSON_ARRAY":
		if !p.isSymbol(")") && !p.isOnNull() {
			c.Args = p.exprList()
		}
	case "JSON_ARRAYAGG":
		c.Args = []ast.Expr{p.expr()}
	default:
		c.Args = p.exprList()
	}
	if p.is("FORMAT", "JSON") {
		p.unsupported(p.tok(), "FORMAT JSON")
	}
	switch c.Name {
	case "JSON_VALUE", "JSON_QUERY", "JSON_EXISTS":
		p.jsonQueryClauses(c)
	default:
		p.jsonOnNull(c)
	}
	p.expectSymbol(")")
	if c.Name == "JSON_OBJECTAGG" || c.Name == "JSON_ARRAYAGG" {
		c.Filter = p.parseFilter()
		c.Over = p.parseOver()
	}
	return c
}

func (p *parser) jsonPairs(c *ast.JSONCall) {
	if p.isSymbol(")") || p.isOnNull() {
		return
	}
	p.jsonPair(c)
	for p.acceptSymbol(",") {
		p.jsonPair(c)
	}
}

// jsonPair parses [KEY] k VALUE v, or k : v.
func (p *parser) jsonPair(c *ast.JSONCall) {
	if p.is("KEY") && !p.peek(1).isWord("VALUE") && !p.peek(1).isSymbol(":") {
		p.next()
	}
	key := p.expr()
	if !p.acceptSymbol(":") && !p.accept("VALUE") {
		p.failExpected("VALUE", "VALUE")
	}
	c.Args = append(c.Args, key, p.expr())
}

func (p *parser) isOnNull() bool {
	return p.is("NULL", "ON", "NULL") || p.is("ABSENT", "ON", "NULL")
}

func (p *parser) jsonOnNull(c *ast.JSONCall) {
	switch {
	case p.accept("NULL", "ON", "NULL"):
		c.OnNull = ast.NullOnNull
	case p.accept("ABSENT", "ON", "NULL"):
		c.OnNull = ast.AbsentOnNull
	}
}

// jsonQueryClauses parses RETURNING, WRAPPER, ON EMPTY and ON ERROR.
func (p *parser) jsonQueryClauses(c *ast.JSONCall) {
	if c.Name != "JSON_EXISTS" && p.accept("RETURNING") {
		c.Returning = p.parseType()
	}
	if c.Name == "JSON_QUERY" {
		p.jsonWrapper(c)
	}
	for !p.isSymbol(")") {
		b, t := p.jsonBehavior(), p.tok()
		p.expect("ON")
		target := p.expectOne("EMPTY", "ERROR")
		switch {
		case target == "EMPTY" && c.OnEmpty == nil && c.OnError == nil && c.Name != "JSON_EXISTS":
			c.OnEmpty = b
		case target == "ERROR" && c.OnError == nil:
			c.OnError = b
		default:
			p.fail(p.errAt(t, "ON %s cannot stand here in %s", target, c.Name).
				WithHint("ON EMPTY comes first, then ON ERROR, each once"))
		}
	}
}

func (p *parser) jsonWrapper(c *ast.JSONCall) {
	switch {
	case p.accept("WITHOUT"):
		c.Wrapper = ast.WithoutWrapper
	case p.accept("WITH", "CONDITIONAL"):
		c.Wrapper = ast.ConditionalWrapper
	case p.accept("WITH"):
		p.accept("UNCONDITIONAL")
		c.Wrapper = ast.UnconditionalWrapper
	default:
		return
	}
	p.accept("ARRAY")
	p.expect("WRAPPER")
}

func (p *parser) jsonBehavior() *ast.JSONBehavior {
	b := &ast.JSONBehavior{At: p.at()}
	b.Kind = p.expectOne("NULL", "ERROR", "DEFAULT", "EMPTY", "TRUE", "FALSE", "UNKNOWN")
	switch b.Kind {
	case "DEFAULT":
		b.Default = p.expr()
	case "EMPTY":
		b.Kind += " " + p.expectOne("ARRAY", "OBJECT")
	}
	return b
}
