package charset

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/kernel"
)

// Names lists the charsets, for hints.
const Names = "US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16"

// Charset is one way of writing characters as bytes.
type Charset struct {
	// Decode appends the text of bytes; U+FFFD stands for what is no character.
	Decode func(dst, bytes []byte) []byte
	// Encode appends a text's bytes; ? stands for what the charset lacks.
	Encode func(dst, text []byte) []byte
}

var charsets = map[string]Charset{
	utf8Name:     {kernel.AppendUTF8, func(dst, text []byte) []byte { return append(dst, text...) }},
	"US-ASCII":   {decodeBytes(0x7f), encodeBytes(0x7f)},
	"ISO-8859-1": {decodeBytes(0xff), encodeBytes(0xff)},
	"UTF-16BE":   {decodeUTF16(binary.BigEndian), encodeUTF16(binary.BigEndian)},
	"UTF-16LE":   {decodeUTF16(binary.LittleEndian), encodeUTF16(binary.LittleEndian)},
	"UTF-16":     {decodeMarked, encodeMarked},
}

const utf8Name = "UTF-8"

// aliases are other names of charsets that Java knows.
var aliases = map[string]string{
	"UTF8": utf8Name, "ASCII": "US-ASCII", "ANSI_X3.4-1968": "US-ASCII", "LATIN1": "ISO-8859-1", "ISO8859_1": "ISO-8859-1",
	"ISO_8859-1": "ISO-8859-1", "ISO8859-1": "ISO-8859-1", "L1": "ISO-8859-1", "UTF16": "UTF-16", "UTF_16": "UTF-16",
}

func canonical(name string) string {
	name = strings.ToUpper(name)
	if known, ok := aliases[name]; ok {
		return known
	}
	return name
}

// Of finds a charset by one of its names, in upper or lower case.
func Of(name string) (Charset, bool) {
	set, ok := charsets[canonical(name)]
	return set, ok
}

// IsUTF8 reports a name of UTF-8, in which texts are kept: their bytes are theirs already.
func IsUTF8(name string) bool { return canonical(name) == utf8Name }

type transcoder = func(dst, s []byte) []byte

func decodeBytes(most rune) transcoder {
	return func(dst, s []byte) []byte {
		for _, c := range s {
			r := rune(c)
			if r > most {
				r = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, r)
		}
		return dst
	}
}

func encodeBytes(most rune) transcoder {
	return func(dst, s []byte) []byte {
		for len(s) > 0 {
			r, n := utf8.DecodeRune(s)
			s = s[n:]
			if r > most {
				r = '?'
			}
			dst = append(dst, byte(r))
		}
		return dst
	}
}

func decodeUTF16(order binary.ByteOrder) transcoder {
	return func(dst, s []byte) []byte {
		for len(s) >= 2 {
			r, n := rune(order.Uint16(s)), 2
			if utf16.IsSurrogate(r) {
				high := r
				r = utf8.RuneError
				if len(s) >= 4 {
					if r = utf16.DecodeRune(high, rune(order.Uint16(s[2:]))); r != utf8.RuneError {
						n = 4
					}
				}
			}
			dst = utf8.AppendRune(dst, r)
			s = s[n:]
		}
		if len(s) > 0 { // half a character
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		return dst
	}
}

func encodeUTF16(order binary.AppendByteOrder) transcoder {
	return func(dst, s []byte) []byte {
		for len(s) > 0 {
			r, n := utf8.DecodeRune(s)
			s = s[n:]
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				dst = order.AppendUint16(dst, uint16(high))
				r = low
			}
			dst = order.AppendUint16(dst, uint16(r))
		}
		return dst
	}
}

// decodeMarked reads the byte order from a mark in front; big-endian without one.
func decodeMarked(dst, s []byte) []byte {
	if len(s) >= 2 {
		switch binary.BigEndian.Uint16(s) {
		case 0xfeff:
			s = s[2:]
		case 0xfffe:
			return decodeUTF16(binary.LittleEndian)(dst, s[2:])
		}
	}
	return decodeUTF16(binary.BigEndian)(dst, s)
}

func encodeMarked(dst, s []byte) []byte {
	if len(s) == 0 {
		return dst
	}
	return encodeUTF16(binary.BigEndian)(append(dst, 0xfe, 0xff), s)
}
