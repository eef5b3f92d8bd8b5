package regex

import (
	"slices"
	"strings"
	"unicode"
)

// set is a set of characters: ranges in order that neither overlap nor touch.
type set []span

type span struct{ from, to rune }

func oneOf(chars ...rune) set {
	var s set
	for _, c := range chars {
		s = append(s, span{c, c})
	}
	return s.tidy()
}

func (s set) tidy() set {
	slices.SortFunc(s, func(a, b span) int { return int(a.from - b.from) })
	var out set
	for _, x := range s {
		if n := len(out); n > 0 && x.from <= out[n-1].to+1 {
			out[n-1].to = max(out[n-1].to, x.to)
			continue
		}
		out = append(out, x)
	}
	return out
}

func (s set) union(others ...set) set {
	out := slices.Clone(s)
	for _, o := range others {
		out = append(out, o...)
	}
	return out.tidy()
}

func (s set) not() set {
	var out set
	from := rune(0)
	for _, x := range s {
		if x.from > from {
			out = append(out, span{from, x.from - 1})
		}
		from = x.to + 1
	}
	if from <= unicode.MaxRune {
		out = append(out, span{from, unicode.MaxRune})
	}
	return out
}

func (s set) and(o set) set { return s.not().union(o.not()).not() }

// fold adds the other cases of the characters: those of ASCII, or all.
func (s set) fold(all bool) set {
	out := slices.Clone(s)
	for _, x := range s {
		if !all {
			if a := (set{x}).and(set{{'a', 'z'}}); len(a) > 0 {
				out = append(out, span{a[0].from - 32, a[0].to - 32})
			}
			if a := (set{x}).and(set{{'A', 'Z'}}); len(a) > 0 {
				out = append(out, span{a[0].from + 32, a[0].to + 32})
			}
			continue
		}
		for r := x.from; r <= min(x.to, 0x1ffff); r++ { // no letter above has two cases
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, span{f, f})
			}
		}
	}
	return out.tidy()
}

func fromTable(tables ...*unicode.RangeTable) set {
	var s set
	add := func(from, to, stride rune) {
		if stride == 1 {
			s = append(s, span{from, to})
			return
		}
		for r := from; r <= to; r += stride {
			s = append(s, span{r, r})
		}
	}
	for _, t := range tables {
		for _, x := range t.R16 {
			add(rune(x.Lo), rune(x.Hi), rune(x.Stride))
		}
		for _, x := range t.R32 {
			add(rune(x.Lo), rune(x.Hi), rune(x.Stride))
		}
	}
	return s.tidy()
}

// spell writes the set as a class that both engines read.
func (s set) spell(b *strings.Builder) {
	b.WriteByte('[')
	for _, x := range s {
		spellRune(b, x.from)
		if x.to > x.from {
			b.WriteByte('-')
			spellRune(b, x.to)
		}
	}
	b.WriteByte(']')
}

// spellRune escapes what is special in a class or outside of one.
func spellRune(b *strings.Builder, r rune) {
	if strings.ContainsRune(`\.+*?()|[]{}^$-#&`, r) {
		b.WriteByte('\\')
	}
	b.WriteRune(r)
}

// The sets that escapes name.
var (
	digits      = set{{'0', '9'}}
	lowers      = set{{'a', 'z'}}
	uppers      = set{{'A', 'Z'}}
	words       = digits.union(lowers, uppers, oneOf('_'))
	spaces      = oneOf(' ', '\t', '\n', '\v', '\f', '\r')
	horizontals = oneOf(' ', '\t', 0xa0, 0x1680, 0x180e, 0x202f, 0x205f, 0x3000).union(set{{0x2000, 0x200a}})
	verticals   = oneOf('\n', '\v', '\f', '\r', 0x85, 0x2028, 0x2029)
	lineEnds    = oneOf('\n', '\r', 0x85, 0x2028, 0x2029)
	// boundaryWords are the characters that \b takes for parts of words, whatever \w is.
	boundaryWords = fromTable(unicode.L, unicode.Nd).union(oneOf('_'))
	unicodeWords  = fromTable(unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc).union(oneOf(0x200c, 0x200d))
	unicodeSpaces = fromTable(unicode.White_Space)
)
