package regex

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
)

// all lists what a pattern matches in a text, each with the place of its first byte.
func all(t *testing.T, pattern, text string) string {
	t.Helper()
	p, err := Compile(pattern)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	var out []string
	err = p.All([]byte(text), nil, func(at []int) bool {
		out = append(out, fmt.Sprintf("%d:%s", at[0], text[at[0]:at[1]]))
		return true
	})
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	return strings.Join(out, " ")
}

// TestMeansWhatJavaMeans holds forms on which RE2, Java and other engines differ. The
// answers are java.util.regex's.
func TestMeansWhatJavaMeans(t *testing.T) {
	for _, c := range []struct{ pattern, text, want string }{
		{"a*", "aaa", "0:aaa 3:"},
		{"o*", "foob", "0: 1:oo 3: 4:"},
		{"a$", "a\n", "0:a"},
		{"a\\z", "a\n", ""},
		{"a\\Z", "a\r\n", "0:a"},
		{"(?d)a$", "a\r", ""},
		{"a.", "a\r", ""},
		{"(?s)a.", "a\r", "0:a\r"},
		{"(?m)^x", "x\nx\r\nx", "0:x 2:x 5:x"},
		{"(?m)x$", "x\nx", "0:x 2:x"},
		{"(?m)^", "", ""},
		{"[a-z&&[^o]]", "foo", "0:f"},
		{"[a-f[x-z]]", "oxa", "1:x 2:a"},
		{"[[:alpha:]]", "la:", "0:l 1:a 2::"},
		{"[]a]", "]", "0:]"},
		{"[^]a]", "]b", "1:b"},
		{"[a-]", "-", "0:-"},
		{"[&&a]", "a", "0:a"},
		{"(?i)é", "É", ""},
		{"(?iu)é", "É", "0:É"},
		{"(?i)s", "ſ", ""},
		{"a\\bé", "aé", ""},
		{"\\w", "é", ""},
		{"(?U)\\w", "é", "0:é"},
		{"\\Qa.b\\E+", "a.bb", "0:a.bb"},
		{"\\p{javaLowerCase}\\p{IsHan}\\p{InGreek}\\p{Lu}", "a本ΩA", "0:a本ΩA"},
		{"\\u0061\\x62\\x{63}\\0144\\cA", "abcd\x01", "0:abcd\x01"},
		{"a(?i)b(?-i)c", "aBc aBC", "0:aBc"},
		{"(?x) a # comment\n b", "ab", "0:ab"},
		{"\\R", "\r\n\n", "0:\r\n 2:\n"},
		{"(?<x>ab)\\k<x>", "abab", "0:abab"},
		{"(.)\\1", "aabb", "0:aa 2:bb"},
		{"a++a", "aaa", ""},
		{"(?>a|ab)c", "abc", ""},
		{"(?<!f)o(?=b)", "foob", "2:o"},
		{"a{2}", "aaaa", "0:aa 2:aa"},
		{"^", "a", "0:"},
	} {
		if got := all(t, c.pattern, c.text); got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.pattern, c.text, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	for _, pattern := range []string{"(a)(b)?(x)?", "(?=.)(a)(b)?(x)?"} { // fast and slow
		p, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		at, err := p.Find([]byte("éab"), nil)
		if err != nil || p.Groups() != 3 || fmt.Sprint(at) != "[2 4 2 3 3 4 -1 -1]" {
			t.Errorf("%s: got %v %v", pattern, at, err)
		}
	}
}

func TestWhatJavaRefuses(t *testing.T) {
	for _, bad := range []string{"[a", "(a", "a)", "*", "a**", "a{", "a{b", "a{,3}", "a{3,2}", "\\", "\\y", "[b-a]", "(?<1>a)", "(?<a>x)(?<a>y)", "\\p{Nope}", "(?#c)", "\\k<x>", "[&&]"} {
		if _, err := Compile(bad); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestWhatIsNotSupportedSaysSo(t *testing.T) {
	for _, p := range []string{"\\X", "\\N{DIGIT ONE}", "\\p{InLisu}", strings.Repeat("(", 300) + strings.Repeat(")", 300)} {
		if _, err := Compile(p); sqlerr.As(err) == nil || sqlerr.As(err).Code != sqlerr.FeatureNotSupported {
			t.Errorf("%.20s: got %v", p, err)
		}
	}
}

func TestRunawayEnds(t *testing.T) {
	p, err := Compile(`(?=a)(a+)+\1$`)
	if err != nil {
		t.Fatal(err)
	}
	p.slow.MatchTimeout = 20 * time.Millisecond
	_, err = p.Match([]byte(strings.Repeat("a", 5000) + "b"))
	if sqlerr.As(err) == nil {
		t.Errorf("got %v", err)
	}
}

// FuzzSpellingsAgree: where both engines may answer, they answer alike.
func FuzzSpellingsAgree(f *testing.F) {
	f.Add("[a-c&&[^b]]+|x{2,3}?", "abcxx")
	f.Add("(a|b)*c$", "aabc")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p := &parser{text: []rune(pattern), out: spelling{fastOK: true}}
		if len(pattern) > 40 || len(text) > 40 || p.parse() != nil || !p.out.fastOK || strings.Contains(p.out.fast.String(), "{") {
			return
		}
		fast, err := Compile(pattern)
		if err != nil || fast.fast == nil || !fast.isFast([]byte(text)) || !isASCII([]byte(text)) {
			return
		}
		slow, err := Compile("(?=)" + pattern)
		if err != nil || strings.ContainsAny(pattern, "|") {
			return
		}
		a, _ := fast.Find([]byte(text), nil)
		b, err := slow.Find([]byte(text), nil)
		if err == nil && fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%q in %q: %v and %v", pattern, text, a, b)
		}
	})
}
