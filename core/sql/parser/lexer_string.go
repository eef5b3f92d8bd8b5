package parser

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/sqlerr"
)

func quoteRune(r rune) string { return strconv.QuoteRune(r) }

// quotedLength is the length of the 'text' at the current place plus skip,
// quotes and doubled quotes included, or -1 if it has no end.
func (l *lexer) quotedLength(skip int, quote byte) int {
	rest := l.text[l.off+skip:]
	for i := 1; i < len(rest); i++ {
		if rest[i] != quote {
			continue
		}
		if i+1 < len(rest) && rest[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return -1
}

// takeQuoted moves over a prefix and the quoted text behind it, and gives what
// lies between the quotes with doubled ones made single.
func (l *lexer) takeQuoted(t *token, skip int, quote byte, what string) string {
	n := l.quotedLength(skip, quote)
	if n < 0 {
		t.text = l.text[l.off:]
		l.advance(len(t.text))
		t.err = &sqlerr.Error{Message: "this " + what + " has no end", Width: 1}
		t.err.Hint = "close it with " + string(quote) + "; inside, the quote is written twice"
		return ""
	}
	q := string(quote)
	inner := strings.ReplaceAll(l.text[l.off+skip+1:l.off+skip+n-1], q+q, q)
	l.advance(skip + n)
	return inner
}

func (l *lexer) scanString(t *token, skip int) {
	text := l.takeQuoted(t, skip, '\'', "string")
	if t.err == nil {
		t.kind, t.text = tokenString, text
	}
}

func (l *lexer) scanQuoted(t *token) {
	text := l.takeQuoted(t, 0, '`', "quoted name")
	if t.err != nil {
		return
	}
	t.kind, t.text = tokenQuoted, text
	if text == "" {
		t.err = &sqlerr.Error{Message: "a quoted name cannot be empty", Width: 2}
	} else if strings.ContainsAny(text, "\r\n") {
		t.err = &sqlerr.Error{Message: "a quoted name cannot contain a line break", Width: 1}
	}
}

// scanPrefixed reads strings with something before their quote: x'0aff',
// U&'\00e9', E'\n', N'…', _UTF8'…'.
func (l *lexer) scanPrefixed(t *token) bool {
	switch c, next := l.peek(0)|0x20, l.peek(1); {
	case c == 'x' && next == '\'':
		l.scanBinary(t)
	case c == 'u' && next == '&' && l.peek(2) == '\'':
		l.scanUnicode(t)
	case c == 'e' && next == '\'':
		l.scanEscaped(t)
	case c == 'n' && next == '\'':
		l.scanString(t, 1)
	case l.peek(0) == '_':
		return l.scanCharset(t)
	default:
		return false
	}
	return true
}

func (l *lexer) scanBinary(t *token) {
	digits := l.takeQuoted(t, 1, '\'', "binary string")
	if t.err != nil {
		return
	}
	t.kind, t.text = tokenBinary, digits
	for _, c := range digits {
		if !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			t.err = sqlerr.Newf(sqlerr.Syntax, "a binary string holds hexadecimal digits only, not %s", quoteRune(c))
			return
		}
	}
	if len(digits)%2 != 0 {
		t.err = sqlerr.Newf(sqlerr.Syntax, "a binary string holds an even number of hexadecimal digits")
	}
}

// scanCharset reads _UTF8'…'; without a quote behind it, it is an ordinary name.
func (l *lexer) scanCharset(t *token) bool {
	n := 1
	for isCharsetByte(l.peek(n)) {
		n++
	}
	if n == 1 || l.peek(n) != '\'' {
		return false
	}
	charset := strings.ToUpper(l.text[l.off+1 : l.off+n])
	l.scanString(t, n)
	t.charset = charset
	switch charset {
	case "UTF8", "UTF-8", "UTF16", "UTF-16LE", "UTF-16", "UTF32", "US-ASCII", "ISO-8859-1", "LATIN1":
	default:
		if t.err == nil {
			t.err = sqlerr.Newf(sqlerr.Syntax, "unknown character set %s", charset).WithHint("strings are Unicode; drop the prefix or write _UTF8'…'")
		}
	}
	return true
}

func isCharsetByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '-'
}

// scanUnicode reads U&'caf\00e9'. UESCAPE is not read: the escape is a backslash.
func (l *lexer) scanUnicode(t *token) {
	text := l.takeQuoted(t, 2, '\'', "string")
	if t.err != nil {
		return
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			i++
			continue
		}
		if strings.HasPrefix(text[i:], `\\`) {
			b.WriteByte('\\')
			i += 2
			continue
		}
		start, digits := i+1, 4
		if strings.HasPrefix(text[i:], `\+`) {
			start, digits = i+2, 6
		}
		r, ok := hexRune(text, start, digits)
		if !ok {
			t.err = sqlerr.Newf(sqlerr.Syntax, `bad Unicode escape in this string`).
				WithHint(`write \ and four hexadecimal digits, \+ and six, or \\ for the backslash`)
			return
		}
		b.WriteRune(r)
		i = start + digits
	}
	t.kind, t.text = tokenString, b.String()
}

func hexRune(text string, start, digits int) (rune, bool) {
	if start+digits > len(text) {
		return 0, false
	}
	v, err := strconv.ParseUint(text[start:start+digits], 16, 32)
	return rune(v), err == nil && utf8.ValidRune(rune(v))
}

// scanEscaped reads E'line\n', with the escapes of C.
func (l *lexer) scanEscaped(t *token) {
	var b strings.Builder
	rest := l.text[l.off:]
	for i := 2; i < len(rest); {
		switch {
		case strings.HasPrefix(rest[i:], "''"):
			b.WriteByte('\'')
			i += 2
		case rest[i] == '\'':
			l.advance(i + 1)
			t.kind, t.text = tokenString, b.String()
			return
		case rest[i] == '\\':
			n := l.unescape(&b, rest[i:])
			if n == 0 {
				l.scanString(t, 1)
				t.err = sqlerr.Newf(sqlerr.Syntax, "bad escape in this string").
					WithHint(`the escapes are \b \f \n \r \t \\ \' \xhh \uhhhh \Uhhhhhhhh and \ooo`)
				return
			}
			i += n
		default:
			b.WriteByte(rest[i])
			i++
		}
	}
	t.text = rest
	l.advance(len(rest))
	t.err = &sqlerr.Error{Message: "this string has no end", Hint: "close it with '", Width: 1}
}

// unescape writes what the escape at the start of s stands for and gives its length, 0 if it is none.
func (l *lexer) unescape(b *strings.Builder, s string) int {
	if len(s) < 2 {
		return 0
	}
	if i := strings.IndexByte(`bfnrt\'`, s[1]); i >= 0 {
		b.WriteByte("\b\f\n\r\t\\'"[i])
		return 2
	}
	if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]; digits > 0 {
		r, ok := hexRune(s, 2, digits)
		if !ok {
			return 0
		}
		b.WriteRune(r)
		return 2 + digits
	}
	n := 1
	for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '7' {
		n++
	}
	if n == 1 {
		return 0
	}
	v, _ := strconv.ParseUint(s[1:n], 8, 32)
	b.WriteRune(rune(v))
	return n
}
