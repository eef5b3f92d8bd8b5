package kernel_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/kernel"
)

func TestRuneCount(t *testing.T) {
	for n := range 40 {
		for _, more := range []string{"", "é", "ж", "\xff", "日本", "é" + strings.Repeat("b", 17)} {
			s := []byte(strings.Repeat("a", n) + more + strings.Repeat("c", n%9))
			if got, want := kernel.RuneCount(s), utf8.RuneCount(s); got != want {
				t.Errorf("%q has %d code points, got %d", s, want, got)
			}
			if got, want := kernel.IsASCII(s), len(s) == n+n%9; got != want {
				t.Errorf("%q is ASCII: %v, got %v", s, want, got)
			}
		}
	}
}
