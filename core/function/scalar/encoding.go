package scalar

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func hashDoc(name, text string) function.Doc {
	return function.Doc{Syntax: name + "(string)", Text: text, Category: "hash", Examples: []string{name + "('weir')"}}
}

func init() {
	for _, f := range []struct {
		name string
		bits int
		sum  func(dst, s []byte) []byte
	}{
		{"MD5", 128, func(dst, s []byte) []byte { h := md5.Sum(s); return hex.AppendEncode(dst, h[:]) }},
		{"SHA1", 160, func(dst, s []byte) []byte { h := sha1.Sum(s); return hex.AppendEncode(dst, h[:]) }},
		{"SHA224", 224, sha224},
		{"SHA256", 256, sha256Hex},
		{"SHA384", 384, sha384},
		{"SHA512", 512, sha512Hex},
	} {
		declare(function.Function{Name: f.name, Doc: hashDoc(f.name, "The "+f.name+" hash as hexadecimal digits.")},
			takes(returns(types.CharType(f.bits/4)), 1, aText), textMap(f.sum))
	}
	declare(function.Function{
		Name: "SHA2",
		Doc:  function.Doc{Syntax: "SHA2(string, bits)", Text: "The SHA-2 hash of 224, 256, 384 or 512 bits as hexadecimal digits.", Category: "hash"},
	},
		takes(returns(types.VarcharType(128)), 2, aText, anInt), sha2Code)
	declare(function.Function{Name: "TO_BASE64", Doc: stringDoc("TO_BASE64(string)", "The bytes in base64.", "TO_BASE64('hello')")},
		takes(returns(types.StringType), 1, aText), textMap(kernel.AppendBase64))
	declare(function.Function{Name: "FROM_BASE64", Doc: stringDoc("FROM_BASE64(string)", "The text of base64, with its = or without; other text is an error.", "FROM_BASE64('aGVsbG8=')")},
		takes(returns(types.StringType), 1, aString), always(kernel.Kernel{Eval: fromBase64}))
	declare(function.Function{Name: "HEX", Doc: stringDoc("HEX(integer or string)", "The number or the bytes as hexadecimal digits.", "HEX(20)")},
		takes(returns(types.StringType), 1, numberOrText), hexCode)
	declare(function.Function{Name: "UNHEX", Doc: stringDoc("UNHEX(string)", "The BYTES of hexadecimal digits; NULL where they are none.", "UNHEX('466C696E6B')")},
		nullable(takes(returns(types.BytesType), 1, aString)), textTry(unhex))
	declare(function.Function{Name: "BIN", Doc: stringDoc("BIN(integer)", "The number in binary digits.", "BIN(4)")},
		takes(returns(types.StringType), 1, aBigint), textWith(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
			n := c.Ints(0)
			return func(dst []byte, r uint32) ([]byte, bool) { return strconv.AppendUint(dst, uint64(n.At(r)), 2), true }
		}))
	declare(function.Function{Name: "UUID", Volatile: true, Doc: stringDoc("UUID()", "A random UUID, another for each row.")},
		takes(returns(types.CharType(36)), 0), textWith(func(*kernel.Call) func([]byte, uint32) ([]byte, bool) {
			return func(dst []byte, _ uint32) ([]byte, bool) {
				var u [16]byte
				_, _ = rand.Read(u[:]) // never fails
				u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
				return fmt.Appendf(dst, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), true
			}
		}))
}

func fromBase64(c *kernel.Call) error {
	x, out := c.Strings(0), c.MakeBytes()
	for _, r := range c.Active() {
		s := x.At(r)
		start := len(out.Buf)
		b, err := base64.RawStdEncoding.AppendDecode(out.Buf, bytes.TrimRight(s, "="))
		if err != nil {
			return c.Fail(r, sqlerr.Newf(sqlerr.InvalidText, "'%.60s' is not base64", s))
		}
		out.Buf = b
		out.End(r, start)
	}
	out.Done()
	return nil
}

func sha224(dst, s []byte) []byte    { h := sha256.Sum224(s); return hex.AppendEncode(dst, h[:]) }
func sha256Hex(dst, s []byte) []byte { h := sha256.Sum256(s); return hex.AppendEncode(dst, h[:]) }
func sha384(dst, s []byte) []byte    { h := sha512.Sum384(s); return hex.AppendEncode(dst, h[:]) }
func sha512Hex(dst, s []byte) []byte { h := sha512.Sum512(s); return hex.AppendEncode(dst, h[:]) }

func sha2Code(s Site) (kernel.Kernel, error) {
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, bits, out := c.Strings(0), c.Ints(1), c.MakeBytes()
		for _, r := range c.Active() {
			var sum func(dst, s []byte) []byte
			switch bits.At(r) {
			case 224:
				sum = sha224
			case 256:
				sum = sha256Hex
			case 384:
				sum = sha384
			case 512:
				sum = sha512Hex
			default:
				return c.Fail(r, sqlerr.Newf(sqlerr.BadInput, "SHA2 has no hash of %d bits", bits.At(r)).WithHint("224, 256, 384, 512"))
			}
			start := len(out.Buf)
			out.Buf = sum(out.Buf, x.At(r))
			out.End(r, start)
		}
		out.Done()
		return nil
	}}, nil
}

var numberOrText = param{"an integer or a string", func(t types.Type) (types.Type, bool) {
	if t.IsInteger() {
		return types.BigIntType, true
	}
	return t, t.IsString() || t.IsBinary()
}}

const upperHex = "0123456789ABCDEF"

func hexCode(s Site) (kernel.Kernel, error) {
	if s.Args[0].Type.IsInteger() {
		return textKernel(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
			n := c.Ints(0)
			return func(dst []byte, r uint32) ([]byte, bool) {
				start := len(dst)
				dst = strconv.AppendUint(dst, uint64(n.At(r)), 16)
				for i, c := range dst[start:] {
					if c >= 'a' {
						dst[start+i] = c - 'a' + 'A'
					}
				}
				return dst, true
			}
		}), nil
	}
	return textMap(func(dst, s []byte) []byte {
		for _, c := range s {
			dst = append(dst, upperHex[c>>4], upperHex[c&15])
		}
		return dst
	})(s)
}

// unhex makes a 0 byte of the first of an odd number of digits, as the original does.
func unhex(dst, s []byte) ([]byte, bool) {
	if len(s)%2 == 1 {
		if _, err := hex.Decode(make([]byte, 1), []byte{'0', s[0]}); err != nil {
			return dst, false
		}
		dst, s = append(dst, 0), s[1:]
	}
	out, err := hex.AppendDecode(dst, s)
	return out, err == nil
}
