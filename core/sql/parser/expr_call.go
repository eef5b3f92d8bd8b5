package parser

import (
	"github.com/weir-engine/weir/core/sql/ast"
)

// parseArgs parses the arguments of a call and the closing parenthesis, when the
// opening one is taken.
func (p *parser) parseArgs(call *ast.Call) {
	if p.acceptSymbol(")") {
		return
	}
	if !p.accept("ALL") {
		call.Distinct = p.accept("DISTINCT")
	}
	call.Args = commaList(p, p.parseArg)
	if p.accept("ORDER", "BY") {
		call.OrderBy = commaList(p, p.orderItem)
	}
	if !p.acceptSymbol(")") {
		p.failExpected(`"," or ")"`, "ORDER")
	}
}

// parseArg parses one argument: an expression, or what only an argument can be.
func (p *parser) parseArg() ast.Expr {
	at := p.at()
	switch {
	case p.isSymbol("*") && (p.peek(1).isSymbol(")") || p.peek(1).isSymbol(",")):
		p.next()
		return &ast.Star{At: at}
	case p.peek(1).isSymbol("=>"):
		name := p.ident("the name of an argument")
		p.next()
		p.enter()
		defer p.leave()
		return &ast.NamedArg{At: at, Name: name, Value: p.parseArg()}
	case p.is("TABLE"):
		return p.parseTableArg()
	case p.is("DESCRIPTOR") && p.peek(1).isSymbol("("):
		p.next()
		return &ast.Descriptor{At: at, Columns: p.identList("a column")}
	case p.accept("DEFAULT"):
		return &ast.DefaultArg{At: at}
	case p.is("MODEL") && isIdentToken(p.peek(1)):
		p.unsupported(p.tok(), "MODEL as an argument")
	}
	x := p.expr()
	if sub, ok := x.(*ast.Subquery); ok && p.is("PARTITION") {
		return p.tableArgSuffix(&ast.TableArg{At: at, Query: sub.Query})
	}
	return x
}

// parseTableArg parses TABLE t, TABLE(query) or TABLE(f(…)), with PARTITION BY and ORDER BY.
func (p *parser) parseTableArg() ast.Expr {
	arg := &ast.TableArg{At: p.at()}
	p.expect("TABLE")
	switch {
	case !p.acceptSymbol("("):
		arg.Table = p.name("a table")
		if p.isSymbol("(") {
			p.failExpectedHint(`"," or ")"`, "a table function stands in parentheses: TABLE(f(…))")
		}
	case p.startsQuery() || p.isSymbol("("):
		t := p.tok()
		q, _ := p.parenContents()
		if q == nil {
			p.fail(p.errAt(t, "expected a query or a table, found %s", t.describe()))
		}
		arg.Query = q
	default:
		arg.Table, arg.Func = p.tableOrCall()
		p.expectSymbol(")")
	}
	return p.tableArgSuffix(arg)
}

// tableOrCall parses a table's name or the call of a table function.
func (p *parser) tableOrCall() (*ast.Name, *ast.Call) {
	at := p.at()
	n := p.name("a table or a table function")
	if !p.acceptSymbol("(") {
		return n, nil
	}
	p.enter()
	defer p.leave()
	call := &ast.Call{At: at, Name: n}
	p.parseArgs(call)
	return nil, call
}

// tableArgSuffix parses PARTITION BY and ORDER BY. Of more than one key the list
// stands in parentheses, since a comma begins the next argument.
func (p *parser) tableArgSuffix(arg *ast.TableArg) ast.Expr {
	if p.accept("PARTITION", "BY") {
		if p.isSymbol("(") {
			_, arg.PartitionBy = p.parenOperand()
		} else {
			arg.PartitionBy = []ast.Expr{p.expr()}
		}
		if len(arg.PartitionBy) == 0 {
			p.failExpected("columns to partition by")
		}
	}
	if p.accept("ORDER", "BY") {
		if p.isSymbol("(") {
			arg.OrderBy = parenList(p, p.orderItem)
		} else {
			arg.OrderBy = []*ast.OrderItem{p.orderItem()}
		}
	}
	return arg
}

// parseCallSuffix parses what may follow the parentheses of a call.
func (p *parser) parseCallSuffix(call *ast.Call) ast.Expr {
	switch {
	case p.accept("IGNORE", "NULLS"):
		call.Nulls = ast.IgnoreNulls
	case p.accept("RESPECT", "NULLS"):
		call.Nulls = ast.RespectNulls
	}
	if p.is("WITHIN", "DISTINCT") {
		p.unsupported(p.tok(), "WITHIN DISTINCT")
	}
	if p.accept("WITHIN") {
		p.expect("GROUP")
		p.expectSymbol("(")
		p.expect("ORDER", "BY")
		call.WithinGroup = commaList(p, p.orderItem)
		p.expectSymbol(")")
	}
	call.Filter = p.parseFilter()
	call.Over = p.parseOver()
	return call
}

func (p *parser) parseFilter() ast.Expr {
	if !p.accept("FILTER") {
		return nil
	}
	p.expectSymbol("(")
	p.expect("WHERE")
	cond := p.expr()
	p.expectSymbol(")")
	return cond
}

func (p *parser) parseOver() *ast.Window {
	if !p.accept("OVER") {
		return nil
	}
	at := p.at()
	if p.isSymbol("(") {
		return p.parseWindow()
	}
	return &ast.Window{At: at, Bare: true, Base: p.ident(`a window or "("`)}
}

// specialCalls are the functions with a syntax of their own. They are filled in
// init, since they call the parser that looks them up.
var specialCalls map[string]func(p *parser) ast.Expr

func init() {
	specialCalls = map[string]func(p *parser) ast.Expr{
		"EXTRACT":       (*parser).parseExtract,
		"FLOOR":         (*parser).parseRounding,
		"CEIL":          (*parser).parseRounding,
		"CEILING":       (*parser).parseRounding,
		"TRIM":          (*parser).parseTrim,
		"SUBSTRING":     (*parser).parseSubstring,
		"POSITION":      (*parser).parsePosition,
		"OVERLAY":       (*parser).parseOverlay,
		"TIMESTAMPADD":  (*parser).parseTimestampCall,
		"TIMESTAMPDIFF": (*parser).parseTimestampCall,
	}
}

// beginCall takes a name and the opening parenthesis.
func (p *parser) beginCall() *ast.Call {
	call := &ast.Call{At: p.at(), Name: simpleName(p.tok())}
	p.next()
	p.expectSymbol("(")
	return call
}

func (p *parser) endCall(call *ast.Call) ast.Expr {
	if !p.acceptSymbol(")") {
		p.failExpected(`")"`)
	}
	return call
}

func (p *parser) parseExtract() ast.Expr {
	call := p.beginCall()
	unit := p.unitSymbol()
	p.expect("FROM")
	call.Args = []ast.Expr{unit, p.expr()}
	return p.endCall(call)
}

func (p *parser) parseRounding() ast.Expr {
	call := p.beginCall()
	call.Args = p.exprList()
	if len(call.Args) == 1 && p.accept("TO") {
		call.Args = append(call.Args, p.unitSymbol())
	}
	return p.endCall(call)
}

func (p *parser) parseTimestampCall() ast.Expr {
	call := p.beginCall()
	call.Args = []ast.Expr{p.unitSymbol()}
	for p.acceptSymbol(",") {
		call.Args = append(call.Args, p.expr())
	}
	return p.endCall(call)
}

func (p *parser) parseTrim() ast.Expr {
	call := p.beginCall()
	at := p.at()
	side := &ast.Symbol{At: at, Word: "BOTH"}
	if p.isAny("BOTH", "LEADING", "TRAILING") {
		side.Word = p.next().upper
		if p.accept("FROM") {
			call.Args = []ast.Expr{side, p.expr()}
			return p.endCall(call)
		}
		chars := p.expr()
		p.expect("FROM")
		call.Args = []ast.Expr{side, chars, p.expr()}
		return p.endCall(call)
	}
	x := p.expr()
	if p.accept("FROM") {
		call.Args = []ast.Expr{side, x, p.expr()}
	} else {
		call.Args = []ast.Expr{x}
	}
	return p.endCall(call)
}

func (p *parser) parseSubstring() ast.Expr {
	call := p.beginCall()
	call.Args = p.exprList()
	if len(call.Args) == 1 && p.accept("FROM") {
		call.Args = append(call.Args, p.expr())
		if p.accept("FOR") {
			call.Args = append(call.Args, p.expr())
		}
	}
	return p.endCall(call)
}

func (p *parser) parsePosition() ast.Expr {
	call := p.beginCall()
	// IN separates here, so the first argument stops before it.
	needle := p.parseExpr(precRange + 1)
	if !p.accept("IN") {
		p.expectSymbol(",")
	}
	call.Args = []ast.Expr{needle, p.expr()}
	if p.accept("FROM") || p.acceptSymbol(",") {
		call.Args = append(call.Args, p.expr())
	}
	return p.endCall(call)
}

func (p *parser) parseOverlay() ast.Expr {
	call := p.beginCall()
	x := p.expr()
	if !p.accept("PLACING") {
		p.failExpected("PLACING", "PLACING")
	}
	call.Args = []ast.Expr{x, p.expr()}
	p.expect("FROM")
	call.Args = append(call.Args, p.expr())
	if p.accept("FOR") {
		call.Args = append(call.Args, p.expr())
	}
	return p.endCall(call)
}
