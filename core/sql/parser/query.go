package parser

import "github.com/weir-engine/weir/core/sql/ast"

// startsQuery reports whether a query begins here, not counting one in parentheses.
func (p *parser) startsQuery() bool {
	return p.isAny("SELECT", "WITH", "VALUES") || p.is("TABLE") && !p.peek(1).isSymbol("(")
}

// continuesQuery reports whether what stands before, in parentheses, is the
// beginning of a larger query.
func (p *parser) continuesQuery() bool {
	return p.isAny("UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH")
}

// parseQuery parses a whole query.
func (p *parser) parseQuery() *ast.Query {
	p.enter()
	defer p.leave()
	q := &ast.Query{At: p.at()}
	if p.accept("WITH") {
		if p.is("RECURSIVE") {
			p.unsupported(p.tok(), "WITH RECURSIVE")
		}
		q.With = commaList(p, p.parseCTE)
	}
	q.Body = p.parseSetOps(p.parseQueryPrimary(), 1)
	return p.parseQueryTail(q)
}

// parseQueryFrom parses the rest of a query whose first operand, in parentheses, is first.
func (p *parser) parseQueryFrom(first *ast.Query) *ast.Query {
	q := &ast.Query{At: first.At, Body: p.parseSetOps(operand(first), 1)}
	return p.parseQueryTail(q)
}

// operand strips a query that has no clauses of its own to its body.
func operand(q *ast.Query) ast.QueryExpr {
	if len(q.With) == 0 && len(q.OrderBy) == 0 && q.Offset == nil && q.Limit == nil {
		return q.Body
	}
	return q
}

func (p *parser) parseCTE() *ast.CTE {
	c := &ast.CTE{At: p.at(), Name: p.ident("a name for the query")}
	if p.isSymbol("(") {
		c.Columns = p.identList("a column")
	}
	p.expect("AS")
	p.expectSymbol("(")
	c.Query = p.queryInParens()
	return c
}

// queryInParens parses a query and the closing parenthesis, when the opening one is taken.
func (p *parser) queryInParens() *ast.Query {
	q := p.parseQuery()
	if !p.acceptSymbol(")") {
		p.failExpected(`")"`, clauseWords...)
	}
	return q
}

// parseSetOps parses UNION and EXCEPT (level 1) and INTERSECT (level 2) behind left.
func (p *parser) parseSetOps(left ast.QueryExpr, level int) ast.QueryExpr {
	for n := 0; ; n++ {
		p.chain(n)
		at := p.at()
		op, prec := ast.Union, 1
		switch {
		case p.is("UNION"):
		case p.is("EXCEPT"):
			op = ast.Except
		case p.is("INTERSECT"):
			op, prec = ast.Intersect, 2
		case p.is("MINUS"):
			p.unsupported(p.tok(), "MINUS, which is spelt EXCEPT,")
		default:
			return left
		}
		if prec < level {
			return left
		}
		p.next()
		all := p.accept("ALL")
		if !all {
			p.accept("DISTINCT")
		}
		right := p.parseSetOps(p.parseQueryPrimary(), prec+1)
		left = &ast.SetOp{At: at, Op: op, All: all, Left: left, Right: right}
	}
}

func (p *parser) parseQueryPrimary() ast.QueryExpr {
	at := p.at()
	switch {
	case p.is("SELECT"):
		return p.parseSelect()
	case p.accept("VALUES"):
		return &ast.Values{At: at, Rows: commaList(p, p.valuesRow)}
	case p.is("TABLE") && !p.peek(1).isSymbol("("):
		p.next()
		return &ast.TableQuery{At: at, Name: p.name("a table")}
	case p.acceptSymbol("("):
		return operand(p.queryInParens())
	}
	p.failExpected("a query", "SELECT", "VALUES", "WITH", "TABLE")
	return nil
}

// parseQueryTail parses ORDER BY, LIMIT, OFFSET and FETCH.
func (p *parser) parseQueryTail(q *ast.Query) *ast.Query {
	if p.accept("ORDER") {
		p.expect("BY")
		q.OrderBy = commaList(p, p.orderItem)
	}
	for p.isAny("LIMIT", "OFFSET", "FETCH") {
		t := p.tok()
		switch p.next().upper {
		case "LIMIT":
			p.once(t, q.Limit)
			if !p.accept("ALL") {
				q.Limit = p.rowCount()
			}
			if p.isSymbol(",") {
				p.failExpectedHint("the end of LIMIT", "write LIMIT count OFFSET start")
			}
		case "OFFSET":
			p.once(t, q.Offset)
			q.Offset = p.rowCount()
			if !p.accept("ROWS") {
				p.accept("ROW")
			}
		case "FETCH":
			p.once(t, q.Limit)
			p.expectOne("FIRST", "NEXT")
			q.Limit = p.rowCount()
			p.expectOne("ROWS", "ROW")
			p.expect("ONLY")
		}
	}
	if body, ok := q.Body.(*ast.Query); ok && operand(q) != ast.QueryExpr(q) {
		return body
	}
	return q
}

func (p *parser) once(t *token, before ast.Expr) {
	if before != nil {
		p.fail(p.errAt(t, "a second %s", t.upper))
	}
}

func (p *parser) rowCount() ast.Expr {
	t := p.tok()
	if t.kind != tokenInteger {
		p.failExpected("a number of rows")
	}
	p.next()
	return &ast.NumberLit{At: ast.At(t.pos), Text: t.text, Kind: ast.Integer}
}

// valuesRow parses a row of VALUES: (1, 2), ROW(1, 2) or a lone expression.
func (p *parser) valuesRow() *ast.ValuesRow {
	r, at := &ast.ValuesRow{At: p.at()}, p.at()
	if !p.acceptSymbol("(") {
		x := p.expr()
		if row, ok := x.(*ast.RowExpr); ok && row.Explicit && len(row.Elems) > 0 {
			r.Exprs = row.Elems
		} else {
			r.Exprs = []ast.Expr{x}
		}
		return r
	}
	q, exprs := p.parenContents()
	// Behind VALUES (1) an operator may follow, and then the parentheses belonged to its operand.
	first := p.i
	x := p.parseInfix(p.parsePostfix(p.parenthesised(at, q, exprs)), precLowest)
	if p.i > first || q != nil {
		exprs = []ast.Expr{x}
	}
	r.Exprs = exprs
	return r
}

func (p *parser) parseSelect() ast.QueryExpr {
	s := &ast.Select{At: p.at()}
	p.expect("SELECT")
	s.Hints = p.parseHints()
	if p.is("STREAM") {
		p.unsupported(p.tok(), "SELECT STREAM")
	}
	if !p.accept("ALL") {
		s.Distinct = p.accept("DISTINCT")
	}
	s.Items = commaList(p, p.selectItem)
	if p.accept("FROM") {
		s.From = p.parseFrom()
	}
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.accept("GROUP") {
		p.expect("BY")
		s.GroupBy = p.parseGroupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		s.Windows = commaList(p, p.namedWindow)
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
	return s
}

func (p *parser) selectItem() *ast.SelectItem {
	item := &ast.SelectItem{At: p.at()}
	if star := p.parseStar(); star != nil {
		item.Expr = star
		if p.isAny("EXCLUDE", "REPLACE") && p.peek(1).isSymbol("(") || p.is("EXCEPT") && p.peek(1).isSymbol("(") && isIdentToken(p.peek(2)) {
			p.unsupported(p.tok(), "* "+p.tok().upper)
		}
		return item
	}
	item.Expr = p.expr()
	item.Alias = p.optionalAlias("an alias")
	return item
}

// optionalAlias parses [AS] name, or nothing.
func (p *parser) optionalAlias(what string) *ast.Ident {
	if p.accept("AS") || p.isIdent() {
		return p.ident(what)
	}
	return nil
}

// parseStar parses * or t.*; nil if something else stands here.
func (p *parser) parseStar() *ast.Star {
	star := &ast.Star{At: p.at()}
	if p.acceptSymbol("*") {
		return star
	}
	n := 0
	for isIdentToken(p.peek(n)) && p.peek(n+1).isSymbol(".") {
		n += 2
	}
	if n == 0 || !p.peek(n).isSymbol("*") {
		return nil
	}
	star.Qualifier = &ast.Name{At: star.At}
	for ; n > 0; n -= 2 {
		star.Qualifier.Parts = append(star.Qualifier.Parts, p.ident("a table"))
		p.next()
	}
	p.next()
	return star
}
