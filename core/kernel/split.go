package kernel

import (
	"bytes"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Split is the kernel of SPLIT: an empty string has no parts, and an empty
// delimiter parts a string into its code points.
func Split() Kernel {
	return Kernel{Eval: func(c *Call) error {
		x, by, out := c.Strings(0), c.Strings(1), c.MakeLists()
		parts := vector.NewBuilder(types.StringType)
		for _, r := range c.Active() {
			s, d := x.At(r), by.At(r)
			from := uint32(parts.Len())
			if len(s) > 0 {
				appendParts(parts, s, d)
			}
			out.Span(from, uint32(parts.Len()))
			out.End(r)
		}
		elements := parts.Finish()
		out.Done(&elements)
		return nil
	}}
}

func appendParts(parts *vector.Builder, s, delimiter []byte) {
	if len(delimiter) == 0 {
		for len(s) > 0 {
			n := runeLen(s)
			parts.AppendBytes(s[:n])
			s = s[n:]
		}
		return
	}
	for {
		part, rest, found := bytes.Cut(s, delimiter)
		parts.AppendBytes(part)
		if !found {
			return
		}
		s = rest
	}
}
