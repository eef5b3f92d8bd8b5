package parser

import (
	"errors"
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// maxDepth bounds the nesting of expressions, queries and types, and with it the
// stack of everyone who walks the tree. maxChain bounds a + b + c + …, whose tree
// is as deep as it is long.
const (
	maxDepth = 400
	maxChain = 20000
)

// ParseScript parses all statements of a text. After an error it gives the
// statements before it.
func ParseScript(text string) ([]ast.Statement, error) {
	var list []ast.Statement
	s := NewSplitter(text)
	for {
		piece, ok := s.Next()
		if !ok {
			if piece, ok = s.Rest(); !ok {
				return list, nil
			}
		}
		stmt, err := piece.Parse()
		if err != nil {
			return list, withText(err, text)
		}
		list = append(list, stmt)
	}
}

// ParseStatement parses a text of one statement; a semicolon may end it.
func ParseStatement(text string) (ast.Statement, error) {
	s := NewSplitter(text)
	piece, ok := s.Next()
	if !ok {
		piece, ok = s.Rest()
	}
	if !ok {
		return nil, withText(sqlerr.New(sqlerr.Syntax, piece.Pos, "expected a statement, found nothing"), text)
	}
	stmt, err := piece.Parse()
	if err != nil {
		return nil, withText(err, text)
	}
	if more, ok := s.Next(); ok {
		return nil, withText(secondStatement(more), text)
	}
	if more, ok := s.Rest(); ok {
		return nil, withText(secondStatement(more), text)
	}
	return stmt, nil
}

func secondStatement(more Piece) error {
	return sqlerr.New(sqlerr.Syntax, more.Pos, "expected one statement, found a second")
}

// Parse parses the statement of a Piece. Positions are those in the whole script.
func (piece Piece) Parse() (stmt ast.Statement, err error) {
	p := &parser{piece: piece, toks: piece.tokens}
	defer p.catch(&err)
	stmt = p.parseStatement()
	p.expectEnd()
	return stmt, nil
}

// ParseExpr parses a text that is one expression.
func ParseExpr(text string) (e ast.Expr, err error) {
	l := newLexer(text)
	var toks []token
	for len(toks) == 0 || toks[len(toks)-1].kind != tokenEOF {
		toks = append(toks, l.next())
	}
	p := &parser{piece: Piece{source: text}, toks: toks}
	defer func() { err = withText(err, text) }()
	defer p.catch(&err)
	e = p.parseExpr(precLowest)
	p.expectEnd()
	return e, nil
}

// withText gives an error the line it points into.
func withText(err error, text string) error {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		e.WithText("", text)
	}
	return err
}

// parser reads the tokens of one statement. toks always ends in tokenEOF.
type parser struct {
	piece Piece
	toks  []token
	i     int
	depth int
}

// bailout carries an error out of the descent; it is caught at the exported functions.
type bailout struct{ err *sqlerr.Error }

func (p *parser) catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case bailout:
		*err = r.err
	default:
		panic(r)
	}
}

func (p *parser) fail(e *sqlerr.Error) { panic(bailout{e}) }

// enter goes one level deeper; the caller defers leave.
func (p *parser) enter() {
	p.depth++
	if p.depth > maxDepth {
		p.fail(sqlerr.New(sqlerr.Syntax, p.tok().pos, "the statement is nested more than %d levels deep", maxDepth).
			WithHint("name inner parts with WITH or CREATE VIEW"))
	}
}

func (p *parser) leave() { p.depth-- }

// chain checks the length of a chain of operators on one level.
func (p *parser) chain(n int) {
	if n > maxChain {
		p.fail(sqlerr.New(sqlerr.Syntax, p.tok().pos, "more than %d operators in one chain", maxChain).
			WithHint("IN (…), VALUES or a join say the same in less"))
	}
}

func (p *parser) tok() *token { return &p.toks[p.i] }

// peek is the token n places ahead.
func (p *parser) peek(n int) *token {
	return &p.toks[min(p.i+n, len(p.toks)-1)]
}

func (p *parser) at() ast.At { return ast.At(p.tok().pos) }

// is reports whether the next tokens are these keywords, in upper case.
func (p *parser) is(words ...string) bool {
	for n, w := range words {
		if !p.peek(n).isWord(w) {
			return false
		}
	}
	return true
}

// isAny reports whether the next token is one of these keywords.
func (p *parser) isAny(words ...string) bool {
	for _, w := range words {
		if p.tok().isWord(w) {
			return true
		}
	}
	return false
}

func (p *parser) isSymbol(s string) bool { return p.tok().isSymbol(s) }

// next takes the next token. The last one, tokenEOF, stays.
func (p *parser) next() *token {
	t := p.tok()
	if p.i < len(p.toks)-1 {
		p.i++
	}
	return t
}

// accept takes these keywords if they come next.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.i += len(words)
	return true
}

func (p *parser) acceptSymbol(s string) bool {
	if !p.isSymbol(s) {
		return false
	}
	p.next()
	return true
}

// expect takes these keywords, one after the other.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.failExpected(w, w)
		}
	}
}

// expectOne takes one of these keywords and says which.
func (p *parser) expectOne(words ...string) string {
	for _, w := range words {
		if p.accept(w) {
			return w
		}
	}
	p.failExpected(orList(words), words...)
	return ""
}

func (p *parser) expectSymbol(s string) {
	if !p.acceptSymbol(s) {
		p.failExpected(`"` + s + `"`)
	}
}

// expectEnd checks that nothing is left.
func (p *parser) expectEnd() {
	if p.tok().kind != tokenEOF {
		p.failExpected("the end of the statement", clauseWords...)
	}
}

// ident takes an identifier; what names it in the error.
func (p *parser) ident(what string) *ast.Ident {
	t := p.tok()
	if !p.isIdent() {
		p.failIdent(what)
	}
	p.next()
	return &ast.Ident{At: ast.At(t.pos), Text: t.text}
}

// isIdent reports whether the next token can be an identifier.
func (p *parser) isIdent() bool { return isIdentToken(p.tok()) }

func isIdentToken(t *token) bool {
	return t.kind == tokenQuoted || t.kind == tokenWord && !ast.IsReserved(t.upper)
}

// name takes a possibly qualified name.
func (p *parser) name(what string) *ast.Name {
	n := &ast.Name{At: p.at(), Parts: []*ast.Ident{p.ident(what)}}
	for p.acceptSymbol(".") {
		n.Parts = append(n.Parts, p.ident(what))
	}
	return n
}

// identList takes (a, b, c).
func (p *parser) identList(what string) []*ast.Ident {
	return parenList(p, func() *ast.Ident { return p.ident(what) })
}

// parenList takes one or more items in parentheses.
func parenList[T any](p *parser, item func() T) []T {
	p.expectSymbol("(")
	list := commaList(p, item)
	if !p.acceptSymbol(")") {
		p.failExpected(`"," or ")"`)
	}
	return list
}

// commaList takes one or more items.
func commaList[T any](p *parser, item func() T) []T {
	list := []T{item()}
	for p.acceptSymbol(",") {
		list = append(list, item())
	}
	return list
}

// stringLit takes a string.
func (p *parser) stringLit(what string) *ast.StringLit {
	t := p.tok()
	if t.kind != tokenString {
		p.failExpectedHint(what, "a string is written in single quotes: '…'")
	}
	p.next()
	return &ast.StringLit{At: ast.At(t.pos), Value: t.text, Charset: t.charset}
}

// optionalString takes a string behind a keyword, or nothing.
func (p *parser) optionalString(keyword string) *ast.StringLit {
	if !p.accept(keyword) {
		return nil
	}
	return p.stringLit("a string behind " + keyword)
}

// count takes an unsigned integer that fits an int.
func (p *parser) count(what string) int {
	t := p.tok()
	if t.kind != tokenInteger {
		p.failExpected(what)
	}
	n := 0
	for _, c := range t.text {
		n = n*10 + int(c-'0')
		if n > 1<<31-1 {
			p.fail(p.errAt(t, "%s is too large", strings.TrimLeft(what, "an ")))
		}
	}
	p.next()
	return n
}
