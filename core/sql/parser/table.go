package parser

import "github.com/weir-engine/weir/core/sql/ast"

// parseFrom parses the items of FROM. A comma binds less tightly than JOIN.
func (p *parser) parseFrom() ast.TableExpr {
	left := p.parseJoins(p.parseTable())
	for n := 0; p.isSymbol(","); n++ {
		p.chain(n)
		at := p.at()
		p.next()
		left = &ast.Join{At: at, Kind: ast.CommaJoin, Left: left, Right: p.parseJoins(p.parseTable())}
	}
	return left
}

// parseJoins parses the joins behind left.
func (p *parser) parseJoins(left ast.TableExpr) ast.TableExpr {
	for n := 0; ; n++ {
		p.chain(n)
		j := &ast.Join{At: p.at(), Left: left}
		start := p.tok()
		j.Natural = p.accept("NATURAL")
		switch {
		case p.accept("CROSS"):
			j.Kind = ast.CrossJoin
		case p.accept("INNER"), p.is("JOIN"):
			j.Kind = ast.InnerJoin
		case p.accept("LEFT"):
			j.Kind = ast.LeftJoin
		case p.accept("RIGHT"):
			j.Kind = ast.RightJoin
		case p.accept("FULL"):
			j.Kind = ast.FullJoin
		case p.is("OUTER", "APPLY"):
			p.unsupported(start, "OUTER APPLY")
		case p.is("ASOF", "JOIN"):
			p.unsupported(start, "ASOF JOIN")
		case j.Natural:
			p.failExpected("JOIN", "JOIN", "INNER", "LEFT", "RIGHT", "FULL")
		default:
			return left
		}
		if j.Kind >= ast.LeftJoin {
			p.accept("OUTER")
		}
		if p.is("APPLY") {
			p.unsupported(start, "CROSS APPLY")
		}
		if p.isAny("SEMI", "ANTI") {
			p.unsupported(p.tok(), p.tok().upper+" JOIN, which is written WHERE [NOT] EXISTS (…),")
		}
		p.expect("JOIN")
		j.Right = p.parseTable()
		p.joinCondition(j)
		left = j
	}
}

func (p *parser) joinCondition(j *ast.Join) {
	if j.Natural || j.Kind == ast.CrossJoin {
		if p.isAny("ON", "USING") {
			p.fail(p.errAt(p.tok(), "a %s JOIN has no condition", map[bool]string{true: "NATURAL", false: "CROSS"}[j.Natural]))
		}
		return
	}
	switch {
	case p.accept("ON"):
		j.On = p.expr()
	case p.accept("USING"):
		j.Using = p.identList("a column")
	default:
		p.failExpected("ON or USING", append([]string{"ON", "USING"}, clauseWords...)...)
	}
}

// parseTable parses one item of FROM.
func (p *parser) parseTable() ast.TableExpr {
	p.enter()
	defer p.leave()
	at := p.at()
	lateral := p.accept("LATERAL")
	switch {
	case p.tok().kind == tokenString && !lateral:
		f := &ast.FileRef{At: at, Path: p.stringLit("a path")}
		f.Alias = p.tableAlias()
		return f
	case p.is("TABLE"):
		return p.tableFunction(at, lateral)
	case p.is("UNNEST"):
		return p.parseUnnest(at)
	case p.acceptSymbol("("):
		return p.parenTable(at, lateral)
	case p.is("VALUES"):
		p.failExpectedHint("a table", "put VALUES in parentheses: FROM (VALUES …) AS t (a, b)")
	}
	name, call := p.tableOrCall()
	if call != nil {
		f := &ast.TableFunc{At: at, Lateral: lateral, Call: call}
		f.Alias = p.tableAlias()
		return f
	}
	if lateral {
		p.failExpectedHint(`"("`, "LATERAL stands before a query in parentheses or before TABLE(f(…))")
	}
	return p.tableRef(at, name)
}

// tableRef parses what may follow a table's name.
func (p *parser) tableRef(at ast.At, name *ast.Name) ast.TableExpr {
	r := &ast.TableRef{At: at, Name: name}
	r.Hints = p.parseHints()
	r.AsOf = p.parseAsOf()
	r.Alias = p.tableAlias()
	if r.AsOf == nil && r.Alias != nil && p.is("FOR") {
		p.failExpectedHint("a join or the end of FROM", "the alias stands behind FOR SYSTEM_TIME AS OF …")
	}
	return r
}

func (p *parser) parseAsOf() ast.Expr {
	if !p.accept("FOR") {
		return nil
	}
	p.expect("SYSTEM_TIME", "AS", "OF")
	// Above AND and OR, which cannot be part of a time.
	return p.parseExpr(precAnd + 1)
}

// tableFunction parses TABLE(f(…)).
func (p *parser) tableFunction(at ast.At, lateral bool) ast.TableExpr {
	p.expect("TABLE")
	if !p.isSymbol("(") {
		p.failExpectedHint(`"(" behind TABLE`, "a table is named without TABLE in FROM")
	}
	p.next()
	f := &ast.TableFunc{At: at, Lateral: lateral}
	t := p.tok()
	if f.Call = p.tableCall(); f.Call == nil {
		p.fail(p.errAt(t, "expected the call of a table function in TABLE(…)").
			WithHint("a table is named without TABLE in FROM"))
	}
	p.expectSymbol(")")
	f.Alias = p.tableAlias()
	return f
}

func (p *parser) tableCall() *ast.Call {
	if p.is("UNNEST") || !p.isIdent() {
		p.failExpected("a table function")
	}
	_, call := p.tableOrCall()
	return call
}

func (p *parser) parseUnnest(at ast.At) ast.TableExpr {
	u := &ast.Unnest{At: at}
	p.expect("UNNEST")
	u.Exprs = parenList(p, p.expr)
	if p.accept("WITH") {
		p.expect("ORDINALITY")
		u.Ordinality = true
	}
	u.Alias = p.tableAlias()
	return u
}

// parenTable parses a derived table, or joins in parentheses, when the opening
// one is taken.
func (p *parser) parenTable(at ast.At, lateral bool) ast.TableExpr {
	q, t := p.parenTableContents()
	if q != nil {
		d := &ast.Derived{At: at, Lateral: lateral, Query: q}
		if p.is("FOR") {
			p.unsupported(p.tok(), "FOR SYSTEM_TIME AS OF on a query")
		}
		d.Alias = p.tableAlias()
		return d
	}
	if lateral {
		p.unsupported(p.tok(), "LATERAL on joins in parentheses")
	}
	if p.is("AS") || p.isIdent() {
		p.unsupported(p.tok(), "an alias on joins in parentheses")
	}
	return t
}

// parenTableContents parses up to the closing parenthesis what turns out to be a
// query or joins; like parenContents it parses the inside once.
func (p *parser) parenTableContents() (*ast.Query, ast.TableExpr) {
	p.enter()
	defer p.leave()
	if p.startsQuery() {
		return p.queryInParens(), nil
	}
	at := p.at()
	var t ast.TableExpr
	if p.acceptSymbol("(") {
		q, inner := p.parenTableContents()
		if q != nil && p.continuesQuery() {
			q = p.parseQueryFrom(q)
		}
		if q != nil && p.acceptSymbol(")") {
			return q, nil
		}
		t = inner
		if q != nil {
			d := &ast.Derived{At: at, Query: q}
			d.Alias = p.tableAlias()
			t = d
		}
	} else {
		t = p.parseTable()
	}
	t = p.parseJoins(t)
	if !p.acceptSymbol(")") {
		p.failExpected(`")"`, clauseWords...)
	}
	return nil, t
}

// tableAlias parses [AS] name [(columns)], or nothing, and refuses what Flink's
// grammar allows around it.
func (p *parser) tableAlias() *ast.Alias {
	p.refuseTableSuffix()
	at := p.at()
	name := p.optionalAlias("an alias")
	if name == nil {
		return nil
	}
	a := &ast.Alias{At: at, Name: name}
	if p.isSymbol("(") {
		a.Columns = p.identList("a column")
	}
	p.refuseTableSuffix()
	return a
}

func (p *parser) refuseTableSuffix() {
	switch t := p.tok(); {
	case p.isAny("MATCH_RECOGNIZE", "PIVOT", "UNPIVOT", "TABLESAMPLE", "EXTEND"):
		p.unsupported(t, t.upper)
	}
}
