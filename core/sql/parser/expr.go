package parser

import (
	"github.com/weir-engine/weir/core/sql/ast"
)

// Precedences, as Flink's grammar has them: NOT below IS, || beside *.
const (
	precLowest     = 0
	precOr         = 10
	precAnd        = 20
	precNot        = 30
	precIs         = 40
	precComparison = 50
	precRange      = 60 // BETWEEN, IN, LIKE
	precAdditive   = 70
	precProduct    = 80
	precUnary      = 90
)

type binaryRule struct {
	op   ast.BinaryOp
	prec int
}

var binarySymbols = map[string]binaryRule{
	"=":  {ast.Equal, precComparison},
	"<>": {ast.NotEqual, precComparison},
	"!=": {ast.NotEqual, precComparison},
	"<":  {ast.Less, precComparison},
	"<=": {ast.LessEqual, precComparison},
	">":  {ast.Greater, precComparison},
	">=": {ast.GreaterEqual, precComparison},
	"+":  {ast.Add, precAdditive},
	"-":  {ast.Subtract, precAdditive},
	"*":  {ast.Multiply, precProduct},
	"/":  {ast.Divide, precProduct},
	"%":  {ast.Modulo, precProduct},
	"||": {ast.Concat, precProduct},
}

var binaryWords = map[string]binaryRule{
	"OR":       {ast.Or, precOr},
	"AND":      {ast.And, precAnd},
	"OVERLAPS": {ast.Overlaps, precComparison},
}

// infixRefused are infix words of Flink's grammar that this engine does not run.
var infixRefused = map[string]string{
	"RLIKE":       "RLIKE",
	"AT":          "AT TIME ZONE",
	"COLLATE":     "COLLATE",
	"MEMBER":      "MEMBER OF",
	"SUBMULTISET": "SUBMULTISET OF",
	"MULTISET":    "MULTISET UNION, INTERSECT or EXCEPT",
	"PRECEDES":    "PRECEDES",
	"SUCCEEDS":    "SUCCEEDS",
}

// parseExpr parses operators that bind at least as tightly as prec.
func (p *parser) parseExpr(prec int) ast.Expr {
	p.enter()
	defer p.leave()
	return p.parseInfix(p.parsePrefix(), prec)
}

func (p *parser) expr() ast.Expr { return p.parseExpr(precLowest) }

func (p *parser) exprList() []ast.Expr { return commaList(p, p.expr) }

// parsePrefix parses an operand with the signs and NOTs before it.
func (p *parser) parsePrefix() ast.Expr {
	at := p.at()
	switch {
	case p.accept("NOT"):
		return &ast.Unary{At: at, Op: ast.Not, X: p.parseExpr(precNot)}
	case p.acceptSymbol("-"):
		return &ast.Unary{At: at, Op: ast.Negate, X: p.parseExpr(precUnary)}
	case p.acceptSymbol("+"):
		return &ast.Unary{At: at, Op: ast.Plus, X: p.parseExpr(precUnary)}
	}
	return p.parsePostfix(p.parsePrimary())
}

// parsePostfix parses subscripts and fields behind an operand.
func (p *parser) parsePostfix(x ast.Expr) ast.Expr {
	for n := 0; ; n++ {
		p.chain(n)
		at := p.at()
		switch {
		case p.acceptSymbol("["):
			x = &ast.Subscript{At: at, X: x, Index: p.expr()}
			p.expectSymbol("]")
		case p.isSymbol(".") && p.peek(1).isSymbol("*"):
			p.next()
			p.unsupported(p.tok(), "all fields of a row (.*)")
		case p.acceptSymbol("."):
			x = &ast.FieldAccess{At: at, X: x, Field: p.ident("a field")}
		default:
			return x
		}
	}
}

// parseInfix parses the operators behind left, as long as they bind at least as
// tightly as prec.
func (p *parser) parseInfix(left ast.Expr, prec int) ast.Expr {
	for n := 0; ; n++ {
		p.chain(n)
		next := p.parseInfixOnce(left, prec)
		if next == nil {
			return left
		}
		left = next
	}
}

// parseInfixOnce parses one operator and what stands to its right; nil if none
// follows that binds tightly enough.
func (p *parser) parseInfixOnce(left ast.Expr, prec int) ast.Expr {
	t := p.tok()
	var rule binaryRule
	switch t.kind {
	case tokenSymbol:
		rule = binarySymbols[t.text]
	case tokenWord:
		rule = binaryWords[t.upper]
		if rule.prec == 0 {
			return p.parseInfixWord(left, prec)
		}
	}
	if rule.prec == 0 || rule.prec < prec {
		return nil
	}
	at := p.at()
	p.next()
	if rule.op >= ast.Equal && rule.op <= ast.GreaterEqual && p.isAny("ANY", "SOME", "ALL") && p.peek(1).isSymbol("(") {
		q := &ast.Quantified{At: at, Op: rule.op, X: left, All: p.next().upper == "ALL"}
		q.Query, q.List = p.parenOperand()
		return q
	}
	return &ast.Binary{At: at, Op: rule.op, Left: left, Right: p.parseExpr(rule.prec + 1)}
}

// parseInfixWord parses IS, [NOT] BETWEEN, [NOT] IN, [NOT] LIKE.
func (p *parser) parseInfixWord(left ast.Expr, prec int) ast.Expr {
	at := p.at()
	if p.is("IS") {
		if precIs < prec {
			return nil
		}
		p.next()
		return p.parseIs(at, left)
	}
	word, not := p.tok(), false
	if word.isWord("NOT") {
		word, not = p.peek(1), true
	}
	if construct := infixRefused[word.upper]; construct != "" && word.kind == tokenWord {
		p.unsupported(word, construct)
	}
	if precRange < prec || !p.isRangeWord(word) {
		return nil
	}
	p.accept("NOT")
	switch p.next().upper {
	case "BETWEEN":
		return p.parseBetween(at, left, not)
	case "IN":
		in := &ast.In{At: at, X: left, Not: not}
		in.Query, in.List = p.parenOperand()
		return in
	case "LIKE":
		return p.parseLike(at, ast.LikePattern, left, not)
	case "ILIKE":
		return p.parseLike(at, ast.ILikePattern, left, not)
	default:
		p.expect("TO")
		return p.parseLike(at, ast.SimilarPattern, left, not)
	}
}

func (p *parser) isRangeWord(t *token) bool {
	return t.isWord("BETWEEN") || t.isWord("IN") || t.isWord("LIKE") || t.isWord("ILIKE") || t.isWord("SIMILAR")
}

// parseIs parses what follows IS.
func (p *parser) parseIs(at ast.At, x ast.Expr) ast.Expr {
	not := p.accept("NOT")
	if p.accept("DISTINCT") {
		p.expect("FROM")
		op := ast.IsDistinctFrom
		if not {
			op = ast.IsNotDistinctFrom
		}
		return &ast.Binary{At: at, Op: op, Left: x, Right: p.parseExpr(precComparison + 1)}
	}
	is := &ast.Is{At: at, X: x, Not: not}
	switch t := p.tok(); {
	case p.accept("NULL"):
		is.Test = ast.IsNull
	case p.accept("TRUE"):
		is.Test = ast.IsTrue
	case p.accept("FALSE"):
		is.Test = ast.IsFalse
	case p.accept("UNKNOWN"):
		is.Test = ast.IsUnknown
	case p.accept("JSON"):
		is.Test = p.jsonKind()
	case p.isAny("A", "EMPTY", "NORMALIZED"):
		p.unsupported(t, "IS "+t.upper)
	default:
		p.failExpected("NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM or JSON", "NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT", "JSON")
	}
	return is
}

func (p *parser) jsonKind() ast.Truth {
	switch {
	case p.accept("OBJECT"):
		return ast.IsJSONObject
	case p.accept("ARRAY"):
		return ast.IsJSONArray
	case p.accept("SCALAR"):
		return ast.IsJSONScalar
	}
	p.accept("VALUE")
	return ast.IsJSON
}

func (p *parser) parseBetween(at ast.At, x ast.Expr, not bool) ast.Expr {
	b := &ast.Between{At: at, X: x, Not: not}
	if !p.accept("ASYMMETRIC") {
		b.Symmetric = p.accept("SYMMETRIC")
	}
	b.Low = p.parseExpr(precRange + 1)
	p.expect("AND")
	b.High = p.parseExpr(precRange + 1)
	return b
}

func (p *parser) parseLike(at ast.At, kind ast.LikeKind, x ast.Expr, not bool) ast.Expr {
	if p.isAny("ANY", "SOME", "ALL") {
		p.unsupported(p.tok(), "LIKE "+p.tok().upper)
	}
	l := &ast.Like{At: at, Kind: kind, X: x, Not: not, Pattern: p.parseExpr(precRange + 1)}
	if p.accept("ESCAPE") {
		l.Escape = p.parseExpr(precRange + 1)
	}
	return l
}

// parenOperand parses (query) or (expr, …).
func (p *parser) parenOperand() (*ast.Query, []ast.Expr) {
	p.expectSymbol("(")
	return p.parenContents()
}

// parenContents parses up to the closing parenthesis, when the opening one is
// taken, what turns out to be a query or a list of expressions. In
//
//	((SELECT 1) UNION (SELECT 2))    ((SELECT 1) + 2)
//
// what stands behind the inner parentheses decides. So the inside is parsed once,
// for what it is, and then continued as a query or as an operand.
func (p *parser) parenContents() (*ast.Query, []ast.Expr) {
	p.enter()
	defer p.leave()
	if p.startsQuery() {
		q := p.parseQuery()
		p.expectSymbol(")")
		return q, nil
	}
	var first ast.Expr
	if at := p.at(); p.acceptSymbol("(") {
		q, exprs := p.parenContents()
		if q != nil && p.continuesQuery() {
			q = p.parseQueryFrom(q)
		}
		if q != nil && p.acceptSymbol(")") {
			return q, nil
		}
		first = p.parseInfix(p.parsePostfix(p.parenthesised(at, q, exprs)), precLowest)
	} else {
		first = p.expr()
	}
	exprs := []ast.Expr{first}
	for p.acceptSymbol(",") {
		exprs = append(exprs, p.expr())
	}
	if !p.acceptSymbol(")") {
		p.failExpected(`")"`, clauseWords...)
	}
	return nil, exprs
}

// parenthesised is the operand that a pair of parentheses makes.
func (p *parser) parenthesised(at ast.At, q *ast.Query, exprs []ast.Expr) ast.Expr {
	if q != nil {
		return &ast.Subquery{At: at, Query: q}
	}
	if len(exprs) > 1 {
		return &ast.RowExpr{At: at, Elems: exprs}
	}
	diff, ok := exprs[0].(*ast.Binary)
	if ok && diff.Op == ast.Subtract && p.isAny("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND") {
		return &ast.DateDiff{At: at, Left: diff.Left, Right: diff.Right, Qualifier: p.intervalQualifier()}
	}
	return exprs[0]
}
