package regex

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

var directPatterns = []string{
	`^https?://(?:www\.)?([^/]+)/.*$`,
	`^([^,]*),([^,]*),(x)?`,
	`(a|b|cd)e*f`,
	`abc`,
	`[0-9]{1,3}\.[0-9]+`,
	`x(\d{2})?y`,
	`é+[^é]`,
	`(?:ab|ac)(d+?)e`,
	`k=([^&]*)(?:&|$)`,
	`[^ ]+ $`,
	`<[^>]*>`,
	`(?s)a.$`,
	`\p{L}+\d`,
}

// What a direct pattern finds is what the spelling finds that it was made from.
func TestDirectIsAsFast(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	parts := []string{"http", "s", "://", "www.", "/", "a", "b", "c", "d", "e", "f", ",", "x", "y", "1", "23", ".", "é", "\xc3", "\xa9", "k=", "&", " ", "<", ">", "\n", "\r", "\u2028", "\ufffd"}
	for _, text := range directPatterns {
		p, err := Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.direct == nil {
			t.Errorf("%s: not direct", text)
			continue
		}
		for range 3000 {
			var b strings.Builder
			for range r.IntN(14) {
				b.WriteString(parts[r.IntN(len(parts))])
			}
			agree(t, p, b.String())
		}
		agree(t, p, "https://www.abc.ru/x,y")
		agree(t, p, "http://www.abc")
	}
}

func agree(t *testing.T, p *Pattern, text string) {
	t.Helper()
	plain := &Pattern{text: p.text, fast: p.fast, groups: p.groups}
	a, _ := p.Find([]byte(text), nil)
	b, _ := plain.Find([]byte(text), nil)
	if p.isFast([]byte(text)) && fmt.Sprint(a) != fmt.Sprint(b) {
		t.Fatalf("%q in %q: %v, and as RE2 %v", p, text, a, b)
	}
	if !p.isFast([]byte(text)) || p.empty {
		return
	}
	every := func(p *Pattern) (out []string) {
		p.allFast([]byte(text), nil, func(at []int) bool { out = append(out, fmt.Sprint(at)); return true })
		return out
	}
	if a, b := fmt.Sprint(every(p)), fmt.Sprint(every(plain)); a != b {
		t.Fatalf("%q in %q: all %v, and as RE2 %v", p, text, a, b)
	}
}

// What one walk does not decide is left to others.
func TestNotDirect(t *testing.T) {
	for _, text := range []string{`a*`, `.*b`, `(a+)+b`, `a*ab`, `(?i)abc`, `a|`, `a*?`, `\bа`, `(?m)^a`, `x^a`, `(a|b|c|d|ee|ff|gg|hh|ii)+`, `(ab)*c`, `a.*?b`, strings.Repeat("(a)", 9)} {
		p, err := Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.direct != nil {
			t.Errorf("%s: direct", text)
		}
	}
}

// A search that would begin at many places and run far from each goes on as RE2.
func TestDirectGivesUp(t *testing.T) {
	p, err := Compile(`a[^b]*b`)
	if err != nil || p.direct == nil {
		t.Fatal(err, p.direct)
	}
	text := strings.Repeat("a", 10_000)
	w := p.walk([]byte(text))
	if found, gaveUp := w.find(0); found || !gaveUp {
		t.Errorf("found %v, gave up %v", found, gaveUp)
	}
	agree(t, p, text)
	agree(t, p, "ab"+text)
	agree(t, p, text+"b")
}

func FuzzDirect(f *testing.F) {
	for _, p := range directPatterns {
		f.Add(p, "https://www.abc.ru/x,y")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 60 || len(text) > 100 || !utf8.ValidString(pattern) {
			return
		}
		if p, err := Compile(pattern); err == nil && p.direct != nil {
			agree(t, p, text)
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	text := []byte("https://www.qwertz.ru/abcdef/ghijkl?from=yandex&lr=213&text=1234567")
	p, err := Compile(directPatterns[0])
	if err != nil {
		b.Fatal(err)
	}
	scratch := make([]int, 0, 16)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if at, err := p.Find(text, scratch); err != nil || len(at) != 4 {
			b.Fatal(at, err)
		}
	}
}
