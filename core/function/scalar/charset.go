package scalar

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

var aBytes = param{"BYTES", func(t types.Type) (types.Type, bool) { return t, t.IsBinary() }}

func init() {
	declare(function.Function{
		Name: "DECODE",
		Doc:  stringDoc("DECODE(bytes, charset)", "The text of bytes in US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16; what is no character becomes U+FFFD.", "DECODE(x'68c3a9', 'UTF-8')"),
	},
		takes(returns(types.StringType), 2, aBytes, aString), charsetCode(func(c charset) transcoder { return c.decode }))
	declare(function.Function{
		Name: "ENCODE",
		Doc:  stringDoc("ENCODE(string, charset)", "The string as BYTES in US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16 (big-endian, with its mark); ? stands for what the charset lacks.", "ENCODE('hé', 'ISO-8859-1')"),
	},
		takes(returns(types.BytesType), 2, aString, aString), charsetCode(func(c charset) transcoder { return c.encode }))
}

type transcoder func(dst, s []byte) []byte

type charset struct{ decode, encode transcoder }

var charsets = map[string]charset{
	"UTF-8":      {kernel.AppendUTF8, func(dst, s []byte) []byte { return append(dst, s...) }},
	"US-ASCII":   {decodeBytes(0x7f), encodeBytes(0x7f)},
	"ISO-8859-1": {decodeBytes(0xff), encodeBytes(0xff)},
	"UTF-16BE":   {decodeUTF16(binary.BigEndian), encodeUTF16(binary.BigEndian)},
	"UTF-16LE":   {decodeUTF16(binary.LittleEndian), encodeUTF16(binary.LittleEndian)},
	"UTF-16":     {decodeMarked, encodeMarked},
}

// charsetAliases are other names of charsets that Java knows.
var charsetAliases = map[string]string{
	"UTF8": "UTF-8", "ASCII": "US-ASCII", "ANSI_X3.4-1968": "US-ASCII", "LATIN1": "ISO-8859-1", "ISO8859_1": "ISO-8859-1",
	"ISO_8859-1": "ISO-8859-1", "ISO8859-1": "ISO-8859-1", "L1": "ISO-8859-1", "UTF16": "UTF-16", "UTF_16": "UTF-16",
}

func charsetOf(name string) (charset, bool) {
	name = strings.ToUpper(name)
	if canonical, ok := charsetAliases[name]; ok {
		name = canonical
	}
	set, ok := charsets[name]
	return set, ok
}

// charsetCode looks the charset up whenever its name changes.
func charsetCode(direction func(charset) transcoder) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, names, out := c.Strings(0), c.Strings(1), c.MakeBytes()
		var last string
		var convert transcoder
		for _, r := range c.Active() {
			if name := names.At(r); convert == nil || string(name) != last {
				last = string(name)
				set, ok := charsetOf(last)
				if !ok {
					return c.Fail(r, sqlerr.Newf(sqlerr.BadInput, "the charset '%s' is not known", last).
						WithHint("US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16"))
				}
				convert = direction(set)
			}
			start := len(out.Buf)
			out.Buf = convert(out.Buf, x.At(r))
			out.End(r, start)
		}
		out.Done()
		return nil
	}})
}

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
