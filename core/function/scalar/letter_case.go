package scalar

import (
	"sort"
	"unicode"
	"unicode/utf8"
)

// Case mapping of Unicode, with the mappings to several characters (ß becomes SS)
// that package unicode leaves out.

// special is a character whose capital form is several characters.
type special struct {
	r     rune
	upper string
}

// specials are Unicode's SpecialCasing without conditions, by character.
var specials = [...]special{
	{0x00DF, "SS"},
	{0x0149, "\u02bcN"},
	{0x01F0, "J\u030c"},
	{0x0390, "\u0399\u0308\u0301"},
	{0x03B0, "\u03a5\u0308\u0301"},
	{0x0587, "\u0535\u0552"},
	{0x1E96, "H\u0331"},
	{0x1E97, "T\u0308"},
	{0x1E98, "W\u030a"},
	{0x1E99, "Y\u030a"},
	{0x1E9A, "A\u02be"},
	{0x1F50, "\u03a5\u0313"},
	{0x1F52, "\u03a5\u0313\u0300"},
	{0x1F54, "\u03a5\u0313\u0301"},
	{0x1F56, "\u03a5\u0313\u0342"},
	{0x1F80, "\u1f08\u0399"},
	{0x1F81, "\u1f09\u0399"},
	{0x1F82, "\u1f0a\u0399"},
	{0x1F83, "\u1f0b\u0399"},
	{0x1F84, "\u1f0c\u0399"},
	{0x1F85, "\u1f0d\u0399"},
	{0x1F86, "\u1f0e\u0399"},
	{0x1F87, "\u1f0f\u0399"},
	{0x1F88, "\u1f08\u0399"},
	{0x1F89, "\u1f09\u0399"},
	{0x1F8A, "\u1f0a\u0399"},
	{0x1F8B, "\u1f0b\u0399"},
	{0x1F8C, "\u1f0c\u0399"},
	{0x1F8D, "\u1f0d\u0399"},
	{0x1F8E, "\u1f0e\u0399"},
	{0x1F8F, "\u1f0f\u0399"},
	{0x1F90, "\u1f28\u0399"},
	{0x1F91, "\u1f29\u0399"},
	{0x1F92, "\u1f2a\u0399"},
	{0x1F93, "\u1f2b\u0399"},
	{0x1F94, "\u1f2c\u0399"},
	{0x1F95, "\u1f2d\u0399"},
	{0x1F96, "\u1f2e\u0399"},
	{0x1F97, "\u1f2f\u0399"},
	{0x1F98, "\u1f28\u0399"},
	{0x1F99, "\u1f29\u0399"},
	{0x1F9A, "\u1f2a\u0399"},
	{0x1F9B, "\u1f2b\u0399"},
	{0x1F9C, "\u1f2c\u0399"},
	{0x1F9D, "\u1f2d\u0399"},
	{0x1F9E, "\u1f2e\u0399"},
	{0x1F9F, "\u1f2f\u0399"},
	{0x1FA0, "\u1f68\u0399"},
	{0x1FA1, "\u1f69\u0399"},
	{0x1FA2, "\u1f6a\u0399"},
	{0x1FA3, "\u1f6b\u0399"},
	{0x1FA4, "\u1f6c\u0399"},
	{0x1FA5, "\u1f6d\u0399"},
	{0x1FA6, "\u1f6e\u0399"},
	{0x1FA7, "\u1f6f\u0399"},
	{0x1FA8, "\u1f68\u0399"},
	{0x1FA9, "\u1f69\u0399"},
	{0x1FAA, "\u1f6a\u0399"},
	{0x1FAB, "\u1f6b\u0399"},
	{0x1FAC, "\u1f6c\u0399"},
	{0x1FAD, "\u1f6d\u0399"},
	{0x1FAE, "\u1f6e\u0399"},
	{0x1FAF, "\u1f6f\u0399"},
	{0x1FB2, "\u1fba\u0399"},
	{0x1FB3, "\u0391\u0399"},
	{0x1FB4, "\u0386\u0399"},
	{0x1FB6, "\u0391\u0342"},
	{0x1FB7, "\u0391\u0342\u0399"},
	{0x1FBC, "\u0391\u0399"},
	{0x1FC2, "\u1fca\u0399"},
	{0x1FC3, "\u0397\u0399"},
	{0x1FC4, "\u0389\u0399"},
	{0x1FC6, "\u0397\u0342"},
	{0x1FC7, "\u0397\u0342\u0399"},
	{0x1FCC, "\u0397\u0399"},
	{0x1FD2, "\u0399\u0308\u0300"},
	{0x1FD3, "\u0399\u0308\u0301"},
	{0x1FD6, "\u0399\u0342"},
	{0x1FD7, "\u0399\u0308\u0342"},
	{0x1FE2, "\u03a5\u0308\u0300"},
	{0x1FE3, "\u03a5\u0308\u0301"},
	{0x1FE4, "\u03a1\u0313"},
	{0x1FE6, "\u03a5\u0342"},
	{0x1FE7, "\u03a5\u0308\u0342"},
	{0x1FF2, "\u1ffa\u0399"},
	{0x1FF3, "\u03a9\u0399"},
	{0x1FF4, "\u038f\u0399"},
	{0x1FF6, "\u03a9\u0342"},
	{0x1FF7, "\u03a9\u0342\u0399"},
	{0x1FFC, "\u03a9\u0399"},
	{0xFB00, "FF"},
	{0xFB01, "FI"},
	{0xFB02, "FL"},
	{0xFB03, "FFI"},
	{0xFB04, "FFL"},
	{0xFB05, "ST"},
	{0xFB06, "ST"},
	{0xFB13, "\u0544\u0546"},
	{0xFB14, "\u0544\u0535"},
	{0xFB15, "\u0544\u053b"},
	{0xFB16, "\u054e\u0546"},
	{0xFB17, "\u0544\u053d"},
}

func upper(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return upperRunes(dst, s[i:])
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func upperRunes(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		if r >= specials[0].r {
			at := sort.Search(len(specials), func(i int) bool { return specials[i].r >= r })
			if at < len(specials) && specials[at].r == r {
				dst = append(dst, specials[at].upper...)
				continue
			}
		}
		dst = utf8.AppendRune(dst, unicode.ToUpper(r))
	}
	return dst
}

func lower(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return lowerRunes(dst, s, i)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// lowerRunes lowers s from a place on.
func lowerRunes(dst, s []byte, from int) []byte {
	for i := from; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		switch {
		case r == 'İ':
			dst = append(dst, "i\u0307"...)
		case r == 'Σ' && endsWord(s[:i], s[i+n:]):
			dst = append(dst, "ς"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

// endsWord reports whether a letter between two texts is the last of a word and not its only one.
func endsWord(before, behind []byte) bool {
	r, n := utf8.DecodeLastRune(before)
	for unicode.Is(unicode.Mn, r) { // accents belong to the letter before
		before = before[:len(before)-n]
		r, n = utf8.DecodeLastRune(before)
	}
	if !hasCase(r) {
		return false
	}
	for len(behind) > 0 {
		r, n := utf8.DecodeRune(behind)
		behind = behind[n:]
		if !unicode.Is(unicode.Mn, r) {
			return !hasCase(r)
		}
	}
	return true
}

func hasCase(r rune) bool { return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r) }

// initcap knows the letters and digits of ASCII; all else parts words and stays.
func initcap(dst, s []byte) []byte {
	inWord := false
	for _, c := range s {
		small, capital := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z'
		switch {
		case small && !inWord:
			c -= 'a' - 'A'
		case capital && inWord:
			c += 'a' - 'A'
		}
		inWord = small || capital || c >= '0' && c <= '9'
		dst = append(dst, c)
	}
	return dst
}
