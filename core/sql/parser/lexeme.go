package parser

// LexemeKind is how an editor may colour a piece of a text.
type LexemeKind uint8

// The kinds of lexemes.
const (
	Word   LexemeKind = iota // keyword or identifier
	Quoted                   // `identifier`
	Text                     // 'string' or x'binary'
	Number
	Comment
	Other // operators, punctuation, what is no token
)

// Lexeme is a piece of a text: the bytes From to To.
type Lexeme struct {
	From, To int
	Kind     LexemeKind
}

var lexemeKinds = [...]LexemeKind{
	tokenWord: Word, tokenQuoted: Quoted, tokenString: Text, tokenBinary: Text, tokenInteger: Number,
	tokenDecimal: Number, tokenDouble: Number, tokenSymbol: Other, tokenHint: Other, tokenIllegal: Other,
}

// Lexemes cuts a text that may be unfinished into pieces. White space belongs to
// none of them, unless it lies before or behind a comment.
func Lexemes(text string) []Lexeme {
	var out []Lexeme
	l := newLexer(text)
	end := 0
	for {
		t := l.next()
		if gap := text[end:t.pos.Offset]; !blank(gap) {
			out = append(out, Lexeme{end, t.pos.Offset, Comment})
		}
		if t.kind == tokenEOF {
			return out
		}
		end = max(t.end.Offset, t.pos.Offset+1)
		end = min(end, len(text))
		out = append(out, Lexeme{t.pos.Offset, end, lexemeKinds[t.kind]})
		if end == len(text) {
			return out
		}
	}
}

func blank(s string) bool {
	for _, c := range s {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
