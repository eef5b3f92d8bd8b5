package regex

import (
	"errors"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"github.com/weir-engine/weir/core/sqlerr"
)

// ErrSyntax is what Java does not read either. Most functions give NULL for it.
var ErrSyntax = errors.New("not a regular expression")

// timeLimit ends a match whose backtracking explodes.
const timeLimit = 5 * time.Second

// Pattern is a regular expression, compiled. Goroutines may share it.
type Pattern struct {
	text   string
	fast   *regexp.Regexp  // nil where RE2 lacks a form
	direct *direct         // what fast says, in one walk; nil where that is not enough
	slow   *regexp2.Regexp // nil where RE2 is right for all texts
	only   conditions      // on texts for which fast is right
	groups int
	empty  bool // may match the empty string
}

// conditions are what a text must be for the fast spelling to mean the same.
type conditions struct {
	ascii     bool // no character beyond ASCII
	noLineEnd bool // does not end in a line terminator
}

// Compile reads a pattern. Its error is ErrSyntax, or a *sqlerr.Error for what Java
// reads and weir does not.
func Compile(text string) (*Pattern, error) {
	p := &parser{text: []rune(text), out: spelling{fastOK: true}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	out := &Pattern{text: text, groups: p.groups, empty: p.least == 0, only: p.out.only}
	if p.out.fastOK {
		out.fast, _ = regexp.Compile(p.out.fast.String()) // what is too large for it is not for the other
	}
	if out.fast != nil {
		out.direct = compileDirect(p.out.fast.String(), p.groups)
	}
	if out.fast != nil && !out.empty && out.only == (conditions{}) {
		return out, nil
	}
	slow, err := regexp2.Compile(p.out.slow.String())
	if err != nil {
		return nil, unsupported(text, err.Error())
	}
	slow.MatchTimeout = timeLimit
	out.slow = slow
	return out, nil
}

func unsupported(text, what string) error {
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "the regular expression '%s' is not supported: %s", text, what)
}

// String is the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Groups is the number of capturing groups.
func (p *Pattern) Groups() int { return p.groups }

// isFast reports whether the fast spelling is right for a text.
func (p *Pattern) isFast(s []byte) bool {
	switch {
	case p.fast == nil:
		return false
	case p.only.ascii && !isASCII(s):
		return false
	case p.only.noLineEnd && endsLine(s):
		return false
	}
	return true
}

func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func endsLine(s []byte) bool {
	r, _ := utf8.DecodeLastRune(s)
	return r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// walk begins to search a text for which the fast spelling is right.
func (p *Pattern) walk(s []byte) walk {
	return walk{direct: p.direct, text: s, left: effort * (len(s) + 8)}
}

// Match reports whether a part of s matches.
func (p *Pattern) Match(s []byte) (bool, error) {
	if p.isFast(s) {
		if p.direct != nil {
			w := p.walk(s)
			if found, gaveUp := w.find(0); !gaveUp {
				return found, nil
			}
		}
		return p.fast.Match(s), nil
	}
	ok, err := p.slow.MatchString(string(s))
	return ok, p.failed(err)
}

// Find gives the places of the first match and of its groups, as pairs of byte
// offsets, -1 for groups that took no part; nil where there is no match. The
// answer may lie in the memory of scratch.
func (p *Pattern) Find(s []byte, scratch []int) ([]int, error) {
	if p.isFast(s) {
		if p.direct != nil {
			w := p.walk(s)
			if found, gaveUp := w.find(0); found {
				return append(scratch[:0], w.slots[:2*(p.groups+1)]...), nil
			} else if !gaveUp {
				return nil, nil
			}
		}
		return p.fast.FindSubmatchIndex(s), nil
	}
	m, err := p.slow.FindStringMatch(string(s))
	if err != nil || m == nil {
		return nil, p.failed(err)
	}
	return p.places(s, m), nil
}

// All gives the places of each match to yield, which may not keep them, until it
// says to stop. They may lie in the memory of scratch. As in Java an empty match
// may stand directly behind another one.
func (p *Pattern) All(s []byte, scratch []int, yield func(at []int) bool) error {
	if p.isFast(s) && !p.empty {
		p.allFast(s, scratch, yield)
		return nil
	}
	m, err := p.slow.FindStringMatch(string(s))
	for ; err == nil && m != nil; m, err = p.slow.FindNextMatch(m) {
		if !yield(p.places(s, m)) {
			return nil
		}
	}
	return p.failed(err)
}

func (p *Pattern) allFast(s []byte, scratch []int, yield func(at []int) bool) {
	from := 0
	if p.direct != nil {
		w := p.walk(s)
		for {
			found, gaveUp := w.find(from)
			if !found && !gaveUp {
				return
			}
			if gaveUp {
				break
			}
			scratch = append(scratch[:0], w.slots[:2*(p.groups+1)]...)
			if !yield(scratch) {
				return
			}
			from = w.slots[1]
		}
	}
	for _, at := range p.fast.FindAllSubmatchIndex(s[from:], -1) { // nothing looks behind
		for i := range at {
			if at[i] >= 0 {
				at[i] += from
			}
		}
		if !yield(at) {
			return
		}
	}
}

// places turns counts of characters into byte offsets.
func (p *Pattern) places(s []byte, m *regexp2.Match) []int {
	at := make([]int, 2*(p.groups+1))
	for g := range p.groups + 1 {
		at[2*g], at[2*g+1] = -1, -1
		group := m.GroupByNumber(g)
		if group == nil || len(group.Captures) == 0 {
			continue
		}
		from := offsetOf(s, 0, group.RuneIndex)
		at[2*g], at[2*g+1] = from, offsetOf(s, from, group.RuneLength)
	}
	return at
}

func offsetOf(s []byte, from, characters int) int {
	for ; characters > 0 && from < len(s); characters-- {
		_, n := utf8.DecodeRune(s[from:])
		from += n
	}
	return from
}

func (p *Pattern) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, regexp2.ErrBacktrackingStackLimit):
		return sqlerr.Newf(sqlerr.BadInput, "the regular expression '%s' needs too much memory for this text", p.text)
	}
	return sqlerr.Newf(sqlerr.BadInput, "the regular expression '%s' takes too long for this text", p.text).
		WithHint("nested repetitions such as (a+)+ may take time that doubles with each character")
}
