package parser

import "github.com/weir-engine/weir/core/sql/ast"

// orderItem parses one key of ORDER BY.
func (p *parser) orderItem() *ast.OrderItem {
	o := &ast.OrderItem{At: p.at(), Expr: p.expr()}
	if !p.accept("ASC") {
		o.Desc = p.accept("DESC")
	}
	if p.accept("NULLS") {
		o.Nulls = ast.NullsLast
		if p.expectOne("FIRST", "LAST") == "FIRST" {
			o.Nulls = ast.NullsFirst
		}
	}
	return o
}

func (p *parser) parseGroupBy() *ast.GroupBy {
	g := &ast.GroupBy{At: p.at()}
	if !p.accept("ALL") {
		g.Distinct = p.accept("DISTINCT")
	} else if p.tok().kind == tokenEOF || p.isSymbol(")") {
		p.i--
		p.unsupported(p.tok(), "GROUP BY ALL")
	}
	g.Items = commaList(p, p.groupItem)
	return g
}

// groupItem parses a key, (), (a, b), ROLLUP(…), CUBE(…) or GROUPING SETS (…).
func (p *parser) groupItem() *ast.GroupItem {
	p.enter()
	defer p.leave()
	g := &ast.GroupItem{At: p.at()}
	switch {
	case p.accept("GROUPING", "SETS"):
		g.Kind = ast.GroupSets
		g.Items = parenList(p, p.groupItem)
	case p.accept("ROLLUP"):
		g.Kind = ast.Rollup
		g.Items = parenList(p, p.groupKey)
	case p.accept("CUBE"):
		g.Kind = ast.Cube
		g.Items = parenList(p, p.groupKey)
	default:
		return p.groupKey()
	}
	return g
}

func (p *parser) groupKey() *ast.GroupItem {
	g := &ast.GroupItem{At: p.at()}
	if p.isSymbol("(") && p.peek(1).isSymbol(")") {
		p.next()
		p.next()
		return g
	}
	x := p.expr()
	if row, ok := x.(*ast.RowExpr); ok && !row.Explicit {
		g.Exprs = row.Elems
	} else {
		g.Exprs = []ast.Expr{x}
	}
	return g
}

func (p *parser) namedWindow() *ast.NamedWindow {
	w := &ast.NamedWindow{At: p.at(), Name: p.ident("the name of a window")}
	p.expect("AS")
	w.Spec = p.parseWindow()
	return w
}

// parseWindow parses ([base] [PARTITION BY …] [ORDER BY …] [frame]).
func (p *parser) parseWindow() *ast.Window {
	w := &ast.Window{At: p.at()}
	p.expectSymbol("(")
	if p.isIdent() {
		w.Base = p.ident("a window")
	}
	if p.accept("PARTITION") {
		p.expect("BY")
		w.PartitionBy = p.exprList()
	}
	if p.accept("ORDER") {
		p.expect("BY")
		w.OrderBy = commaList(p, p.orderItem)
	}
	if p.isAny("ROWS", "RANGE") {
		w.Frame = p.parseFrame()
	}
	if p.isAny("ALLOW", "DISALLOW", "GROUPS", "EXCLUDE") {
		p.unsupported(p.tok(), p.tok().upper+" in a window")
	}
	if !p.acceptSymbol(")") {
		p.failExpected(`")"`, "PARTITION", "ORDER", "ROWS", "RANGE")
	}
	return w
}

func (p *parser) parseFrame() *ast.Frame {
	f := &ast.Frame{At: p.at()}
	if p.next().upper == "RANGE" {
		f.Unit = ast.Range
	}
	if !p.accept("BETWEEN") {
		f.Start = p.frameBound()
		return f
	}
	f.Start = p.frameBound()
	p.expect("AND")
	f.End = p.frameBound()
	return f
}

func (p *parser) frameBound() *ast.FrameBound {
	b := &ast.FrameBound{At: p.at()}
	switch {
	case p.accept("CURRENT", "ROW"):
		b.Kind = ast.CurrentRow
	case p.accept("UNBOUNDED", "PRECEDING"):
		b.Kind = ast.UnboundedPreceding
	case p.accept("UNBOUNDED", "FOLLOWING"):
		b.Kind = ast.UnboundedFollowing
	case p.is("UNBOUNDED"), p.is("CURRENT"):
		p.next()
		p.failExpected("a frame bound", "PRECEDING", "FOLLOWING", "ROW")
	default:
		// AND ends the bound of BETWEEN.
		b.Offset = p.parseExpr(precAnd + 1)
		b.Kind = ast.Following
		if p.expectOne("PRECEDING", "FOLLOWING") == "PRECEDING" {
			b.Kind = ast.Preceding
		}
	}
	return b
}

// parseHints parses /*+ NAME(args), … */, if one stands here.
func (p *parser) parseHints() []*ast.Hint {
	if p.tok().kind != tokenHint {
		return nil
	}
	p.next()
	var hints []*ast.Hint
	for !p.acceptSymbol("*/") {
		if len(hints) > 0 {
			p.acceptSymbol(",")
		}
		hints = append(hints, p.parseHint())
	}
	return hints
}

func (p *parser) parseHint() *ast.Hint {
	h := &ast.Hint{At: p.at()}
	t := p.tok()
	if t.kind != tokenWord && t.kind != tokenQuoted {
		p.failExpected("the name of a hint")
	}
	p.next()
	h.Name = &ast.Ident{At: h.At, Text: t.text}
	if !p.acceptSymbol("(") {
		return h
	}
	if p.acceptSymbol(")") {
		return h
	}
	h.Args = commaList(p, p.hintArg)
	p.expectSymbol(")")
	return h
}

// hintArg parses 'key' = 'value', or a value alone.
func (p *parser) hintArg() *ast.HintArg {
	a := &ast.HintArg{At: p.at()}
	if k := p.tok(); p.peek(1).isSymbol("=") && (k.kind == tokenString || isIdentToken(k)) {
		a.Key = k.text
		if a.Key == "" {
			p.fail(p.errAt(k, "the key of an option is empty"))
		}
		p.next()
		p.next()
	}
	switch t := p.tok(); {
	case t.kind == tokenString:
		a.Value = p.stringLit("a value")
	case t.kind == tokenInteger:
		a.Value = p.rowCount()
	case p.isIdent():
		n := p.name("a name")
		a.Value = &ast.ColumnRef{At: n.At, Parts: n.Parts}
	default:
		p.failExpected("a string, a number or a name")
	}
	return a
}
