package json

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errEnd    = errors.New("the record ends early")
	errSyntax = errors.New("malformed JSON")
	errDeep   = errors.New("nested too deeply")
)

const maxDepth = 512

// scanner walks over one record.
type scanner struct {
	src []byte
	at  int
	tmp []byte // unescaped strings
}

// peek skips white space and returns the byte there, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.src) {
		c := s.src[s.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
		s.at++
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return s.wrong()
	}
	s.at++
	return nil
}

func (s *scanner) wrong() error {
	if s.at >= len(s.src) {
		return errEnd
	}
	return errSyntax
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

// quoteOrEscape is where the first quote, backslash or control character from i on is.
func quoteOrEscape(src []byte, i int) int {
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		q, e := w^(eachByte*'"'), w^(eachByte*'\\')
		hit := ((q - eachByte) &^ q) | ((e - eachByte) &^ e) | ((w - eachByte*0x20) &^ w)
		if hit &= highBits; hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(src); i++ {
		if c := src[i]; c == '"' || c == '\\' || c < 0x20 {
			return i
		}
	}
	return i
}

// str reads a string whose opening quote is at s.at. The result is valid until the next call.
func (s *scanner) str() ([]byte, error) {
	s.at++
	start := s.at
	i := quoteOrEscape(s.src, start)
	if i < len(s.src) && s.src[i] == '"' {
		s.at = i + 1
		return s.src[start:i], nil
	}
	s.tmp = append(s.tmp[:0], s.src[start:i]...)
	for i < len(s.src) {
		switch c := s.src[i]; {
		case c == '"':
			s.at = i + 1
			return s.tmp, nil
		case c < 0x20:
			s.at = i
			return nil, errSyntax
		}
		s.at = i + 1
		if err := s.escape(); err != nil {
			return nil, err
		}
		next := quoteOrEscape(s.src, s.at)
		s.tmp = append(s.tmp, s.src[s.at:next]...)
		i = next
	}
	s.at = len(s.src)
	return nil, errEnd
}

func (s *scanner) escape() error {
	if s.at >= len(s.src) {
		return errEnd
	}
	c := s.src[s.at]
	s.at++
	if c == 'u' {
		return s.unicode()
	}
	at := bytes.IndexByte([]byte(`"\/bfnrt`), c)
	if at < 0 {
		return errSyntax
	}
	s.tmp = append(s.tmp, "\"\\/\b\f\n\r\t"[at])
	return nil
}

func (s *scanner) unicode() error {
	r, err := s.hex4()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		low := rune(utf8.RuneError)
		if s.at+2 <= len(s.src) && s.src[s.at] == '\\' && s.src[s.at+1] == 'u' {
			s.at += 2
			if low, err = s.hex4(); err != nil {
				return err
			}
		}
		r = utf16.DecodeRune(r, low)
	}
	s.tmp = utf8.AppendRune(s.tmp, r)
	return nil
}

func (s *scanner) hex4() (r rune, err error) {
	if s.at+4 > len(s.src) {
		return 0, errEnd
	}
	for _, c := range s.src[s.at : s.at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, errSyntax
		}
	}
	s.at += 4
	return r, nil
}

// bare reads a number or a word as far as it goes.
func (s *scanner) bare() []byte {
	start := s.at
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', c == '-', c == '+', c == '.':
			s.at++
			continue
		}
		break
	}
	return s.src[start:s.at]
}

// usualNumber is behind a number without sign and exponent that ends before a comma
// or brace; 0 for anything else.
func usualNumber(src []byte, at int) (end int) {
	i := digits(src, at)
	if i == at || src[at] == '0' && i > at+1 {
		return 0
	}
	if i < len(src) && src[i] == '.' {
		from := i + 1
		if i = digits(src, from); i == from {
			return 0
		}
	}
	if i == len(src) || src[i] != ',' && src[i] != '}' {
		return 0
	}
	return i
}

// isNumber checks JSON's grammar of numbers.
func isNumber(b []byte) bool {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && b[i] >= '1' && b[i] <= '9':
		i = digits(b, i)
	default:
		return false
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = digits(b, from); i == from {
			return false
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		if i = digits(b, from); i == from {
			return false
		}
	}
	return i == len(b)
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// skip passes over a value of any kind.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	switch c := s.peek(); c {
	case '"':
		if end := quoteOrEscape(s.src, s.at+1); end < len(s.src) && s.src[end] == '"' {
			s.at = end + 1
			return nil
		}
		_, err := s.str()
		return err
	case '{', '[':
		return s.skipNested(c, depth)
	default:
		if end := usualNumber(s.src, s.at); end > 0 {
			s.at = end
			return nil
		}
		b := s.bare()
		if !isNumber(b) && string(b) != "null" && string(b) != "true" && string(b) != "false" {
			return s.wrong()
		}
		return nil
	}
}

func (s *scanner) skipNested(open byte, depth int) error {
	s.at++
	end := open + 2 // ] and } stand two behind [ and {
	if s.peek() == end {
		s.at++
		return nil
	}
	for {
		if open == '{' {
			if s.peek() != '"' {
				return s.wrong()
			}
			if _, err := s.str(); err != nil {
				return err
			}
			if err := s.expect(':'); err != nil {
				return err
			}
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case end:
			s.at++
			return nil
		default:
			return s.wrong()
		}
	}
}
