package regex

import (
	"strconv"
	"strings"
)

// flags are those of (?…), which hold to the end of their group.
type flags struct {
	insensitive, unicodeCase, unicodeClasses, unixLines, multiline, dotAll, comments bool
}

// spelling is a pattern as both engines read it.
type spelling struct {
	fast, slow strings.Builder
	fastOK     bool
	only       conditions
}

func (s *spelling) both(text string) {
	s.fast.WriteString(text)
	s.slow.WriteString(text)
}

// parser reads Java's syntax and writes both spellings as it goes.
type parser struct {
	text   []rune
	at     int
	flags  flags
	out    spelling
	groups int
	names  map[string]int
	depth  int
	least  int // characters that the pattern matches at least
}

const maxDepth = 200

func (p *parser) parse() error {
	p.names = map[string]int{}
	least, err := p.alternatives()
	if err != nil {
		return err
	}
	if p.at < len(p.text) { // a closing parenthesis too many
		return ErrSyntax
	}
	p.least = least
	return nil
}

// peek gives the next character and skips white space and comments under (?x); 0 is the end.
func (p *parser) peek() rune {
	for p.flags.comments && p.at < len(p.text) {
		switch r := p.text[p.at]; {
		case r == ' ' || r >= '\t' && r <= '\r':
			p.at++
		case r == '#':
			for p.at < len(p.text) && !isLineEnd(p.text[p.at]) {
				p.at++
			}
		default:
			return r
		}
	}
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) end() bool { p.peek(); return p.at >= len(p.text) }

func isLineEnd(r rune) bool { return len(lineEnds.and(oneOf(r))) > 0 }

func (p *parser) has(text string) bool {
	return strings.HasPrefix(string(p.text[p.at:min(len(p.text), p.at+len(text))]), text)
}

// alternatives reads branches up to a closing parenthesis, which it leaves.
func (p *parser) alternatives() (least int, err error) {
	if p.depth++; p.depth > maxDepth {
		return 0, unsupported(string(p.text), "its groups are nested too deep")
	}
	defer func() { p.depth-- }()
	least = -1
	for {
		n, err := p.sequence()
		if err != nil {
			return 0, err
		}
		if least < 0 || n < least {
			least = n
		}
		if p.end() || p.peek() != '|' {
			return least, nil
		}
		p.at++
		p.out.both("|")
	}
}

func (p *parser) sequence() (least int, err error) {
	for !p.end() {
		r := p.peek()
		if r == '|' || r == ')' {
			break
		}
		if r == '*' || r == '+' || r == '?' {
			return 0, ErrSyntax
		}
		if p.has(`\Q`) {
			n, err := p.quoted()
			if err != nil {
				return 0, err
			}
			least += n
			continue
		}
		n, err := p.piece()
		if err != nil {
			return 0, err
		}
		least += n
	}
	return least, nil
}

// quoted reads \Q…\E; a quantifier behind it counts for the last character.
func (p *parser) quoted() (least int, err error) {
	p.at += 2
	rest := string(p.text[p.at:])
	literal, _, closed := strings.Cut(rest, `\E`)
	chars := []rune(literal)
	p.at += len(chars)
	if closed {
		p.at += 2
	}
	for i, r := range chars {
		if i < len(chars)-1 {
			p.literal(r)
			least++
			continue
		}
		n, err := p.quantified(func() (int, error) { p.literal(r); return 1, nil })
		if err != nil {
			return 0, err
		}
		least += n
	}
	return least, nil
}

// piece reads an atom with its quantifier.
func (p *parser) piece() (least int, err error) {
	if n, done, err := p.flagsOnly(); done || err != nil {
		return n, err
	}
	return p.quantified(p.atom)
}

// quantified writes an atom, and what repeats it behind it. Whether the repetition is
// possessive shows only behind the atom, so that its spelling is put aside first.
func (p *parser) quantified(atom func() (int, error)) (least int, err error) {
	outer := p.out
	p.out = spelling{fastOK: outer.fastOK, only: outer.only}
	least, err = atom()
	inner := p.out
	p.out = spelling{fastOK: inner.fastOK, only: inner.only}
	p.out.fast.WriteString(outer.fast.String())
	p.out.slow.WriteString(outer.slow.String())
	if err != nil {
		return 0, err
	}
	q, ok, err := p.quantifier()
	if err != nil {
		return 0, err
	}
	if !ok {
		p.out.fast.WriteString(inner.fast.String())
		p.out.slow.WriteString(inner.slow.String())
		return least, nil
	}
	if q.possessive {
		p.out.fastOK = false
		p.out.slow.WriteString("(?>")
	}
	p.out.fast.WriteString("(?:" + inner.fast.String() + ")" + q.text)
	p.out.slow.WriteString("(?:" + inner.slow.String() + ")" + q.text)
	if q.possessive {
		p.out.slow.WriteString(")")
	}
	return least * q.least, nil
}

type quantifier struct {
	text       string
	least      int
	possessive bool
}

func (p *parser) quantifier() (q quantifier, ok bool, err error) {
	if p.end() {
		return q, false, nil
	}
	switch r := p.peek(); r {
	case '*', '+', '?':
		p.at++
		q.text = string(r)
		if r == '+' {
			q.least = 1
		}
	case '{':
		end := p.at + 1
		for end < len(p.text) && p.text[end] != '}' {
			end++
		}
		if end == len(p.text) {
			return q, false, ErrSyntax
		}
		low, high, ranged := strings.Cut(string(p.text[p.at+1:end]), ",")
		n, err := strconv.Atoi(low)
		m := n
		if ranged && high != "" && err == nil {
			m, err = strconv.Atoi(high)
		}
		if err != nil || m < n || strings.ContainsAny(low+high, "+- ") {
			return q, false, ErrSyntax
		}
		q.text, q.least = string(p.text[p.at:end+1]), n
		p.at = end + 1
	default:
		return q, false, nil
	}
	switch p.peek() {
	case '?':
		p.at++
		q.text += "?"
	case '+':
		p.at++
		q.possessive = true
	}
	return q, true, nil
}

// literal writes one character.
func (p *parser) literal(r rune) {
	p.set(oneOf(r))
}

// set writes a set of characters, with their other cases under (?i).
func (p *parser) set(s set) {
	if p.flags.insensitive {
		s = s.fold(p.flags.unicodeCase)
	}
	p.exact(s)
}

func (p *parser) exact(s set) {
	switch {
	case len(s) == 0:
		p.out.fast.WriteString(`[^\x00-\x{10FFFF}]`)
		p.out.slow.WriteString(`(?!)`)
	case len(s) == 1 && s[0].from == s[0].to:
		var b strings.Builder
		spellRune(&b, s[0].from)
		p.out.both(b.String())
	default:
		var b strings.Builder
		s.spell(&b)
		p.out.both(b.String())
	}
}

func (p *parser) atom() (least int, err error) {
	r := p.peek()
	switch r {
	case '{': // a quantifier of nothing
		return 0, nil
	case '[':
		p.at++
		s, err := p.class()
		if err != nil {
			return 0, err
		}
		p.exact(s)
		return 1, nil
	case '(':
		return p.group()
	case '\\':
		return p.escape()
	}
	p.at++
	switch r {
	case '.':
		p.dot()
		return 1, nil
	case '^':
		p.begin()
		return 0, nil
	case '$':
		p.finish(p.flags.multiline)
		return 0, nil
	}
	p.literal(r)
	return 1, nil
}

func (p *parser) dot() {
	switch {
	case p.flags.dotAll:
		p.out.both("(?s:.)")
	case p.flags.unixLines:
		p.out.both(`[^\n]`)
	default:
		p.exact(lineEnds.not())
	}
}

// begin is ^: of the text, or under (?m) of each line but one that begins at the end.
func (p *parser) begin() {
	if !p.flags.multiline {
		p.out.both(`\A`)
		return
	}
	p.out.fastOK = false
	if p.flags.unixLines {
		p.out.slow.WriteString(`(?:(?<=\A|\n)(?!\z))`)
		return
	}
	p.out.slow.WriteString("(?:(?<=\\A|[\n\u0085\u2028\u2029]|\r(?!\n))(?!\\z))")
}

// finish is $ and \Z: the end of the text, also before a line terminator that ends it,
// or under (?m) before each.
func (p *parser) finish(everyLine bool) {
	switch {
	case everyLine && p.flags.unixLines:
		p.out.fastOK = false
		p.out.slow.WriteString(`(?=\n|\z)`)
	case everyLine:
		p.out.fastOK = false
		p.out.slow.WriteString("(?:(?=[\n\r\u0085\u2028\u2029]|\\z)(?!(?<=\r)\n))")
	default:
		p.out.only.noLineEnd = true
		p.out.fast.WriteString(`\z`)
		if p.flags.unixLines {
			p.out.slow.WriteString(`(?=\n?\z)`)
		} else {
			p.out.slow.WriteString("(?:(?=(?:\r\n|[\n\r\u0085\u2028\u2029])?\\z)(?!(?<=\r)\n))")
		}
	}
}

// boundary is \b or \B, whose words have letters of all languages.
func (p *parser) boundary(inside bool) {
	p.out.only.ascii = true
	var w strings.Builder
	words := boundaryWords
	if p.flags.unicodeClasses {
		words = unicodeWords
	}
	words.spell(&w)
	is, isNot := w.String(), "(?:(?<="+w.String()+")(?!"+w.String()+")|(?<!"+w.String()+")(?="+w.String()+"))"
	if inside {
		p.out.fast.WriteString(`\B`)
		p.out.slow.WriteString("(?:(?<=" + is + ")(?=" + is + ")|(?<!" + is + ")(?!" + is + "))")
		return
	}
	p.out.fast.WriteString(`\b`)
	p.out.slow.WriteString(isNot)
}
