package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/option"
)

// suggest is the hint for a name that is not there: the names it resembles, else
// some of those there are.
func suggest(word string, names []string) string {
	var alike []string
	for _, n := range option.Nearest(word, names, 3) {
		if resembles(word, n) {
			alike = append(alike, "`"+n+"`")
		}
	}
	switch {
	case len(alike) > 0:
		return "did you mean " + strings.Join(alike, " or ") + "?"
	case len(names) == 0:
		return ""
	case len(names) > 12:
		return "there are `" + strings.Join(names[:12], "`, `") + "` and others"
	}
	return "there are `" + strings.Join(names, "`, `") + "`"
}

// resembles: one name holds the other, or they share many pairs of letters.
// Names that differ in case alone are the likeliest mistake of all.
func resembles(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.Contains(a, b) || strings.Contains(b, a) {
		return true
	}
	pairs := map[string]int{}
	for i := 0; i+2 <= len(a); i++ {
		pairs[a[i:i+2]]++
	}
	shared := 0
	for i := 0; i+2 <= len(b); i++ {
		if pairs[b[i:i+2]] > 0 {
			pairs[b[i:i+2]]--
			shared++
		}
	}
	return shared > 0 && 5*shared >= len(a)+len(b)-2
}
