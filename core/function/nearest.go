package function

import (
	"strings"

	"github.com/weir-engine/weir/core/option"
)

// Nearest lists up to n function names that resemble a name, best first, for hints.
func Nearest(name string, n int) []string {
	var names []string
	for name := range byName {
		if isWord(name) {
			names = append(names, name)
		}
	}
	return option.Nearest(strings.ToUpper(name), sorted(names), n)
}

// isWord tells functions from operators and special forms, which are not called by name.
func isWord(name string) bool {
	for _, r := range name {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}
