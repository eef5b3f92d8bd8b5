package kernel

import (
	"math"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// Rounding is which way a number is rounded.
type Rounding uint8

// The ways to round.
const (
	HalfUp Rounding = iota
	Down            // towards zero
	Floor
	Ceil
)

// decimal is the loop over DECIMALs: the result is rounded to the
// digits that the second argument says, 0 without one.
func (how Rounding) decimal(from types.Type) func(*Call) error {
	return func(c *Call) error {
		x, out := c.unscaled(0), c.decimalOut()
		digits := digitsArg(c)
		for _, r := range c.Active() {
			v, ok := roundDecimal(x.at(r), from.Scale, digits(r), how)
			if ok {
				v, ok = v.Rescale(from.Scale, c.Type.Scale)
			}
			out.put(r, v, ok)
		}
		return nil
	}
}

func digitsArg(c *Call) func(r uint32) int64 {
	if len(c.Args) < 2 {
		return func(uint32) int64 { return 0 }
	}
	n := c.Ints(1)
	return n.At
}

// roundDecimal keeps the scale and makes the digits behind the wanted ones zero.
func roundDecimal(v types.Int128, scale int, digits int64, how Rounding) (types.Int128, bool) {
	drop := int64(scale) - digits
	if drop <= 0 {
		return v, true
	}
	if drop > types.MaxDecimalPrecision {
		return types.Int128{}, true
	}
	unit := types.Pow10Int128(int(drop))
	quo, rem := v.DivMod(unit)
	one := types.MakeInt128(1)
	switch how {
	case HalfUp:
		quo, _ = v.Rescale(int(drop), 0)
	case Floor:
		if rem.Sign() < 0 {
			quo = quo.Sub(one)
		}
	case Ceil:
		if rem.Sign() > 0 {
			quo = quo.Add(one)
		}
	}
	return quo.Mul(unit)
}

// Round is the kernel of rounding a number of any type; the result has its type,
// a DECIMAL the derived one.
func Round(t types.Type, how Rounding) Kernel {
	switch t.Kind {
	case types.Decimal:
		return Kernel{Eval: how.decimal(t)}
	case types.Float:
		return Kernel{Eval: roundFloats[float32](how)}
	case types.Double:
		return Kernel{Eval: roundFloats[float64](how)}
	}
	return Kernel{Eval: func(c *Call) error {
		x, digits := c.Ints(0), digitsArg(c)
		for _, r := range c.Active() {
			v, _ := roundDecimal(types.MakeInt128(x.At(r)), 0, min(0, digits(r)), how)
			c.PutInt(r, v.Int64())
		}
		return nil
	}}
}

func roundFloats[T float](how Rounding) func(*Call) error {
	return func(c *Call) error {
		out, x := vector.Values[T](c.Out), vector.Values[T](c.Args[0])
		digits := digitsArg(c)
		mask := mask(c.Args[0])
		for _, r := range c.Active() {
			out[r] = T(roundFloat(float64(x[r&mask]), digits(r), how))
		}
		return nil
	}
}

// roundFloat rounds the shortest decimal form of f, not its binary value: 2.345 to 2.35.
func roundFloat(f float64, digits int64, how Rounding) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	switch how {
	case Floor:
		return math.Floor(f)
	case Ceil:
		return math.Ceil(f)
	}
	if digits > 18 || math.Abs(f) >= 1e18 {
		return f
	}
	if digits < -18 {
		return 0
	}
	var text [40]byte
	s := AppendDouble(text[:0], f, 64)
	const scale = 18
	v, ok := types.ParseDecimal(string(s), types.MaxDecimalPrecision, scale)
	if !ok {
		return f
	}
	if v, ok = roundDecimal(v, scale, digits, how); !ok {
		return f
	}
	back, _ := parseFloat(types.AppendDecimal(text[:0], v, scale), 64)
	return back
}

// Abs is the kernel of ABS.
func Abs(t types.Type) (Kernel, bool) {
	k := Kernel{Name: "ABS"}
	switch t.Phys() {
	case types.PhysInt8:
		k.Eval = abs[int8]
	case types.PhysInt16:
		k.Eval = abs[int16]
	case types.PhysInt32:
		k.Eval = abs[int32]
	case types.PhysInt64:
		k.Eval = abs[int64]
	case types.PhysFloat32:
		k.Eval = abs[float32]
	case types.PhysFloat64:
		k.Eval = abs[float64]
	case types.PhysInt128:
		k.Eval = func(c *Call) error {
			out, x := vector.Values[types.Int128](c.Out), vector.Values[types.Int128](c.Args[0])
			for _, r := range c.Active() {
				out[r] = x[r]
				if x[r].IsNeg() {
					out[r] = x[r].Neg()
				}
			}
			return nil
		}
	}
	return k, k.Eval != nil
}

func abs[T number](c *Call) error {
	out, x := vector.Values[T](c.Out), vector.Values[T](c.Args[0])
	x = x[:len(out)]
	for i, v := range x {
		if v <= 0 { // -0.0 too
			v = 0 - v
		}
		out[i] = v
	}
	return nil
}

// Sign is the kernel of SIGN: -1, 0 or 1 in the argument's type.
func Sign(t types.Type) Kernel {
	return Kernel{Name: "SIGN", Eval: func(c *Call) error {
		switch t.Kind {
		case types.Decimal:
			x, out := c.unscaled(0), c.decimalOut()
			for _, r := range c.Active() {
				v, ok := types.MakeInt128(int64(x.at(r).Sign())).Rescale(0, t.Scale)
				out.put(r, v, ok)
			}
		case types.Float:
			signs[float32](c)
		case types.Double:
			signs[float64](c)
		default:
			x := c.Ints(0)
			for _, r := range c.Active() {
				c.PutInt(r, int64(types.MakeInt128(x.At(r)).Sign()))
			}
		}
		return nil
	}}
}

func signs[T float](c *Call) {
	out, x := vector.Values[T](c.Out), vector.Values[T](c.Args[0])
	for _, r := range c.Active() {
		switch {
		case x[r] > 0:
			out[r] = 1
		case x[r] < 0:
			out[r] = -1
		default:
			out[r] = x[r] // zeros and NaN
		}
	}
}
