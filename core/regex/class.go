package regex

// class reads a class behind its bracket, with unions [a[b]] and intersections [a&&b],
// up to the closing bracket, which it takes.
func (p *parser) class() (set, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, unsupported(string(p.text), "its classes are nested too deep")
	}
	defer func() { p.depth-- }()
	not := p.at < len(p.text) && p.text[p.at] == '^'
	if not {
		p.at++
	}
	s, _, err := p.classItems(true)
	if err != nil {
		return nil, err
	}
	p.at++
	if not {
		s = s.not()
	}
	return s, nil
}

// classItems reads items up to a closing bracket, which it leaves. A bracket that
// stands first is a character where first says so.
func (p *parser) classItems(first bool) (s set, any bool, err error) {
	for {
		if p.end() {
			return nil, false, ErrSyntax
		}
		r := p.peek()
		switch {
		case r == ']' && (any || !first):
			return s, any, nil
		case r == '[':
			p.at++
			in, err := p.class()
			if err != nil {
				return nil, false, err
			}
			s, any = s.union(in), true
		case r == '&' && p.has("&&"):
			right, found, err := p.intersected()
			switch {
			case err != nil:
				return nil, false, err
			case found && any:
				s = s.and(right)
			case found:
				s, any = right, true
			case !any:
				return nil, false, ErrSyntax
			}
		case p.has(`\Q`):
			s, any = s.union(p.quotedItems()), true
		default:
			in, err := p.classRange()
			if err != nil {
				return nil, false, err
			}
			s, any = s.union(in), true
		}
	}
}

// intersected reads what stands behind && up to the next && or the closing bracket.
func (p *parser) intersected() (s set, found bool, err error) {
	for p.at += 2; ; {
		if p.end() {
			return nil, false, ErrSyntax
		}
		switch p.peek() {
		case ']', '&':
			return s, found, nil
		case '[':
			p.at++
			in, err := p.class()
			if err != nil {
				return nil, false, err
			}
			s, found = s.union(in), true
		default:
			in, _, err := p.classItems(false) // all that is left belongs to the right side
			return s.union(in), true, err
		}
	}
}

func (p *parser) quotedItems() set {
	var s set
	for p.at += 2; p.at < len(p.text) && !p.has(`\E`); p.at++ {
		s = append(s, span{p.text[p.at], p.text[p.at]})
	}
	p.at = min(p.at+2, len(p.text))
	return p.folded(s.tidy())
}

func (p *parser) folded(s set) set {
	if p.flags.insensitive {
		return s.fold(p.flags.unicodeCase)
	}
	return s
}

// classRange reads a character, a range of them or an escape.
func (p *parser) classRange() (set, error) {
	if p.peek() == '\\' && p.at+1 < len(p.text) {
		if s, ok, err := p.classEscape(); ok || err != nil {
			return s, err
		}
	}
	from, err := p.classChar()
	if err != nil {
		return nil, err
	}
	to := from
	if p.at+1 < len(p.text) && p.peek() == '-' && p.text[p.at+1] != '[' && p.text[p.at+1] != ']' {
		p.at++
		if to, err = p.classChar(); err != nil {
			return nil, err
		}
		if to < from {
			return nil, ErrSyntax
		}
	}
	return p.folded(set{{from, to}}), nil
}

func (p *parser) classChar() (rune, error) {
	r := p.peek()
	if r == '\\' {
		return p.char()
	}
	p.at++
	return r, nil
}
