package kernel

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// decimalArithmetic picks the loop for two decimals. Where the derived type has
// up to 18 digits so have the arguments, and no result can overflow: the type
// has a digit more. Longer results are computed in 128 bits and become NULL
// where they do not fit the type.
func decimalArithmetic(op string, a, b, result types.Type) (Kernel, bool) {
	k := Kernel{Name: op}
	short := result.Phys() == types.PhysInt64 && a.Phys() == types.PhysInt64 && b.Phys() == types.PhysInt64
	switch op {
	case "+", "-":
		k.Eval = addDecimals(a, b, result, op == "-")
		if short {
			k.Eval = addShortDecimals(a, b, result, op == "-")
		}
	case "*":
		k.Eval = multiplyDecimals(a, b, result)
		if short && result.Scale == a.Scale+b.Scale {
			k.Eval = multiply[int64]
		} else if exactProduct(a, b, result) {
			k.Eval = multiplyWide
			if a.Phys() == types.PhysInt128 {
				k.Eval = multiplyLongShort(result)
			}
		}
	case "/":
		k.Eval = divideDecimals(a, b, result)
	case "%":
		k.Eval = moduloDecimals(a, b, result)
	}
	return k, k.Eval != nil
}

// exactProduct reports products that drop no digits, of a right side of 64 bits.
func exactProduct(a, b, result types.Type) bool {
	return result.Scale == a.Scale+b.Scale && b.Phys() == types.PhysInt64 && result.Phys() == types.PhysInt128
}

// addShortDecimals brings both sides to the result's scale by a factor.
func addShortDecimals(a, b, result types.Type, minus bool) func(*Call) error {
	fa, fb := types.Pow10(result.Scale-a.Scale), types.Pow10(result.Scale-b.Scale)
	if fa == 1 && fb == 1 {
		if minus {
			return subtract[int64]
		}
		return add[int64]
	}
	if minus {
		fb = -fb
	}
	return func(c *Call) error {
		out := vector.Values[int64](c.Out)
		x, mx := operand[int64](c.Args[0])
		y, my := operand[int64](c.Args[1])
		switch c.shapeOf() {
		case flatFlat:
			x, y = x[:len(out)], y[:len(out)]
			for i := range out {
				out[i] = x[i]*fa + y[i]*fb
			}
		case flatConst:
			k := y[0] * fb
			x = x[:len(out)]
			for i := range out {
				out[i] = x[i]*fa + k
			}
		case constFlat:
			k := x[0] * fa
			y = y[:len(out)]
			for i := range out {
				out[i] = k + y[i]*fb
			}
		default:
			for _, r := range c.Sel {
				out[r] = x[r&mx]*fa + y[r&my]*fb
			}
		}
		return nil
	}
}

// multiplyWide is short times short where the product needs 128 bits.
func multiplyWide(c *Call) error {
	out := vector.Values[types.Int128](c.Out)
	x, mx := operand[int64](c.Args[0])
	y, my := operand[int64](c.Args[1])
	switch c.shapeOf() {
	case flatFlat:
		x, y = x[:len(out)], y[:len(out)]
		for i := range out {
			out[i] = types.Mul64(x[i], y[i])
		}
	case flatConst:
		k := y[0]
		x = x[:len(out)]
		for i := range out {
			out[i] = types.Mul64(x[i], k)
		}
	case constFlat:
		k := x[0]
		y = y[:len(out)]
		for i := range out {
			out[i] = types.Mul64(k, y[i])
		}
	default:
		for _, r := range c.Sel {
			out[r] = types.Mul64(x[r&mx], y[r&my])
		}
	}
	return nil
}

// multiplyLongShort is long times short without a digit dropped. Most long
// values fit 64 bits, and then the product fits every precision it can have.
func multiplyLongShort(result types.Type) func(*Call) error {
	return func(c *Call) error {
		out := vector.Values[types.Int128](c.Out)
		x, mx := operand[types.Int128](c.Args[0])
		y, my := operand[int64](c.Args[1])
		for _, r := range c.Active() {
			a, b := x[r&mx], y[r&my]
			if a.FitsInt64() {
				out[r] = types.Mul64(int64(a.Lo), b)
				continue
			}
			v, ok := a.Mul(types.MakeInt128(b))
			if !ok || !v.FitsPrecision(result.Precision) {
				c.SetNull(int(r))
				continue
			}
			out[r] = v
		}
		return nil
	}
}

// unscaled reads a decimal argument of either width by row.
type unscaled struct {
	short []int64
	long  []types.Int128
	mask  uint32
}

func (c *Call) unscaled(i int) (u unscaled) {
	v := c.Args[i]
	u.mask = mask(v)
	if v.Phys == types.PhysInt64 {
		u.short = vector.Values[int64](v)
	} else {
		u.long = vector.Values[types.Int128](v)
	}
	return u
}

func (u *unscaled) at(r uint32) types.Int128 {
	if u.short != nil {
		return types.MakeInt128(u.short[r&u.mask])
	}
	return u.long[r&u.mask]
}

// decimalOut writes decimals of either width, NULL where they do not fit the type.
type decimalOut struct {
	c         *Call
	short     []int64
	long      []types.Int128
	precision int
}

func (c *Call) decimalOut() decimalOut {
	o := decimalOut{c: c, precision: c.Type.Precision}
	if c.Out.Phys == types.PhysInt64 {
		o.short = vector.Values[int64](c.Out)
	} else {
		o.long = vector.Values[types.Int128](c.Out)
	}
	return o
}

func (o *decimalOut) put(r uint32, v types.Int128, ok bool) {
	if !ok || !v.FitsPrecision(o.precision) {
		o.c.SetNull(int(r))
		return
	}
	if o.short != nil {
		o.short[r] = int64(v.Lo)
		return
	}
	o.long[r] = v
}

func addDecimals(a, b, result types.Type, minus bool) func(*Call) error {
	scale := max(a.Scale, b.Scale)
	return func(c *Call) error {
		x, y, out := c.unscaled(0), c.unscaled(1), c.decimalOut()
		for _, r := range c.Active() {
			left, right := x.at(r), y.at(r)
			if minus {
				right = right.Neg()
			}
			v, ok1 := left.Rescale(a.Scale, scale)
			w, ok2 := right.Rescale(b.Scale, scale)
			sum := v.Add(w)
			ok := ok1 && ok2 && (v.IsNeg() != w.IsNeg() || sum.IsNeg() == v.IsNeg())
			if !ok || scale != result.Scale {
				sum, ok = types.AddDecimal(left, a.Scale, right, b.Scale, result.Scale)
			}
			out.put(r, sum, ok)
		}
		return nil
	}
}

func multiplyDecimals(a, b, result types.Type) func(*Call) error {
	drop := a.Scale + b.Scale - result.Scale
	return func(c *Call) error {
		x, y, out := c.unscaled(0), c.unscaled(1), c.decimalOut()
		for _, r := range c.Active() {
			v, ok := types.MulDecimal(x.at(r), y.at(r), drop)
			out.put(r, v, ok)
		}
		return nil
	}
}

func divideDecimals(a, b, result types.Type) func(*Call) error {
	shift := result.Scale - a.Scale + b.Scale
	return func(c *Call) error {
		x, y, out := c.unscaled(0), c.unscaled(1), c.decimalOut()
		for _, r := range c.Active() {
			d := y.at(r)
			if d.Sign() == 0 {
				return c.fail(r, DivisionByZero())
			}
			v, ok := types.DivDecimal(x.at(r), d, shift)
			out.put(r, v, ok)
		}
		return nil
	}
}

func moduloDecimals(a, b, result types.Type) func(*Call) error {
	scale := max(a.Scale, b.Scale)
	return func(c *Call) error {
		x, y, out := c.unscaled(0), c.unscaled(1), c.decimalOut()
		for _, r := range c.Active() {
			left, right := x.at(r), y.at(r)
			if right.Sign() == 0 {
				return c.fail(r, DivisionByZero())
			}
			v, ok1 := left.Rescale(a.Scale, scale)
			d, ok2 := right.Rescale(b.Scale, scale)
			if ok1 && ok2 && scale == result.Scale {
				_, rem := v.DivMod(d)
				out.put(r, rem, true)
				continue
			}
			rem, ok := types.ModDecimal(left, a.Scale, right, b.Scale, result.Scale)
			out.put(r, rem, ok)
		}
		return nil
	}
}
