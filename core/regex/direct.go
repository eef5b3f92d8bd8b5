package regex

import (
	"bytes"
	"unicode/utf8"
)

// direct is a pattern that one walk over the text decides: what follows a
// repetition begins with none of its characters, so that the longest run of it is
// the only one that can lead to a match, and nothing is ever tried twice but the
// few alternatives. Most patterns that take texts apart are so:
//
//	^https?://(?:www\.)?([^/]+)/.*$
//
// It answers as the fast spelling does, which it was compiled from.
type direct struct {
	code     []step
	anchored bool   // begins with ^
	prefix   []byte // every match begins with it
	first    chars  // what a match may begin with
}

type stepKind uint8

const (
	stepText   stepKind = iota // a text
	stepRepeat                 // least to most characters of a set, as many as there are
	stepSave                   // the place goes into slot
	stepEither                 // the next step, or, where that fails, step to
	stepJump                   // on to step to
	stepEnd                    // the end of the text
	stepFound
)

type step struct {
	kind  stepKind
	text  []byte
	chars *chars
	least int
	most  int // -1: any number
	slot  int
	to    int
}

// chars is a set of characters.
type chars struct {
	bytes   [256]bool // those that decide alone
	beyond  set       // beyond ASCII; nil: bytes decides
	allHigh bool      // all beyond ASCII are in it
}

const (
	maxSlots  = 16 // of direct patterns: a match and seven groups
	maxEither = 6
	// effort is how many bytes a walk may look at for each byte of the text before
	// it leaves the text to the fast spelling, which never takes more than linear time.
	effort = 8
)

// walk is one search in one text.
type walk struct {
	*direct
	text  []byte
	left  int // effort
	slots [maxSlots]int
}

// find searches from a place on. gaveUp: it would take too long.
func (w *walk) find(from int) (found, gaveUp bool) {
	for at := from; ; at += w.size(at) {
		if !w.anchored {
			at = w.candidate(at)
		}
		if at < 0 || at >= len(w.text) || w.anchored && at > 0 {
			return false, false
		}
		for i := range w.slots {
			w.slots[i] = -1
		}
		w.slots[0] = at
		if w.run(0, at) {
			return true, false
		}
		if w.left < 0 {
			return false, true
		}
	}
}

// size is the bytes of the character at a place: a match begins with a whole one.
func (w *walk) size(at int) int {
	if w.text[at] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(w.text[at:])
	return n
}

// candidate is the next place where a match may begin, -1 where there is none.
func (w *walk) candidate(at int) int {
	if len(w.prefix) > 0 {
		i := bytes.Index(w.text[at:], w.prefix)
		if i < 0 {
			return -1
		}
		return at + i
	}
	for ; at < len(w.text); at += w.size(at) {
		if w.first.bytes[w.text[at]] || w.text[at] >= utf8.RuneSelf && w.first.beyond != nil {
			return at
		}
	}
	return -1
}

// run matches from step pc on at a place; w.slots then has the places.
func (w *walk) run(pc, at int) bool {
	for {
		s := &w.code[pc]
		pc++
		switch s.kind {
		case stepText:
			if len(w.text)-at < len(s.text) || string(w.text[at:at+len(s.text)]) != string(s.text) {
				return false
			}
			at += len(s.text)
		case stepRepeat:
			end, ok := s.repeat(w.text, at)
			if w.left -= end - at; !ok || w.left < 0 {
				return false
			}
			at = end
		case stepSave:
			w.slots[s.slot] = at
		case stepJump:
			pc = s.to
		case stepEnd:
			if at < len(w.text) {
				return false
			}
		case stepEither:
			before := w.slots
			if w.run(pc, at) {
				return true
			}
			if w.left < 0 {
				return false
			}
			w.slots, pc = before, s.to
		case stepFound:
			w.slots[1] = at
			return true
		}
	}
}

// repeat goes over as many characters as the step takes.
func (s *step) repeat(text []byte, at int) (end int, ok bool) {
	c, n := s.chars, 0
	if s.most < 0 && s.least <= 1 {
		end = c.run(text, at)
		return end, end > at || s.least == 0
	}
	for n != s.most && at < len(text) {
		size := c.at(text, at)
		if size == 0 {
			break
		}
		at += size
		n++
	}
	return at, n >= s.least
}

// run is the end of the characters of the set that stand from a place on.
func (c *chars) run(text []byte, at int) int {
	for {
		for at < len(text) && c.bytes[text[at]] {
			at++
		}
		if at == len(text) || c.beyond == nil || text[at] < utf8.RuneSelf {
			return at
		}
		size := c.at(text, at)
		if size == 0 {
			return at
		}
		at += size
	}
}

// at is the bytes of the character at a place, 0 where it is not in the set.
func (c *chars) at(text []byte, at int) int {
	if b := text[at]; b < utf8.RuneSelf {
		if c.bytes[b] {
			return 1
		}
		return 0
	}
	r, size := utf8.DecodeRune(text[at:])
	if c.allHigh || c.beyond.has(r) {
		return size
	}
	return 0
}

func (s set) has(r rune) bool {
	for _, x := range s {
		if r <= x.to {
			return r >= x.from
		}
	}
	return false
}
