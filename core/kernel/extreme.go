package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Extreme is the kernel of GREATEST, and of LEAST where least is set; all
// arguments have one type.
func Extreme(least bool) Kernel {
	op := ">"
	if least {
		op = "<"
	}
	return Kernel{Name: "GREATEST", Eval: func(c *Call) error {
		if extremeNumber(c, least) {
			return nil
		}
		best := make([]uint32, c.Rows) // which argument holds the row's best so far
		rows := c.Active()
		var one [1]uint32
		for _, r := range rows {
			one[0] = r
			for k := 1; k < len(c.Args); k++ {
				if beats(c.Args[k], c.Args[best[r]], op, one[:], c.Rows) {
					best[r] = uint32(k)
				}
			}
		}
		takeBest(c, best, rows)
		return nil
	}}
}

// extremeNumber computes the extreme of numbers and dates; false for other layouts.
func extremeNumber(c *Call, least bool) bool {
	switch c.Out.Phys {
	case types.PhysInt8:
		extreme[int8](c, least)
	case types.PhysInt16:
		extreme[int16](c, least)
	case types.PhysInt32:
		extreme[int32](c, least)
	case types.PhysInt64:
		extreme[int64](c, least)
	case types.PhysFloat32:
		extreme[float32](c, least)
	case types.PhysFloat64:
		extreme[float64](c, least)
	default:
		return false
	}
	return true
}

// extreme orders floating values as Java's compareTo: -0.0 below 0.0, NaN above all.
func extreme[T number](c *Call, least bool) {
	out := vector.Values[T](c.Out)
	first, m := operand[T](c.Args[0])
	for i := range out {
		out[i] = first[uint32(i)&m]
	}
	for _, arg := range c.Args[1:] {
		x, m := operand[T](arg)
		for i := range out {
			a, b := out[i], x[uint32(i)&m]
			below := b < a || b == a && 1/float64(b) < 1/float64(a) || a != a && b == b
			above := b > a || b == a && 1/float64(b) > 1/float64(a) || b != b
			if least && below || !least && above {
				out[i] = b
			}
		}
	}
}

func beats(a, b *vector.Vector, op string, row []uint32, rows int) bool {
	if a.Form == vector.Const && b.Form == vector.Const {
		f := *a
		f.Form, f.Len = vector.Flat, 1
		row, rows, a = []uint32{0}, 1, &f
	}
	var hit [1]uint32
	return len(SelectCompare(hit[:0], op, a, b, rows, row)) > 0
}

func takeBest(c *Call, best, rows []uint32) {
	if c.Out.Phys == types.PhysBytes {
		args := make([]StringArg, len(c.Args))
		for k := range args {
			args[k] = c.Strings(k)
		}
		out := c.MakeBytes()
		for _, r := range rows {
			out.Put(r, args[best[r]].At(r))
		}
		out.Done()
		return
	}
	if c.Out.Phys == types.PhysBool {
		for _, r := range rows {
			v := c.Args[best[r]]
			c.PutBool(r, v.Bits().Get(v.Index(int(r))))
		}
		return
	}
	w := c.Out.Phys.Width()
	for _, r := range rows {
		v := c.Args[best[r]]
		at := v.Index(int(r)) * w
		copy(c.Out.Data[int(r)*w:(int(r)+1)*w], v.Data[at:at+w])
	}
}
