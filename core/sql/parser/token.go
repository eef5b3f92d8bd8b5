package parser

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
)

type tokenKind uint8

const (
	tokenEOF     tokenKind = iota
	tokenWord              // keyword or unquoted identifier; upper has it in upper case
	tokenQuoted            // `identifier`; text has it without quotes
	tokenString            // 'text', also U&'…' and E'…'; text has it resolved
	tokenBinary            // x'0aff'; text has the digits
	tokenInteger           // 42
	tokenDecimal           // 4.2
	tokenDouble            // 42e0
	tokenSymbol            // operator or punctuation; text has it
	tokenHint              // /*+
	tokenIllegal           // what is no token; err says why
)

type token struct {
	kind    tokenKind
	text    string
	upper   string // of a tokenWord
	charset string // of a tokenString
	pos     sqlerr.Pos
	end     sqlerr.Pos // behind the last character
	err     *sqlerr.Error
}

// isWord reports whether the token is this keyword, given in upper case.
func (t *token) isWord(upper string) bool { return t.kind == tokenWord && t.upper == upper }

func (t *token) isSymbol(s string) bool { return t.kind == tokenSymbol && t.text == s }

// describe is the token as an error message names it.
func (t *token) describe() string {
	switch t.kind {
	case tokenEOF:
		return "the end of the statement"
	case tokenQuoted:
		return "`" + clip(t.text) + "`"
	case tokenString:
		return "'" + clip(t.text) + "'"
	case tokenBinary:
		return "x'" + clip(t.text) + "'"
	case tokenHint:
		return "a hint"
	default:
		return fmt.Sprintf("%q", clip(t.text))
	}
}

// width is how many columns a caret should underline.
func (t *token) width() int {
	if t.end.Line == t.pos.Line && t.end.Column > t.pos.Column {
		return t.end.Column - t.pos.Column
	}
	return 1
}

func clip(s string) string {
	if line, _, cut := strings.Cut(s, "\n"); cut {
		s = line + "…"
	}
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return s
}
