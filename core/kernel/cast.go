package kernel

import (
	"math"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// IsSameLayout reports casts that change no value, so that the column can be
// passed on: to a type with more room of the same layout.
func IsSameLayout(from, to types.Type) bool {
	switch {
	case from.Same(to):
		return true
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return from.Scale == to.Scale && from.Precision <= to.Precision && from.Phys() == to.Phys()
	case to.Kind == types.Varchar && from.IsString(), to.Kind == types.Varbinary && from.IsBinary():
		return from.Length <= to.Length
	case from.Kind == to.Kind && from.IsTimestamp():
		return from.Precision <= to.Precision && from.TimeUnit() == to.TimeUnit()
	case from.Kind == types.Time && to.Kind == types.Time:
		return from.Precision <= to.Precision
	case from.Kind == to.Kind && from.IsNested():
		return isSameNested(from, to)
	}
	return false
}

// Cast is the kernel of CAST, or of TRY_CAST where try is set: bad values are
// errors or NULL. It reports false for types that do not cast.
func Cast(from, to types.Type, try bool) (Kernel, bool) {
	if !types.CanCast(from, to) {
		return Kernel{}, false
	}
	k := Kernel{Name: "CAST", Eval: castLoop(from, to, try)}
	return k, k.Eval != nil
}

func castLoop(from, to types.Type, try bool) func(*Call) error {
	switch {
	case to.IsString() && from.IsString():
		return refit(fitString)
	case to.IsString() && from.IsBinary():
		return refit(fitUTF8)
	case to.IsBinary() && (from.IsBinary() || from.IsString()):
		return refit(fitBytes)
	case to.IsString():
		return castToString
	case from.IsString():
		return castFromString(try)
	case to.IsNested():
		return castNested(from, to, try)
	case to.Kind == types.Boolean:
		return castToBool(from)
	case from.Kind == types.Boolean:
		return castFromBool(to)
	case from.Kind == types.Decimal:
		return castFromDecimal(from, to)
	case to.Kind == types.Decimal:
		return castToDecimal(from, to, try)
	case from.IsNumeric() || from.IsInterval():
		return castNumber(from.Phys(), to.Phys())
	case from.IsTemporal():
		return castTemporal(from, to, try)
	}
	return nil
}

// castNumber goes between integers, intervals and floating types; integers wrap.
func castNumber(from, to types.Phys) func(*Call) error {
	switch from {
	case types.PhysInt8:
		return castInteger[int8](to)
	case types.PhysInt16:
		return castInteger[int16](to)
	case types.PhysInt32:
		return castInteger[int32](to)
	case types.PhysInt64:
		return castInteger[int64](to)
	case types.PhysFloat32:
		return castFloat[float32](to)
	case types.PhysFloat64:
		return castFloat[float64](to)
	}
	return nil
}

func castInteger[F integer](to types.Phys) func(*Call) error {
	switch to {
	case types.PhysInt8:
		return convert[F, int8]
	case types.PhysInt16:
		return convert[F, int16]
	case types.PhysInt32:
		return convert[F, int32]
	case types.PhysInt64:
		return convert[F, int64]
	case types.PhysFloat32:
		return convert[F, float32]
	case types.PhysFloat64:
		return convert[F, float64]
	}
	return nil
}

func convert[F, T number](c *Call) error {
	out, x := vector.Values[T](c.Out), vector.Values[F](c.Args[0])
	x = x[:len(out)]
	for i := range out {
		out[i] = T(x[i])
	}
	return nil
}

func castFloat[F float](to types.Phys) func(*Call) error {
	switch to {
	case types.PhysInt8:
		return truncate[F, int8]
	case types.PhysInt16:
		return truncate[F, int16]
	case types.PhysInt32:
		return truncate[F, int32]
	case types.PhysInt64:
		return truncateLong[F]
	case types.PhysFloat32:
		return convert[F, float32]
	case types.PhysFloat64:
		return convert[F, float64]
	}
	return nil
}

// truncate goes by way of INT, as Java does: saturating there, then wrapping.
func truncate[F float, T int8 | int16 | int32](c *Call) error {
	out, x := vector.Values[T](c.Out), vector.Values[F](c.Args[0])
	for _, r := range c.Active() {
		out[r] = T(saturate(float64(x[r]), math.MinInt32, math.MaxInt32))
	}
	return nil
}

func truncateLong[F float](c *Call) error {
	out, x := vector.Values[int64](c.Out), vector.Values[F](c.Args[0])
	for _, r := range c.Active() {
		out[r] = saturate(float64(x[r]), math.MinInt64, math.MaxInt64)
	}
	return nil
}

func saturate(f float64, least, most int64) int64 {
	switch {
	case f != f:
		return 0
	case f <= float64(least):
		return least
	case f >= float64(most):
		return most
	}
	return int64(f)
}

func castToBool(from types.Type) func(*Call) error {
	switch {
	case from.Kind == types.Float:
		return isNotZero[float32]
	case from.Kind == types.Double:
		return isNotZero[float64]
	case from.Phys() == types.PhysInt128:
		return isNotZero[types.Int128]
	}
	return func(c *Call) error {
		out, x := c.Out.Bits(), c.Ints(0)
		for _, r := range c.Active() {
			out.SetTo(int(r), x.At(r) != 0)
		}
		return nil
	}
}

func isNotZero[T float | types.Int128](c *Call) error {
	var zero T
	out, x := c.Out.Bits(), vector.Values[T](c.Args[0])
	for _, r := range c.Active() {
		out.SetTo(int(r), x[r] != zero)
	}
	return nil
}

func castFromBool(to types.Type) func(*Call) error {
	zero, one := castOne(to, false), castOne(to, true)
	return func(c *Call) error {
		x := c.Args[0].Bits()
		w := c.Out.Phys.Width()
		for _, r := range c.Active() {
			v := zero
			if x.Get(int(r)) {
				v = one
			}
			copy(c.Out.Data[int(r)*w:], v)
		}
		return nil
	}
}

// castOne is the bytes of FALSE or TRUE as a number.
func castOne(to types.Type, b bool) []byte {
	n := int64(bit(b))
	v := types.IntValue(n)
	switch {
	case to.IsApproximate():
		v = types.FloatValue(float64(n))
	case to.Kind == types.Decimal:
		u, _ := types.MakeInt128(n).Rescale(0, to.Scale)
		v = types.DecimalValue(to, u)
	}
	c := vector.ConstOf(to, v, 1)
	return c.Data
}

func castToDecimal(from, to types.Type, try bool) func(*Call) error {
	if from.IsApproximate() {
		return castFloatToDecimal(try)
	}
	return func(c *Call) error {
		x, out := c.Ints(0), c.decimalOut()
		for _, r := range c.Active() {
			v, ok := types.MakeInt128(x.At(r)).Rescale(0, to.Scale)
			out.put(r, v, ok)
		}
		return nil
	}
}

// castFloatToDecimal goes by way of the shortest text, as Java's BigDecimal.valueOf.
// What is no number is an error, or NULL where try is set.
func castFloatToDecimal(try bool) func(*Call) error {
	return func(c *Call) error {
		out := c.decimalOut()
		var text [40]byte
		for _, r := range c.Active() {
			f := floatAt(c.Args[0], int(r))
			s := AppendDouble(text[:0], f, 64)
			switch finite := !math.IsNaN(f) && !math.IsInf(f, 0); {
			case !finite && try:
				c.SetNull(int(r))
				continue
			case !finite:
				return c.fail(r, textError(s, c.Type))
			}
			v, ok := types.ParseDecimal(string(s), c.Type.Precision, c.Type.Scale)
			out.put(r, v, ok)
		}
		return nil
	}
}

func floatAt(v *vector.Vector, r int) float64 {
	if v.Phys == types.PhysFloat32 {
		return float64(vector.Values[float32](v)[r])
	}
	return vector.Values[float64](v)[r]
}

func castFromDecimal(from, to types.Type) func(*Call) error {
	switch {
	case to.Kind == types.Decimal:
		return castDecimal(from, to)
	case to.IsApproximate():
		return castDecimalToFloat(from, to)
	}
	return func(c *Call) error {
		x := c.unscaled(0)
		unit := types.Pow10Int128(from.Scale)
		for _, r := range c.Active() {
			whole := x.at(r)
			if from.Scale > 0 {
				whole, _ = whole.DivMod(unit)
			}
			putInt(c.Out, int(r), whole.Int64())
		}
		return nil
	}
}

func putInt(v *vector.Vector, r int, x int64) {
	switch v.Phys {
	case types.PhysInt8:
		vector.Values[int8](v)[r] = int8(x)
	case types.PhysInt16:
		vector.Values[int16](v)[r] = int16(x)
	case types.PhysInt32:
		vector.Values[int32](v)[r] = int32(x)
	default:
		vector.Values[int64](v)[r] = x
	}
}

func castDecimal(from, to types.Type) func(*Call) error {
	grows := to.Precision-to.Scale >= from.Precision-from.Scale && to.Scale >= from.Scale
	if grows && from.Phys() == types.PhysInt64 {
		// No value can overflow: a factor is all.
		if f := to.Scale - from.Scale; to.Phys() == types.PhysInt64 {
			return scaleShort(types.Pow10(f))
		} else if f <= types.MaxShortDecimal {
			return scaleWide(types.Pow10(f))
		}
	}
	return func(c *Call) error {
		x, out := c.unscaled(0), c.decimalOut()
		for _, r := range c.Active() {
			v, ok := x.at(r).Rescale(from.Scale, to.Scale)
			out.put(r, v, ok)
		}
		return nil
	}
}

func scaleShort(factor int64) func(*Call) error {
	return func(c *Call) error {
		out, x := vector.Values[int64](c.Out), vector.Values[int64](c.Args[0])
		x = x[:len(out)]
		for i := range out {
			out[i] = x[i] * factor
		}
		return nil
	}
}

func scaleWide(factor int64) func(*Call) error {
	return func(c *Call) error {
		out, x := vector.Values[types.Int128](c.Out), vector.Values[int64](c.Args[0])
		x = x[:len(out)]
		for i := range out {
			out[i] = types.Mul64(x[i], factor)
		}
		return nil
	}
}

// castDecimalToFloat divides exactly where both parts are exact doubles, else reads the text.
func castDecimalToFloat(from, to types.Type) func(*Call) error {
	return func(c *Call) error {
		x := c.unscaled(0)
		var buf [64]byte
		for _, r := range c.Active() {
			v := x.at(r)
			var f float64
			if i := v.Int64(); v.FitsInt64() && i > -1<<53 && i < 1<<53 && from.Scale <= 18 {
				f = float64(i) / float64(types.Pow10(from.Scale))
			} else {
				f, _ = parseFloat(types.AppendDecimal(buf[:0], v, from.Scale), 64)
			}
			if to.Kind == types.Float {
				vector.Values[float32](c.Out)[r] = float32(f)
			} else {
				vector.Values[float64](c.Out)[r] = f
			}
		}
		return nil
	}
}
