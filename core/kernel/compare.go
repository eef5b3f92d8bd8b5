package kernel

import (
	"github.com/weir-engine/weir/core/vector"
)

// Compare is the kernel of a comparison that is wanted as a BOOLEAN column; a
// filter selects rows directly (SelectCompare).
func Compare(op string) Kernel {
	return Kernel{Name: op, Eval: func(c *Call) error {
		a, b := c.Args[0], c.Args[1]
		if a.Form == vector.Const && b.Form == vector.Const {
			f := *b
			f.Form, f.Len = vector.Flat, 1
			b = &f
		}
		c.picked = SelectCompare(c.picked[:0], op, a, b, c.Rows, c.Sel)
		c.SetBits(c.picked)
		return nil
	}}
}

// SetBits makes a BOOLEAN result TRUE for the rows picked and FALSE for all others.
func (c *Call) SetBits(picked []uint32) {
	out := c.Out.Bits()
	clear(out)
	for _, r := range picked {
		out[r>>3] |= 1 << (r & 7)
	}
}

// Distinct is the kernel of IS [NOT] DISTINCT FROM: NULL equals NULL.
func Distinct(distinct bool) Kernel {
	return Kernel{Name: "IS DISTINCT FROM", Nulls: NullAware, Eval: func(c *Call) error {
		out := c.Out.Bits()
		for _, r := range c.Selected() {
			out.SetTo(int(r), EqualAt(c.Args[0], int(r), c.Args[1], int(r)) != distinct)
		}
		return nil
	}}
}

// Not is the kernel of NOT.
func Not() Kernel {
	return Kernel{Name: "NOT", Eval: func(c *Call) error {
		out, x := c.Out.Bits(), c.Args[0].Bits()
		x = x[:len(out)]
		for i := range out {
			out[i] = ^x[i]
		}
		return nil
	}}
}

// Truth is the kernel of IS [NOT] TRUE and IS [NOT] FALSE: whether the value is
// want, turned round where negated.
func Truth(want, negated bool) Kernel {
	return Kernel{Name: "IS TRUE", Nulls: NullAware, Eval: func(c *Call) error {
		out, x := c.Out.Bits(), c.Args[0]
		for _, r := range c.Selected() {
			is := x.IsValid(int(r)) && x.Bits().Get(x.Index(int(r))) == want
			out.SetTo(int(r), is != negated)
		}
		return nil
	}}
}

// IsNull is the kernel of IS NULL, and of IS NOT NULL where negated.
func IsNull(negated bool) Kernel {
	return Kernel{Name: "IS NULL", Nulls: NullAware, Eval: func(c *Call) error {
		out, x := c.Out.Bits(), c.Args[0]
		for _, r := range c.Selected() {
			out.SetTo(int(r), x.IsValid(int(r)) == negated)
		}
		return nil
	}}
}
