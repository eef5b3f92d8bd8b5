package kernel

import (
	"math"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

type integer interface {
	~int8 | ~int16 | ~int32 | ~int64
}

type float interface{ ~float32 | ~float64 }

type number interface{ integer | float }

// Arithmetic is the kernel of + - * / % on two numbers: of one integer or
// floating type, or two decimals. Integers wrap.
func Arithmetic(op string, a, b, result types.Type) (Kernel, bool) {
	if result.Kind == types.Decimal {
		return decimalArithmetic(op, a, b, result)
	}
	var eval func(*Call) error
	switch result.Phys() {
	case types.PhysInt8:
		eval = integerLoop[int8](op)
	case types.PhysInt16:
		eval = integerLoop[int16](op)
	case types.PhysInt32:
		eval = integerLoop[int32](op)
	case types.PhysInt64:
		eval = integerLoop[int64](op)
	case types.PhysFloat32:
		eval = floatLoop[float32](op)
	case types.PhysFloat64:
		eval = floatLoop[float64](op)
	}
	return Kernel{Name: op, Eval: eval}, eval != nil
}

func integerLoop[T integer](op string) func(*Call) error {
	switch op {
	case "+":
		return add[T]
	case "-":
		return subtract[T]
	case "*":
		return multiply[T]
	case "/":
		return divideIntegers[T]
	case "%":
		return moduloIntegers[T]
	}
	return nil
}

func floatLoop[T float](op string) func(*Call) error {
	switch op {
	case "+":
		return add[T]
	case "-":
		return subtract[T]
	case "*":
		return multiply[T]
	case "/":
		return divideFloats[T]
	case "%":
		return moduloFloats[T]
	}
	return nil
}

func add[T number](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	switch c.shapeOf() {
	case flatFlat:
		x, y = x[:len(out)], y[:len(out)]
		for i := range out {
			out[i] = x[i] + y[i]
		}
	case flatConst:
		k := y[0]
		x = x[:len(out)]
		for i := range out {
			out[i] = x[i] + k
		}
	case constFlat:
		k := x[0]
		y = y[:len(out)]
		for i := range out {
			out[i] = k + y[i]
		}
	default:
		for _, r := range c.Sel {
			out[r] = x[r&mx] + y[r&my]
		}
	}
	return nil
}

func subtract[T number](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	switch c.shapeOf() {
	case flatFlat:
		x, y = x[:len(out)], y[:len(out)]
		for i := range out {
			out[i] = x[i] - y[i]
		}
	case flatConst:
		k := y[0]
		x = x[:len(out)]
		for i := range out {
			out[i] = x[i] - k
		}
	case constFlat:
		k := x[0]
		y = y[:len(out)]
		for i := range out {
			out[i] = k - y[i]
		}
	default:
		for _, r := range c.Sel {
			out[r] = x[r&mx] - y[r&my]
		}
	}
	return nil
}

func multiply[T number](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	switch c.shapeOf() {
	case flatFlat:
		x, y = x[:len(out)], y[:len(out)]
		for i := range out {
			out[i] = x[i] * y[i]
		}
	case flatConst:
		k := y[0]
		x = x[:len(out)]
		for i := range out {
			out[i] = x[i] * k
		}
	case constFlat:
		k := x[0]
		y = y[:len(out)]
		for i := range out {
			out[i] = k * y[i]
		}
	default:
		for _, r := range c.Sel {
			out[r] = x[r&mx] * y[r&my]
		}
	}
	return nil
}

var errDivisionByZero = sqlerr.Newf(sqlerr.DivisionByZero, "division by zero").
	WithHint("NULLIF(divisor, 0) makes the result NULL instead")

// DivisionByZero is the error of an exact number divided by zero.
func DivisionByZero() error {
	e := *errDivisionByZero
	return &e
}

// divideIntegers cuts off towards zero.
func divideIntegers[T integer](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	if c.shapeOf() == flatConst && y[0] != 0 {
		k := y[0]
		x = x[:len(out)]
		for i := range out {
			out[i] = x[i] / k
		}
		return nil
	}
	for _, r := range c.Active() {
		d := y[r&my]
		if d == 0 {
			return c.fail(r, DivisionByZero())
		}
		out[r] = x[r&mx] / d
	}
	return nil
}

func moduloIntegers[T integer](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	if c.shapeOf() == flatConst && y[0] != 0 {
		k := y[0]
		x = x[:len(out)]
		for i := range out {
			out[i] = x[i] % k
		}
		return nil
	}
	for _, r := range c.Active() {
		d := y[r&my]
		if d == 0 {
			return c.fail(r, DivisionByZero())
		}
		out[r] = x[r&mx] % d
	}
	return nil
}

func divideFloats[T float](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	switch c.shapeOf() {
	case flatFlat:
		x, y = x[:len(out)], y[:len(out)]
		for i := range out {
			out[i] = x[i] / y[i]
		}
	default:
		for _, r := range c.Selected() {
			out[r] = x[r&mx] / y[r&my]
		}
	}
	return nil
}

func moduloFloats[T float](c *Call) error {
	out := vector.Values[T](c.Out)
	x, mx := operand[T](c.Args[0])
	y, my := operand[T](c.Args[1])
	for _, r := range c.Selected() {
		out[r] = T(math.Mod(float64(x[r&mx]), float64(y[r&my])))
	}
	return nil
}

// Negate is the kernel of a sign change.
func Negate(t types.Type) (Kernel, bool) {
	k := Kernel{Name: "NEGATE"}
	switch t.Phys() {
	case types.PhysInt8:
		k.Eval = negate[int8]
	case types.PhysInt16:
		k.Eval = negate[int16]
	case types.PhysInt32:
		k.Eval = negate[int32]
	case types.PhysInt64:
		k.Eval = negate[int64]
	case types.PhysInt128:
		k.Eval = negateInt128
	case types.PhysFloat32:
		k.Eval = negate[float32]
	case types.PhysFloat64:
		k.Eval = negate[float64]
	}
	return k, k.Eval != nil
}

func negate[T number](c *Call) error {
	out, x := vector.Values[T](c.Out), vector.Values[T](c.Args[0])
	x = x[:len(out)]
	for i := range out {
		out[i] = -x[i]
	}
	return nil
}

func negateInt128(c *Call) error {
	out, x := vector.Values[types.Int128](c.Out), vector.Values[types.Int128](c.Args[0])
	x = x[:len(out)]
	for i := range out {
		out[i] = x[i].Neg()
	}
	return nil
}
