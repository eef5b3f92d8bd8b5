package kernel

import (
	"encoding/binary"
	"unicode/utf8"
)

// beyondASCII has the highest bit of each of eight bytes, which no ASCII character has.
const beyondASCII = 0x8080808080808080

// PrefixLen is the bytes of the first n code points of s.
func PrefixLen(s []byte, n int) int { return prefixLen(s, n) }

// asciiWords is the bytes at the front of s, a multiple of eight, that are ASCII for certain.
func asciiWords(s []byte) int {
	at := 0
	for len(s)-at >= 8 && binary.LittleEndian.Uint64(s[at:])&beyondASCII == 0 {
		at += 8
	}
	return at
}

// RuneCount is the number of code points.
func RuneCount(s []byte) int {
	n := asciiWords(s)
	return n + utf8.RuneCount(s[n:])
}

// IsASCII reports strings whose code points are bytes.
func IsASCII(s []byte) bool {
	for _, c := range s[asciiWords(s):] {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
