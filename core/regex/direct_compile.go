package regex

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// compileDirect makes a direct pattern of one in RE2's spelling; nil where it is none.
func compileDirect(text string, groups int) *direct {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil || 2*(groups+1) > maxSlots {
		return nil
	}
	c := &directCompiler{d: &direct{}}
	if !c.add(re, true) || c.either > maxEither {
		return nil
	}
	c.emit(step{kind: stepFound})
	first, stops := c.after(0)
	if stops || !c.decided() {
		return nil
	}
	c.d.first = charsOf(first)
	for _, s := range c.d.code {
		if s.kind == stepText {
			c.d.prefix = s.text
		}
		if s.kind != stepSave {
			break
		}
	}
	return c.d
}

type directCompiler struct {
	d      *direct
	either int
	lazy   []int // repetitions that would rather be short
}

func (c *directCompiler) emit(s step) int {
	c.d.code = append(c.d.code, s)
	return len(c.d.code) - 1
}

// add appends the steps of an expression; front: nothing stands before it.
func (c *directCompiler) add(re *syntax.Regexp, front bool) bool {
	if s, ok := single(re); ok {
		c.repeat(s, 1, 1)
		return true
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return true
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 || slices.ContainsFunc(re.Rune, isNoText) {
			return false
		}
		c.emit(step{kind: stepText, text: []byte(string(re.Rune))})
		return true
	case syntax.OpBeginText:
		c.d.anchored = front
		return front
	case syntax.OpEndText:
		c.emit(step{kind: stepEnd})
		return true
	case syntax.OpCapture:
		c.emit(step{kind: stepSave, slot: 2 * re.Cap})
		ok := c.add(re.Sub[0], front)
		c.emit(step{kind: stepSave, slot: 2*re.Cap + 1})
		return ok
	case syntax.OpConcat:
		for i, sub := range re.Sub {
			if !c.add(sub, front && i == 0) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		return c.alternatives(re.Sub)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return c.quantified(re)
	}
	return false
}

// isNoText reports what stands for bytes that are no UTF-8, too.
func isNoText(r rune) bool { return r == utf8.RuneError || !utf8.ValidRune(r) }

func (c *directCompiler) repeat(s set, least, most int) {
	chars := charsOf(s)
	c.emit(step{kind: stepRepeat, chars: &chars, least: least, most: most})
}

func (c *directCompiler) quantified(re *syntax.Regexp) bool {
	least, most := re.Min, re.Max
	switch re.Op {
	case syntax.OpStar:
		least, most = 0, -1
	case syntax.OpPlus:
		least, most = 1, -1
	case syntax.OpQuest:
		least, most = 0, 1
	}
	if s, ok := single(re.Sub[0]); ok {
		if re.Flags&syntax.NonGreedy != 0 {
			c.lazy = append(c.lazy, len(c.d.code))
		}
		c.repeat(s, least, most)
		return true
	}
	if least != 0 || most != 1 || re.Flags&syntax.NonGreedy != 0 {
		return false
	}
	return c.alternatives([]*syntax.Regexp{re.Sub[0], {Op: syntax.OpEmptyMatch}})
}

// alternatives tries one after the other.
func (c *directCompiler) alternatives(subs []*syntax.Regexp) bool {
	var jumps []int
	for i, sub := range subs {
		last := i == len(subs)-1
		fork := 0
		if !last {
			fork = c.emit(step{kind: stepEither})
			c.either++
		}
		if !c.add(sub, false) {
			return false
		}
		if !last {
			jumps = append(jumps, c.emit(step{kind: stepJump}))
			c.d.code[fork].to = len(c.d.code)
		}
	}
	for _, j := range jumps {
		c.d.code[j].to = len(c.d.code)
	}
	return true
}

// decided reports that no repetition could be left earlier and match all the same.
func (c *directCompiler) decided() bool {
	for pc, s := range c.d.code {
		if s.kind != stepRepeat || s.least == s.most {
			continue
		}
		next, _ := c.after(pc + 1)
		if len(next.and(s.chars.set())) > 0 {
			return false
		}
	}
	for _, pc := range c.lazy {
		if _, stops := c.after(pc + 1); stops {
			return false
		}
	}
	return true
}

// after is the characters that the steps from pc on may begin with; stops: they
// may also take none.
func (c *directCompiler) after(pc int) (s set, stops bool) {
	for {
		x := &c.d.code[pc]
		pc++
		switch x.kind {
		case stepText:
			r, _ := utf8.DecodeRune(x.text)
			return s.union(oneOf(r)), stops
		case stepRepeat:
			if s = s.union(x.chars.set()); x.least > 0 {
				return s, stops
			}
		case stepEither:
			other, otherStops := c.after(x.to)
			s, stops = s.union(other), stops || otherStops
		case stepJump:
			pc = x.to
		case stepEnd, stepFound:
			return s, true
		}
	}
}

// single is the set of an expression that is one character.
func single(re *syntax.Regexp) (set, bool) {
	switch {
	case re.Op == syntax.OpLiteral && len(re.Rune) == 1 && re.Flags&syntax.FoldCase == 0:
		return oneOf(re.Rune[0]), true
	case re.Op == syntax.OpCharClass:
		var s set
		for i := 0; i < len(re.Rune); i += 2 {
			s = append(s, span{re.Rune[i], re.Rune[i+1]})
		}
		return s.tidy(), true
	case re.Op == syntax.OpAnyChar:
		return set{{0, unicode.MaxRune}}, true
	case re.Op == syntax.OpAnyCharNotNL:
		return oneOf('\n').not(), true
	}
	return nil, false
}

func charsOf(s set) (c chars) {
	for _, x := range s {
		for r := x.from; r <= min(x.to, utf8.RuneSelf-1); r++ {
			c.bytes[r] = true
		}
		if x.to >= utf8.RuneSelf {
			c.beyond = append(c.beyond, span{max(x.from, utf8.RuneSelf), x.to})
		}
	}
	if len(c.beyond) == 1 && c.beyond[0] == (span{utf8.RuneSelf, unicode.MaxRune}) {
		c.beyond, c.allHigh = nil, true
		for b := utf8.RuneSelf; b < len(c.bytes); b++ {
			c.bytes[b] = true
		}
	}
	return c
}

// set is the set of which the characters were made.
func (c *chars) set() set {
	var s set
	for b := range utf8.RuneSelf {
		if c.bytes[b] {
			s = append(s, span{rune(b), rune(b)})
		}
	}
	if c.allHigh {
		s = append(s, span{utf8.RuneSelf, unicode.MaxRune})
	}
	return append(s, c.beyond...).tidy()
}
