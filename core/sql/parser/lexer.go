package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/sqlerr"
)

// lexer cuts a text into tokens. It never fails: what is no token comes as
// tokenIllegal, and whoever meets it raises its error. That lets the Splitter and
// an unquoted SET pass over text that is no SQL.
type lexer struct {
	text   string
	off    int // into text
	base   int // offset of text in the script
	line   int
	column int
}

func newLexer(text string) *lexer { return &lexer{text: text, line: 1, column: 1} }

func (l *lexer) pos() sqlerr.Pos {
	return sqlerr.Pos{Offset: l.base + l.off, Line: l.line, Column: l.column}
}

// peek is the byte n places ahead, or 0 behind the end.
func (l *lexer) peek(n int) byte {
	if l.off+n < len(l.text) {
		return l.text[l.off+n]
	}
	return 0
}

// advance moves over n bytes.
func (l *lexer) advance(n int) {
	for end := l.off + n; l.off < end; {
		c := l.text[l.off]
		if c == '\n' {
			l.line++
			l.column = 1
			l.off++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(l.text[l.off:])
		}
		l.column++
		l.off += size
	}
}

// next is the next token; behind the end it is tokenEOF for ever.
func (l *lexer) next() token {
	if bad := l.skipSpace(); bad != nil {
		return *bad
	}
	t := token{pos: l.pos()}
	l.scan(&t)
	t.end = l.pos()
	if t.err != nil {
		t.kind = tokenIllegal
		t.err.Pos = t.pos
		t.err.Code = sqlerr.Syntax
		if t.err.Width == 0 {
			t.err.Width = t.width()
		}
	}
	return t
}

func (l *lexer) scan(t *token) {
	if l.off >= len(l.text) {
		return
	}
	switch c := l.text[l.off]; {
	case c == '\'':
		l.scanString(t, 0)
	case c == '`':
		l.scanQuoted(t)
	case c >= '0' && c <= '9', c == '.' && isDigit(l.peek(1)):
		l.scanNumber(t)
	case l.scanPrefixed(t):
	case l.identLength() > 0:
		t.kind = tokenWord
		t.text = l.text[l.off : l.off+l.identLength()]
		t.upper = strings.ToUpper(t.text)
		l.advance(len(t.text))
	default:
		l.scanSymbol(t)
	}
}

// skipSpace passes white space and comments. A comment without an end is illegal.
func (l *lexer) skipSpace() *token {
	for l.off < len(l.text) {
		c := l.text[l.off]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			l.advance(1)
		case strings.HasPrefix(l.text[l.off:], "\ufeff"): // byte order mark
			l.off += len("\ufeff")
		case c == '-' && l.peek(1) == '-', c == '/' && l.peek(1) == '/':
			end := strings.IndexByte(l.text[l.off:], '\n')
			if end < 0 {
				end = len(l.text) - l.off
			}
			l.advance(end)
		case c == '/' && l.peek(1) == '*' && l.peek(2) != '+':
			end := strings.Index(l.text[l.off+2:], "*/")
			if end < 0 {
				t := token{kind: tokenIllegal, text: "/*", pos: l.pos()}
				t.err = sqlerr.New(sqlerr.Syntax, t.pos, "this comment has no end").WithHint("close it with */")
				t.err.Width = 2
				l.advance(len(l.text) - l.off)
				t.end = l.pos()
				return &t
			}
			l.advance(end + 4)
		default:
			return nil
		}
	}
	return nil
}

// identLength is the length in bytes of the identifier at the current place, or 0.
func (l *lexer) identLength() int {
	n := 0
	for i, r := range l.text[l.off:] {
		if !isIdentRune(r, i > 0) {
			break
		}
		n = i + utf8.RuneLen(r)
	}
	return n
}

func isIdentRune(r rune, inside bool) bool {
	switch {
	case r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return true
	case r >= '0' && r <= '9':
		return inside
	case r < utf8.RuneSelf || r == utf8.RuneError || r == '\ufeff':
		return false
	}
	return unicode.IsLetter(r) || inside && (unicode.IsDigit(r) || unicode.IsMark(r))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// scanNumber reads 42, 4.2, .5, 4., 42e0, 4.2e-1.
func (l *lexer) scanNumber(t *token) {
	rest := l.text[l.off:]
	digits := func(i int) int {
		for i < len(rest) && isDigit(rest[i]) {
			i++
		}
		return i
	}
	t.kind = tokenInteger
	i := digits(0)
	if i < len(rest) && rest[i] == '.' {
		t.kind = tokenDecimal
		i = digits(i + 1)
	}
	if i < len(rest) && (rest[i] == 'e' || rest[i] == 'E') {
		j := i + 1
		if j < len(rest) && (rest[j] == '+' || rest[j] == '-') {
			j++
		}
		if end := digits(j); end > j {
			t.kind = tokenDouble
			i = end
		}
	}
	t.text = rest[:i]
	l.advance(i)
	if n := l.identLength(); n > 0 {
		t.text += l.text[l.off : l.off+n]
		l.advance(n)
		t.err = sqlerr.Newf(sqlerr.Syntax, "%q is neither a number nor a name", clip(t.text)).
			WithHint("a name that begins with a digit needs back-ticks: `%s`", clip(t.text))
	}
}

// symbols are the operators and punctuation, longer ones first.
var symbols = []string{
	"||", "<>", "!=", "<=", ">=", "=>", "*/",
	"(", ")", "[", "]", ",", ";", ".", "+", "-", "*", "/", "%", "=", "<", ">", ":",
}

func (l *lexer) scanSymbol(t *token) {
	rest := l.text[l.off:]
	if strings.HasPrefix(rest, "/*+") {
		t.kind, t.text = tokenHint, "/*+"
		l.advance(3)
		return
	}
	if strings.HasPrefix(rest, "==") {
		l.illegal(t, 2, `"==" is not an operator`, "equality is written =")
		return
	}
	if strings.HasPrefix(rest, "::") {
		l.illegal(t, 2, `"::" is not an operator`, "write CAST(x AS type)")
		return
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			t.kind, t.text = tokenSymbol, s
			l.advance(len(s))
			return
		}
	}
	l.scanIllegal(t)
}

// scanIllegal names a character that begins no token.
func (l *lexer) scanIllegal(t *token) {
	r, size := utf8.DecodeRuneInString(l.text[l.off:])
	switch r {
	case '"':
		end := strings.IndexByte(l.text[l.off+1:], '"')
		if end < 0 {
			end = 0
			size = 1
		} else {
			size = end + 2
		}
		inner := clip(l.text[l.off+1 : l.off+1+end])
		l.illegal(t, size, "double quotes are not used in this dialect", "")
		if inner != "" {
			t.err.Hint = "quote a name with back-ticks: `" + inner + "`, a string with single quotes: '" + inner + "'"
		}
	case '?':
		l.illegal(t, size, "statement parameters (?) are not supported", "write the value")
	case '{', '}':
		l.illegal(t, size, "JDBC escapes in braces are not supported", "")
	case utf8.RuneError:
		l.illegal(t, size, "the text is not valid UTF-8", "")
	default:
		l.illegal(t, size, "unexpected character "+quoteRune(r), "")
	}
}

func (l *lexer) illegal(t *token, size int, message, hint string) {
	t.text = l.text[l.off : l.off+size]
	l.advance(size)
	t.err = &sqlerr.Error{Message: message, Hint: hint}
}
