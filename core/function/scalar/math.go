package scalar

import (
	"math"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

func init() {
	for _, f := range []struct {
		name, text string
		f          func(float64) float64
	}{
		{"SQRT", "The square root; NaN of a negative number.", math.Sqrt},
		{"EXP", "e to the power of the number.", math.Exp},
		{"LN", "The natural logarithm.", math.Log},
		{"LOG10", "The logarithm to the base 10.", math.Log10},
		{"LOG2", "The logarithm to the base 2.", math.Log2},
		{"SIN", "The sine.", math.Sin},
		{"COS", "The cosine.", math.Cos},
		{"TAN", "The tangent.", math.Tan},
		{"COT", "The cotangent.", func(x float64) float64 { return 1 / math.Tan(x) }},
		{"ASIN", "The arc sine.", math.Asin},
		{"ACOS", "The arc cosine.", math.Acos},
		{"ATAN", "The arc tangent.", math.Atan},
		{"SINH", "The hyperbolic sine.", math.Sinh},
		{"COSH", "The hyperbolic cosine.", math.Cosh},
		{"TANH", "The hyperbolic tangent.", math.Tanh},
		{"DEGREES", "Radians as degrees.", func(x float64) float64 { return x * (180 / math.Pi) }},
		{"RADIANS", "Degrees as radians.", func(x float64) float64 { return x / 180 * math.Pi }},
	} {
		declare(function.Function{Name: f.name, Doc: numberDoc(f.name+"(number)", f.text)},
			takes(returns(types.DoubleType), 1, aDouble), doubleMap(f.f))
	}
	declare(function.Function{
		Name: "POWER", Aliases: []string{"POW"},
		Doc: numberDoc("POWER(base, exponent)", "The base to the power of the exponent.", "POWER(2, 10)"),
	},
		takes(returns(types.DoubleType), 2, aDouble, aDouble), doublePair(math.Pow))
	declare(function.Function{Name: "ATAN2", Doc: numberDoc("ATAN2(y, x)", "The angle of the point (x, y).")},
		takes(returns(types.DoubleType), 2, aDouble, aDouble), doublePair(math.Atan2))
	declare(function.Function{Name: "LOG", Doc: numberDoc("LOG([base,] number)", "The natural logarithm, or that to a base.", "LOG(2, 8)")},
		takes(returns(types.DoubleType), 1, aDouble, aDouble), logCode)
	declare(function.Function{Name: "PI", Doc: numberDoc("PI()", "The ratio of a circle's circumference to its diameter.")},
		takes(returns(types.DoubleType), 0), constantCode(math.Pi))
	declare(function.Function{Name: "E", Doc: numberDoc("E()", "The base of the natural logarithm.")},
		takes(returns(types.DoubleType), 0), constantCode(math.E))
}

func doubleMap(f func(float64) float64) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		out := vector.Values[float64](c.Out)
		x, mask := c.Doubles(0)
		for _, r := range c.Active() {
			out[r] = f(x[r&mask])
		}
		return nil
	}})
}

func doublePair(f func(a, b float64) float64) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		out := vector.Values[float64](c.Out)
		x, mx := c.Doubles(0)
		y, my := c.Doubles(1)
		for _, r := range c.Active() {
			out[r] = f(x[r&mx], y[r&my])
		}
		return nil
	}})
}

func logCode(s Site) (kernel.Kernel, error) {
	if len(s.Args) == 1 {
		return doubleMap(math.Log)(s)
	}
	return doublePair(func(base, x float64) float64 { return math.Log(x) / math.Log(base) })(s)
}

func constantCode(x float64) Code {
	return always(kernel.Kernel{Eval: func(c *kernel.Call) error {
		out := vector.Values[float64](c.Out)
		for i := range out {
			out[i] = x
		}
		return nil
	}})
}
