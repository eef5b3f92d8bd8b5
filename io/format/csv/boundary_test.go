package csv

import (
	"math/rand/v2"
	"testing"
)

// TestBoundary cuts random texts, most of them malformed, and wants every cut to
// be where a splitter that reads on from the front ends a record, and no cut to be
// missed but that of the last record.
func TestBoundary(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, s := range []Settings{
		{Delimiter: ',', Quote: '"'},
		{Delimiter: ',', Quote: '"', Escape: '\\'},
		{Delimiter: ',', Quote: '"', Trim: true},
		{Delimiter: ',', Quote: '"', Comments: true},
		{Delimiter: ','},
	} {
		boundary := Boundary(s)
		cuts := 0
		for range 60_000 {
			text := make([]byte, r.IntN(40))
			for i := range text {
				text[i] = "\"\"\"\n\n,,a \r\\#"[r.IntN(12)]
			}
			ends, split := map[int]bool{}, NewSplitter(s)
			last, at := 0, 0
			for at < len(text) {
				n, err := split.Next(text[at:], false)
				if n == 0 || err != nil && text[at+n-1] != '\n' {
					break
				}
				at += n
				ends[at] = true
				last = at
			}
			cut := boundary(text)
			if cut > 0 && !ends[cut] {
				t.Fatalf("%+v: %q is cut at %d, records end at %v", s, text, cut, ends)
			}
			if cut < last {
				t.Fatalf("%+v: %q is cut at %d, the last record that is whole ends at %d", s, text, cut, last)
			}
			if cut > 0 {
				cuts++
			}
		}
		if cuts < 10_000 {
			t.Errorf("%+v: only %d texts were cut", s, cuts)
		}
	}
}
