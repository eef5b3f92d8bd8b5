package kernel

import (
	"bytes"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/sqlerr"
)

// Like is a LIKE pattern, compiled: most patterns are a few fixed pieces between
// percent signs, which are searched for as bytes.
type Like struct {
	head, tail []byte   // fixed pieces at both ends
	middle     [][]byte // fixed pieces between percent signs, in order
	any        bool     // there is a percent sign
	tokens     []likeToken
}

// likeToken is one step of a pattern with underscores: a piece of bytes, or one
// or any number of code points.
type likeToken struct {
	text      []byte
	one, many bool
}

// CompileLike reads a pattern; escape 0 means none.
func CompileLike(pattern []byte, escape rune) (*Like, error) {
	tokens, err := likeTokens(pattern, escape)
	if err != nil {
		return nil, err
	}
	l := &Like{}
	for _, t := range tokens {
		if t.one {
			l.tokens = tokens
			return l, nil
		}
	}
	for i, t := range tokens {
		switch {
		case t.many:
			l.any = true
		case i == 0:
			l.head = t.text
		case i == len(tokens)-1:
			l.tail = t.text
		default:
			l.middle = append(l.middle, t.text)
		}
	}
	return l, nil
}

func likeTokens(pattern []byte, escape rune) ([]likeToken, error) {
	var out []likeToken
	var text []byte
	flush := func() {
		if len(text) > 0 {
			out = append(out, likeToken{text: text})
			text = nil
		}
	}
	for i := 0; i < len(pattern); {
		r, n := utf8.DecodeRune(pattern[i:])
		switch {
		case escape != 0 && r == escape:
			i += n
			next, size := utf8.DecodeRune(pattern[min(i, len(pattern)):])
			if next != '%' && next != '_' && next != escape {
				return nil, sqlerr.Newf(sqlerr.BadInput, "invalid escape sequence in the pattern '%s'", pattern).
					WithHint("the escape character stands before %%, _ or itself")
			}
			text = append(text, pattern[i:i+size]...)
			n = size
		case r == '%':
			flush()
			if len(out) == 0 || !out[len(out)-1].many {
				out = append(out, likeToken{many: true})
			}
		case r == '_':
			flush()
			out = append(out, likeToken{one: true})
		default:
			text = append(text, pattern[i:i+n]...)
		}
		i += n
	}
	flush()
	return out, nil
}

// Match reports whether all of s matches.
func (l *Like) Match(s []byte) bool {
	if l.tokens != nil {
		return matchTokens(s, l.tokens)
	}
	if !l.any {
		return bytes.Equal(s, l.head)
	}
	if len(s) < len(l.head)+len(l.tail) || !bytes.HasPrefix(s, l.head) || !bytes.HasSuffix(s, l.tail) {
		return false
	}
	s = s[len(l.head) : len(s)-len(l.tail)]
	for _, piece := range l.middle {
		at := bytes.Index(s, piece)
		if at < 0 {
			return false
		}
		s = s[at+len(piece):]
	}
	return true
}

// matchTokens matches with one point to come back to: behind the last percent sign.
func matchTokens(s []byte, tokens []likeToken) bool {
	i, j := 0, 0
	backTo, from := -1, 0
	for {
		switch {
		case j < len(tokens) && tokens[j].many:
			j++
			backTo, from = j, i
			continue
		case j < len(tokens) && tokens[j].one && i < len(s):
			i += runeLen(s[i:])
			j++
			continue
		case j < len(tokens) && tokens[j].text != nil && bytes.HasPrefix(s[i:], tokens[j].text):
			i += len(tokens[j].text)
			j++
			continue
		case j == len(tokens) && i == len(s):
			return true
		}
		if backTo < 0 || from >= len(s) {
			return false
		}
		from += runeLen(s[from:])
		i, j = from, backTo
	}
}

// MatchLike is the kernel of LIKE with a constant pattern.
func MatchLike(l *Like) Kernel {
	return Kernel{Name: "LIKE", Eval: func(c *Call) error {
		x, out := c.Strings(0), c.Out.Bits()
		for _, r := range c.Active() {
			out.SetTo(int(r), l.Match(x.At(r)))
		}
		return nil
	}}
}
