package parser

import "github.com/weir-engine/weir/core/sqlerr"

// Splitter cuts a script into statements as its text comes in, so that a
// statement can run before the next one is typed. A statement ends at its
// semicolon; a statement set, which has semicolons inside, at that of its END.
//
//	for s.Write(line); ; {
//		piece, ok := s.Next()
//		…
//	}
//	piece, ok := s.Rest() // at the end of input
type Splitter struct {
	lex *lexer
}

// Piece is the text of one statement and its place in the script.
type Piece struct {
	Text string     // without the semicolon, from the first token to the last
	Pos  sqlerr.Pos // of the first token
	End  sqlerr.Pos // behind the semicolon

	tokens []token // up to the semicolon, then tokenEOF
	base   int     // the offset of source in the script
	source string
}

// NewSplitter makes a Splitter that begins with this text, which may be empty.
func NewSplitter(text string) *Splitter { return &Splitter{lex: newLexer(text)} }

// Write adds text at the end.
func (s *Splitter) Write(text string) { s.lex.text += text }

// Next is the next complete statement. It reports false until the text holds
// one. Semicolons without a statement before them are passed over.
func (s *Splitter) Next() (Piece, bool) {
	for {
		mark := *s.lex
		tokens, complete := s.collect()
		if !complete {
			*s.lex = mark
			return Piece{}, false
		}
		p := s.take(mark, tokens)
		if len(p.tokens) > 1 {
			return p, true
		}
	}
}

// Rest is what follows the last semicolon; false if that is only white space and
// comments. Call it when Next has reported false and no more text will come.
func (s *Splitter) Rest() (Piece, bool) {
	mark := *s.lex
	tokens, _ := s.collect()
	p := s.take(mark, tokens)
	return p, len(p.tokens) > 1
}

// Pending reports whether something other than white space waits for its semicolon.
func (s *Splitter) Pending() bool {
	probe := *s.lex
	return probe.next().kind != tokenEOF
}

// collect takes the tokens of one statement, its semicolon included.
func (s *Splitter) collect() (tokens []token, complete bool) {
	block, start := false, 0 // inside a statement set; first token of the statement inside
	for {
		t := s.lex.next()
		tokens = append(tokens, t)
		n := len(tokens)
		switch {
		case t.kind == tokenEOF:
			return tokens, false
		case t.isWord("BEGIN") && n >= 3 && tokens[n-2].isWord("SET") && tokens[n-3].isWord("STATEMENT"):
			block, start = true, n
		case !t.isSymbol(";"):
		case block:
			if n-start == 2 && tokens[start].isWord("END") {
				return tokens, true
			}
			start = n
		case n == 4 && tokens[0].isWord("BEGIN") && tokens[1].isWord("STATEMENT") && tokens[2].isWord("SET"):
			block, start = true, n
		default:
			return tokens, true
		}
	}
}

// take makes a Piece of tokens read since mark, and forgets their text.
func (s *Splitter) take(mark lexer, tokens []token) Piece {
	last := &tokens[len(tokens)-1]
	p := Piece{Pos: tokens[0].pos, End: last.end, tokens: tokens, source: s.lex.text, base: mark.base}
	*last = token{kind: tokenEOF, pos: last.pos, end: last.end}
	if len(tokens) > 1 {
		p.Text = p.slice(p.Pos, tokens[len(tokens)-2].end)
	}
	s.lex.base += s.lex.off
	s.lex.text = s.lex.text[s.lex.off:]
	s.lex.off = 0
	return p
}

// slice is the text between two places.
func (p *Piece) slice(from, to sqlerr.Pos) string {
	return p.source[from.Offset-p.base : to.Offset-p.base]
}
