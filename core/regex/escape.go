package regex

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// escape reads what begins with a backslash outside of a class.
func (p *parser) escape() (least int, err error) {
	if p.at+1 >= len(p.text) {
		return 0, ErrSyntax
	}
	switch r := p.text[p.at+1]; r {
	case 'A':
		p.out.both(`\A`)
	case 'z':
		p.out.both(`\z`)
	case 'Z':
		p.finish(false)
	case 'G':
		p.out.fastOK = false
		p.out.slow.WriteString(`\G`)
	case 'b', 'B':
		if p.has(`\b{`) {
			return 0, unsupported(string(p.text), `\b{g}`)
		}
		p.boundary(r == 'B')
	case 'R':
		p.at += 2
		p.out.both("(?:\r\n|[\n\v\f\r\u0085\u2028\u2029])")
		return 1, nil
	case 'X', 'N':
		return 0, unsupported(string(p.text), `\`+string(r))
	case 'k':
		return 0, p.namedReference()
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.at++
		return 0, p.reference()
	default:
		if s, ok, err := p.classEscape(); ok || err != nil {
			if err == nil {
				p.exact(s)
			}
			return 1, err
		}
		c, err := p.char()
		if err != nil {
			return 0, err
		}
		p.literal(c)
		return 1, nil
	}
	p.at += 2
	return 0, nil
}

// reference reads a number behind a backslash: as many digits as name a group.
func (p *parser) reference() error {
	n := int(p.text[p.at] - '0')
	for p.at++; p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9'; p.at++ {
		more := n*10 + int(p.text[p.at]-'0')
		if more > p.groups {
			break
		}
		n = more
	}
	p.refer(n)
	return nil
}

func (p *parser) namedReference() error {
	p.at += 2
	if p.at >= len(p.text) || p.text[p.at] != '<' {
		return ErrSyntax
	}
	p.at++
	name, ok := p.nameUntil('>')
	if !ok || p.names[name] == 0 {
		return ErrSyntax
	}
	p.refer(p.names[name])
	return nil
}

func (p *parser) refer(group int) {
	p.out.fastOK = false
	switch {
	case group > p.groups:
		p.out.slow.WriteString("(?!)")
	case p.flags.insensitive:
		p.out.slow.WriteString(`(?i:\` + strconv.Itoa(group) + ")")
	default:
		p.out.slow.WriteString(`(?:\` + strconv.Itoa(group) + ")")
	}
}

// classEscape reads \d and its like and \p{…}; ok is false for other escapes.
func (p *parser) classEscape() (s set, ok bool, err error) {
	wide := p.flags.unicodeClasses
	choose := func(narrow, broad set) set {
		if wide {
			return broad
		}
		return narrow
	}
	r := p.text[p.at+1]
	switch r {
	case 'd', 'D':
		s = choose(digits, binary["DIGIT"])
	case 'w', 'W':
		s = choose(words, unicodeWords)
	case 's', 'S':
		s = choose(spaces, unicodeSpaces)
	case 'h', 'H':
		s = horizontals
	case 'v', 'V':
		s = verticals
	case 'p', 'P':
		return p.property(r == 'P')
	default:
		return nil, false, nil
	}
	p.at += 2
	if r < 'a' {
		s = s.not()
	}
	return s, true, nil
}

func (p *parser) property(not bool) (s set, ok bool, err error) {
	p.at += 2
	if p.at >= len(p.text) {
		return nil, false, ErrSyntax
	}
	name := string(p.text[p.at])
	p.at++
	if name == "{" {
		end := p.at
		for end < len(p.text) && p.text[end] != '}' {
			end++
		}
		if end == len(p.text) || end == p.at {
			return nil, false, ErrSyntax
		}
		name = string(p.text[p.at:end])
		p.at = end + 1
	}
	s, ok, err = property(name, p.flags)
	switch {
	case err != nil:
		return nil, false, err
	case !ok:
		return nil, false, ErrSyntax
	case not:
		s = s.not()
	}
	return s, true, nil
}

// char reads an escape that stands for one character.
func (p *parser) char() (rune, error) {
	if p.at+1 >= len(p.text) {
		return 0, ErrSyntax
	}
	r := p.text[p.at+1]
	p.at += 2
	switch r {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 'f':
		return '\f', nil
	case 'a':
		return 7, nil
	case 'e':
		return 0x1b, nil
	case '0':
		return p.octal()
	case 'c':
		if p.at >= len(p.text) {
			return 0, ErrSyntax
		}
		p.at++
		return p.text[p.at-1] ^ 64, nil
	case 'x':
		return p.hex()
	case 'u':
		return p.unicode()
	}
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '1' && r <= '9' {
		return 0, ErrSyntax
	}
	return r, nil
}

func (p *parser) octal() (rune, error) {
	n, digits := rune(0), 0
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '7' && digits < 3 && n*8 < 256 {
		n = n*8 + p.text[p.at] - '0'
		p.at++
		digits++
	}
	if digits == 0 {
		return 0, ErrSyntax
	}
	return n, nil
}

func (p *parser) hex() (rune, error) {
	if p.at < len(p.text) && p.text[p.at] == '{' {
		text, _, ok := strings.Cut(string(p.text[p.at+1:]), "}")
		n, err := strconv.ParseUint(text, 16, 32)
		if !ok || err != nil || n > 0x10ffff {
			return 0, ErrSyntax
		}
		p.at += len(text) + 2
		return rune(n), nil
	}
	return p.hexDigits(2)
}

func (p *parser) hexDigits(n int) (rune, error) {
	if p.at+n > len(p.text) {
		return 0, ErrSyntax
	}
	x, err := strconv.ParseUint(string(p.text[p.at:p.at+n]), 16, 32)
	if err != nil {
		return 0, ErrSyntax
	}
	p.at += n
	return rune(x), nil
}

func (p *parser) unicode() (rune, error) {
	r, err := p.hexDigits(4)
	if err == nil && utf16.IsSurrogate(r) && p.has(`\u`) {
		at := p.at
		p.at += 2
		if low, err := p.hexDigits(4); err == nil {
			if pair := utf16.DecodeRune(r, low); pair != '\uFFFD' {
				return pair, nil
			}
		}
		p.at = at
	}
	return r, err
}
