package parser

import (
	"encoding/hex"

	"github.com/weir-engine/weir/core/sql/ast"
)

// primaryRefused are words that begin operands of Flink's grammar which this engine does not run.
var primaryRefused = map[string]string{
	"MULTISET":        "MULTISET[…]",
	"CURSOR":          "CURSOR",
	"UNIQUE":          "UNIQUE (query)",
	"PERIOD":          "PERIOD",
	"CONVERT":         "CONVERT … USING",
	"SAFE_CAST":       "SAFE_CAST, which is spelt TRY_CAST,",
	"TREAT":           "TREAT",
	"NEW":             "NEW",
	"CLASSIFIER":      "CLASSIFIER",
	"MATCH_NUMBER":    "MATCH_NUMBER",
	"CURRENT":         "CURRENT",
	"TIMESTAMP_TRUNC": "TIMESTAMP_TRUNC",
	"TIMESTAMP_DIFF":  "TIMESTAMP_DIFF",
}

// parsePrimary parses an operand without the operators around it.
func (p *parser) parsePrimary() ast.Expr {
	t, at := p.tok(), p.at()
	switch t.kind {
	case tokenInteger:
		p.next()
		return &ast.NumberLit{At: at, Text: t.text, Kind: ast.Integer}
	case tokenDecimal:
		p.next()
		return &ast.NumberLit{At: at, Text: t.text, Kind: ast.Decimal}
	case tokenDouble:
		p.next()
		return &ast.NumberLit{At: at, Text: t.text, Kind: ast.Double}
	case tokenString:
		return p.stringLit("a string")
	case tokenBinary:
		p.next()
		value, err := hex.DecodeString(t.text)
		if err != nil {
			p.fail(p.errAt(t, "a binary string holds pairs of hexadecimal digits"))
		}
		return &ast.BinaryLit{At: at, Value: value}
	case tokenQuoted:
		return p.parseNameOrCall()
	case tokenWord:
		return p.parseWord()
	case tokenSymbol:
		if p.acceptSymbol("(") {
			q, exprs := p.parenContents()
			return p.parenthesised(at, q, exprs)
		}
	}
	p.failExpected("an expression")
	return nil
}

// parseWord parses an operand that begins with a word.
func (p *parser) parseWord() ast.Expr {
	t, at := p.tok(), p.at()
	calls := p.peek(1).isSymbol("(")
	switch t.upper {
	case "NULL":
		p.next()
		return &ast.NullLit{At: at}
	case "UNKNOWN":
		p.next()
		return &ast.NullLit{At: at, Unknown: true}
	case "TRUE", "FALSE":
		p.next()
		return &ast.BoolLit{At: at, Value: t.upper == "TRUE"}
	case "DATE", "TIME", "TIMESTAMP":
		if !calls {
			return p.parseDatetime()
		}
	case "INTERVAL":
		return p.parseInterval()
	case "CASE":
		return p.parseCase()
	case "CAST", "TRY_CAST":
		return p.parseCast()
	case "EXISTS":
		return p.parseExists()
	case "ARRAY":
		return p.parseArray()
	case "ROW":
		return p.parseRow()
	case "MAP":
		if p.peek(1).isSymbol("[") {
			return p.parseMap()
		}
	case "JSON_VALUE", "JSON_QUERY", "JSON_EXISTS", "JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG", "JSON_ARRAYAGG":
		return p.parseJSONCall()
	case "NEXT":
		p.unsupported(t, "NEXT VALUE FOR")
	}
	if calls && specialCalls[t.upper] != nil {
		return specialCalls[t.upper](p)
	}
	if construct := primaryRefused[t.upper]; construct != "" {
		p.unsupported(t, construct)
	}
	return p.parseNameOrCall()
}

// parseNameOrCall parses a column, or a call of a function with ordinary syntax.
func (p *parser) parseNameOrCall() ast.Expr {
	t, at := p.tok(), p.at()
	calls := p.peek(1).isSymbol("(")
	if !p.isIdent() {
		switch {
		case calls && ast.IsCallable(t.upper):
		case ast.IsBareFunction(t.upper) && !calls:
			p.next()
			return &ast.Call{At: at, Name: simpleName(t), NoParens: true}
		case p.isAny("SELECT", "WITH", "VALUES"):
			p.failExpectedHint("an expression", "a query that gives a value stands in parentheses")
		case isClauseEnd(t.upper):
			p.failExpected("an expression")
		default:
			p.failIdent("an expression")
		}
	}
	p.next()
	parts := []*ast.Ident{{At: at, Text: t.text}}
	for p.isSymbol(".") && isIdentToken(p.peek(1)) {
		p.next()
		parts = append(parts, p.ident("a name"))
	}
	if p.acceptSymbol("(") {
		call := &ast.Call{At: at, Name: &ast.Name{At: at, Parts: parts}}
		p.parseArgs(call)
		return p.parseCallSuffix(call)
	}
	if p.isSymbol(".") && !p.peek(1).isSymbol("*") {
		p.next()
		p.failIdent("a column")
	}
	return &ast.ColumnRef{At: at, Parts: parts}
}

// isClauseEnd reports whether a reserved word, where an operand was expected, is
// surely no attempt at a name.
func isClauseEnd(upper string) bool {
	switch upper {
	case "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT",
		"EXCEPT", "AS", "ON", "AND", "OR", "THEN", "ELSE", "WHEN", "IN", "LIKE", "BETWEEN", "IS", "JOIN":
		return true
	}
	return false
}

func simpleName(t *token) *ast.Name {
	return &ast.Name{At: ast.At(t.pos), Parts: []*ast.Ident{{At: ast.At(t.pos), Text: t.text}}}
}

func (p *parser) parseCase() ast.Expr {
	c := &ast.Case{At: p.at()}
	p.expect("CASE")
	if !p.is("WHEN") {
		c.Operand = p.expr()
	}
	for p.is("WHEN") {
		w := &ast.When{At: p.at()}
		p.next()
		if c.Operand != nil {
			w.Conds = p.exprList()
		} else {
			w.Conds = []ast.Expr{p.expr()}
		}
		p.expect("THEN")
		w.Then = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.failExpected("WHEN", "WHEN")
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	p.expect("END")
	return c
}

func (p *parser) parseCast() ast.Expr {
	c := &ast.Cast{At: p.at(), Try: p.next().upper == "TRY_CAST"}
	p.expectSymbol("(")
	c.X = p.expr()
	p.expect("AS")
	c.Type = p.parseType()
	if p.is("FORMAT") {
		p.unsupported(p.tok(), "CAST … FORMAT")
	}
	p.expectSymbol(")")
	return c
}

func (p *parser) parseExists() ast.Expr {
	e := &ast.Exists{At: p.at()}
	p.expect("EXISTS")
	t := p.peek(1)
	q, _ := p.parenOperand()
	if q == nil {
		p.fail(p.errAt(t, "expected a query in EXISTS (…), found %s", t.describe()))
	}
	e.Query = q
	return e
}

func (p *parser) parseArray() ast.Expr {
	a := &ast.ArrayExpr{At: p.at()}
	p.expect("ARRAY")
	if p.isSymbol("(") {
		p.unsupported(p.tok(), "ARRAY(query)")
	}
	a.Elems = p.bracketList()
	return a
}

func (p *parser) parseMap() ast.Expr {
	m, t := &ast.MapExpr{At: p.at()}, p.tok()
	p.expect("MAP")
	elems := p.bracketList()
	if len(elems)%2 != 0 {
		p.fail(p.errAt(t, "MAP[…] needs a value for each key").WithHint("write MAP['k1', v1, 'k2', v2]"))
	}
	for i := 0; i < len(elems); i += 2 {
		m.Keys = append(m.Keys, elems[i])
		m.Values = append(m.Values, elems[i+1])
	}
	return m
}

// bracketList parses [a, b, c], perhaps empty.
func (p *parser) bracketList() []ast.Expr {
	p.expectSymbol("[")
	if p.acceptSymbol("]") {
		return nil
	}
	elems := p.exprList()
	p.expectSymbol("]")
	return elems
}

func (p *parser) parseRow() ast.Expr {
	r := &ast.RowExpr{At: p.at(), Explicit: true}
	p.expect("ROW")
	p.expectSymbol("(")
	if p.acceptSymbol(")") {
		return r
	}
	r.Elems = p.exprList()
	if p.is("AS") {
		p.unsupported(p.tok(), "a field name in ROW(…)")
	}
	p.expectSymbol(")")
	return r
}
