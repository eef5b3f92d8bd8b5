package parser

import (
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// clauseWords begin what may follow inside a query; a misspelt one is often taken
// for an alias.
var clauseWords = []string{
	"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "FETCH",
	"UNION", "INTERSECT", "EXCEPT", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL",
	"LATERAL", "USING", "WITH", "SELECT", "VALUES", "COMMENT", "PARTITIONED", "DISTRIBUTED", "LIKE",
	"BETWEEN", "AND",
}

// errAt is a syntax error at a token, underlining it.
func (p *parser) errAt(t *token, format string, args ...any) *sqlerr.Error {
	if t.kind == tokenIllegal {
		return t.err
	}
	e := sqlerr.New(sqlerr.Syntax, t.pos, format, args...)
	e.Width = t.width()
	return e
}

// failExpected fails with "expected X, found Y". choices are keywords that were
// possible: a word that looks like one of them is named in the hint.
func (p *parser) failExpected(what string, choices ...string) {
	t := p.tok()
	e := p.errAt(t, "expected %s, found %s", what, t.describe())
	if t.kind == tokenIllegal {
		p.fail(e)
	}
	switch near, misspelt := p.nearest(choices); {
	case near != "":
		e.WithHint("did you mean %s instead of %s?", near, misspelt)
	case t.kind == tokenHint:
		e.WithHint("hints stand behind SELECT or behind a table's name")
	case t.isSymbol("%") || t.isSymbol(":"):
	case len(choices) > 1 && len(choices) <= 12:
		e.WithHint("valid here: %s", strings.Join(choices, ", "))
	}
	p.fail(e)
}

func (p *parser) failExpectedHint(what, hint string) {
	t := p.tok()
	e := p.errAt(t, "expected %s, found %s", what, t.describe())
	if t.kind != tokenIllegal {
		e.WithHint("%s", hint)
	}
	p.fail(e)
}

// failIdent fails where a name was expected.
func (p *parser) failIdent(what string) {
	t := p.tok()
	if t.kind != tokenWord {
		hint := ""
		if t.kind == tokenString {
			hint = "quote a name with back-ticks: `" + clip(t.text) + "`"
		}
		p.failExpectedHint(what, hint)
	}
	e := p.errAt(t, "expected %s, found the reserved word %s", what, t.text)
	if near, misspelt := p.nearestBefore(clauseWords); near != "" {
		p.fail(e.WithHint("did you mean %s instead of %s?", near, misspelt))
	}
	p.fail(e.WithHint("quote it with back-ticks to use it as a name: `%s`", t.text))
}

// unsupported fails at a construct that the grammar knows and the engine does not run.
func (p *parser) unsupported(t *token, construct string) {
	e := sqlerr.Unsupported(t.pos, construct)
	e.Width = t.width()
	p.fail(e)
}

// nearest is the keyword that the next token, or the alias before it, misspells.
func (p *parser) nearest(choices []string) (keyword, misspelt string) {
	if t := p.tok(); t.kind == tokenWord {
		if k := nearestWord(t.upper, choices); k != "" && k != t.upper {
			return k, t.text
		}
	}
	return p.nearestBefore(choices)
}

func (p *parser) nearestBefore(choices []string) (keyword, misspelt string) {
	if p.i == 0 {
		return "", ""
	}
	before := &p.toks[p.i-1]
	if before.kind != tokenWord || ast.IsReserved(before.upper) || len(before.upper) < 4 {
		return "", ""
	}
	return nearestWord(before.upper, choices), before.text
}

// nearestWord is the choice that takes the fewest edits, if those are few for its length.
func nearestWord(word string, choices []string) string {
	best, bestEdits := "", 3
	for _, c := range choices {
		limit := 1
		if len(c) > 5 {
			limit = 2
		}
		if d := edits(word, c); d <= limit && d < bestEdits {
			best, bestEdits = c, d
		}
	}
	return best
}

// edits counts insertions, deletions, substitutions and swaps of neighbours.
func edits(a, b string) int {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	var before, prev []int
	cur := make([]int, len(b)+1)
	for j := range cur {
		cur[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, cur = prev, cur, make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
	}
	return cur[len(b)]
}

// orList is "A, B or C".
func orList(words []string) string {
	words = slices.Clone(words)
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}
