package kernel

import "unicode/utf8"

// PrefixLen is the bytes of the first n code points of s.
func PrefixLen(s []byte, n int) int { return prefixLen(s, n) }

// IsASCII reports strings whose code points are bytes.
func IsASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
