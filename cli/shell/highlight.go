package shell

import (
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/sql/parser"
)

// The colours of a terminal that lexemes are written in.
const (
	keywordColour = "\x1b[1;34m"
	stringColour  = "\x1b[32m"
	numberColour  = "\x1b[36m"
	commentColour = "\x1b[2m"
	plain         = "\x1b[0m"
)

// Highlight gives a line with the colours of a terminal in it.
func Highlight(line []rune) string {
	text := string(line)
	var b strings.Builder
	end := 0
	for _, l := range parser.Lexemes(text) {
		b.WriteString(text[end:l.From])
		piece := text[l.From:l.To]
		if c := colourOf(l.Kind, piece); c != "" {
			b.WriteString(c + piece + plain)
		} else {
			b.WriteString(piece)
		}
		end = l.To
	}
	b.WriteString(text[end:])
	return b.String()
}

func colourOf(kind parser.LexemeKind, piece string) string {
	switch kind {
	case parser.Word:
		if slices.Contains(words, strings.ToUpper(piece)) {
			return keywordColour
		}
	case parser.Text:
		return stringColour
	case parser.Number:
		return numberColour
	case parser.Comment:
		return commentColour
	}
	return ""
}
