package scalar

import (
	"strconv"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{
		Name: "INET_ATON",
		Doc:  stringDoc("INET_ATON(string)", "The number of an IPv4 address; NULL where it is none. Of fewer than four parts the last is the lowest byte.", "INET_ATON('127.0.0.1')"),
	},
		nullable(takes(returns(types.BigIntType), 1, aString)), always(kernel.Kernel{Eval: func(c *kernel.Call) error {
			x := c.Strings(0)
			for _, r := range c.Active() {
				if n, ok := addressNumber(x.At(r)); ok {
					c.PutInt(r, n)
				} else {
					c.SetNull(int(r))
				}
			}
			return nil
		}}))
	declare(function.Function{
		Name: "INET_NTOA",
		Doc:  stringDoc("INET_NTOA(integer)", "The IPv4 address of a number; NULL where it has none.", "INET_NTOA(2130706433)"),
	},
		nullable(takes(returns(types.StringType), 1, aBigint)), textWith(func(c *kernel.Call) func([]byte, uint32) ([]byte, bool) {
			n := c.Ints(0)
			return func(dst []byte, r uint32) ([]byte, bool) {
				x := n.At(r)
				if x < 0 || x > 1<<32-1 {
					return dst, false
				}
				for shift := 24; shift >= 0; shift -= 8 {
					dst = strconv.AppendInt(dst, x>>shift&0xff, 10)
					if shift > 0 {
						dst = append(dst, '.')
					}
				}
				return dst, true
			}
		}))
}

// addressNumber reads one to four numbers up to 255 between points.
func addressNumber(s []byte) (n int64, ok bool) {
	part, digits, shift := int64(0), 0, 24
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
			if part = part*10 + int64(c-'0'); part > 255 {
				return 0, false
			}
		case c == '.' && digits > 0 && shift > 0:
			n |= part << shift
			part, digits, shift = 0, 0, shift-8
		default:
			return 0, false
		}
	}
	return n | part, digits > 0
}
