package scalar

import "github.com/weir-engine/weir/core/kernel"

// textMap is the code of a function that writes a string for each string.
func textMap(f func(dst, s []byte) []byte) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, out := c.Strings(0), c.MakeBytes()
		for _, r := range c.Active() {
			start := len(out.Buf)
			out.Buf = f(out.Buf, x.At(r))
			out.End(r, start)
		}
		out.Done()
		return nil
	}})
}

// textTry is textMap for functions that give NULL for some strings.
func textTry(f func(dst, s []byte) ([]byte, bool)) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, out := c.Strings(0), c.MakeBytes()
		for _, r := range c.Active() {
			start := len(out.Buf)
			b, ok := f(out.Buf, x.At(r))
			if !ok {
				c.SetNull(int(r))
				continue
			}
			out.Buf = b
			out.End(r, start)
		}
		out.Done()
		return nil
	}})
}

// textCut is the code of a function whose result is a part of its first argument.
func textCut(cut func(c *kernel.Call) func(r uint32, s []byte) (from, to int)) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		out := c.ShareBytes(0)
		f := cut(c)
		for _, r := range c.Active() {
			from, to := f(r, out.At(r))
			if from < 0 {
				c.SetNull(int(r))
				continue
			}
			out.Put(r, from, to)
		}
		return nil
	}})
}

// textInt is the code of a function from one string to an integer.
func textInt(f func(s []byte) int64) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x := c.Strings(0)
		for _, r := range c.Active() {
			c.PutInt(r, f(x.At(r)))
		}
		return nil
	}})
}

// pairBool is the code of a test of two strings.
func pairBool(f func(a, b []byte) bool) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		x, y := c.Strings(0), c.Strings(1)
		for _, r := range c.Active() {
			c.PutBool(r, f(x.At(r), y.At(r)))
		}
		return nil
	}})
}

// textWith is the code of a function that writes a string from any arguments:
// prepare reads them once a batch and returns what writes a row, false for NULL.
func textWith(prepare func(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool)) Code {
	return always(textKernel(prepare))
}

func textKernel(prepare func(c *kernel.Call) func(dst []byte, r uint32) ([]byte, bool)) kernel.Kernel {
	return kernel.Kernel{Eval: func(c *kernel.Call) error {
		out := c.MakeBytes()
		write := prepare(c)
		for _, r := range c.Active() {
			start := len(out.Buf)
			b, ok := write(out.Buf, r)
			if !ok {
				c.SetNull(int(r))
				continue
			}
			out.Buf = b
			out.End(r, start)
		}
		out.Done()
		return nil
	}}
}
