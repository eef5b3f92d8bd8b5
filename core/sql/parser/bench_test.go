package parser

import "testing"

func BenchmarkParseTPCH(b *testing.B) {
	queries := tpchQueries(b)
	size := 0
	for _, text := range queries {
		size += len(text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for name, text := range queries {
			if _, err := ParseScript(text); err != nil {
				b.Fatal(name, err)
			}
		}
	}
}
