package scalar

import (
	"github.com/weir-engine/weir/core/charset"
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
		takes(returns(types.StringType), 2, aBytes, aString), charsetCode(func(c charset.Charset) transcoder { return c.Decode }))
	declare(function.Function{
		Name: "ENCODE",
		Doc:  stringDoc("ENCODE(string, charset)", "The string as BYTES in US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16 (big-endian, with its mark); ? stands for what the charset lacks.", "ENCODE('hé', 'ISO-8859-1')"),
	},
		takes(returns(types.BytesType), 2, aString, aString), charsetCode(func(c charset.Charset) transcoder { return c.Encode }))
}

type transcoder = func(dst, s []byte) []byte

// charsetCode looks the charset up whenever its name changes.
func charsetCode(direction func(charset.Charset) transcoder) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, names, out := c.Strings(0), c.Strings(1), c.MakeBytes()
		var last string
		var convert transcoder
		for _, r := range c.Active() {
			if name := names.At(r); convert == nil || string(name) != last {
				last = string(name)
				set, ok := charset.Of(last)
				if !ok {
					return c.Fail(r, sqlerr.Newf(sqlerr.BadInput, "the charset '%s' is not known", last).
						WithHint(charset.Names))
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
