package regex

import "strings"

// flagsOnly reads (?i) and its like, which change the flags to the end of the group.
func (p *parser) flagsOnly() (least int, done bool, err error) {
	if !p.has("(?") {
		return 0, false, nil
	}
	f, end, ok := p.readFlags(p.at + 2)
	if !ok || end >= len(p.text) || p.text[end] != ')' {
		return 0, false, nil
	}
	p.flags, p.at = f, end+1
	return 0, true, nil
}

// readFlags reads letters from a place; ok is false where there are none.
func (p *parser) readFlags(at int) (f flags, end int, ok bool) {
	f = p.flags
	on := true
	for end = at; end < len(p.text); end++ {
		switch p.text[end] {
		case 'i':
			f.insensitive = on
		case 'd':
			f.unixLines = on
		case 'm':
			f.multiline = on
		case 's':
			f.dotAll = on
		case 'u':
			f.unicodeCase = on
		case 'x':
			f.comments = on
		case 'U':
			f.unicodeClasses, f.unicodeCase = on, on || f.unicodeCase
		case '-':
			on = false
		default:
			return f, end, end > at
		}
	}
	return f, end, end > at
}

// group reads what stands in parentheses; flags that it changes end with it.
func (p *parser) group() (least int, err error) {
	outer := p.flags
	defer func() { p.flags = outer }()
	open, look := "(", false
	switch {
	case !p.has("(?"):
		p.at++
		p.groups++
	case p.has("(?:"):
		p.at += 3
		open = "(?:"
	case p.has("(?=") || p.has("(?!"):
		open, look = string(p.text[p.at:p.at+3]), true
		p.at += 3
	case p.has("(?>"):
		p.at += 3
		open = "(?>"
		p.out.fastOK = false
	case p.has("(?<=") || p.has("(?<!"):
		open, look = string(p.text[p.at:p.at+4]), true
		p.at += 4
	case p.has("(?<"):
		if err := p.groupName(); err != nil {
			return 0, err
		}
	default:
		f, end, ok := p.readFlags(p.at + 2)
		if !ok || end >= len(p.text) || p.text[end] != ':' {
			return 0, ErrSyntax
		}
		p.flags, p.at = f, end+1
		open = "(?:"
	}
	if look {
		p.out.fastOK = false
	}
	p.out.both(open)
	if least, err = p.alternatives(); err != nil {
		return 0, err
	}
	if p.at >= len(p.text) {
		return 0, ErrSyntax
	}
	p.at++
	p.out.both(")")
	if look {
		return 0, nil
	}
	return least, nil
}

// groupName reads ?<name> behind a parenthesis. Groups go by number in both spellings.
func (p *parser) groupName() error {
	p.at += 3
	name, ok := p.nameUntil('>')
	if !ok || p.names[name] != 0 {
		return ErrSyntax
	}
	p.groups++
	p.names[name] = p.groups
	return nil
}

func (p *parser) nameUntil(stop rune) (string, bool) {
	var b strings.Builder
	for ; p.at < len(p.text); p.at++ {
		r := p.text[p.at]
		switch {
		case r == stop:
			p.at++
			return b.String(), b.Len() > 0
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || b.Len() > 0 && r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			return "", false
		}
	}
	return "", false
}
