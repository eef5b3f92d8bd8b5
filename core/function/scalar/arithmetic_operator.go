package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	for _, f := range []struct{ name, text string }{
		{"+", "The sum. Integers wrap, DECIMAL overflow gives NULL. A date or time plus an interval is a date or time."},
		{"-", "The difference. Integers wrap, DECIMAL overflow gives NULL. A date or time minus an interval is a date or time."},
		{"*", "The product. Integers wrap, DECIMAL overflow gives NULL. An interval times a number is an interval."},
		{"/", "The quotient. Integers divide towards zero; an integer or DECIMAL divided by 0 is an error."},
		{"%", "The remainder, with the sign of the left value; % 0 is an error."},
	} {
		declare(function.Function{Name: f.name, Doc: function.Doc{
			Syntax: "number1 " + f.name + " number2", Category: "arithmetic", Text: f.text,
		}}, bindArithmetic(f.name), arithmeticCode(f.name))
	}
	declare(function.Function{Name: "MOD", Doc: function.Doc{
		Syntax: "MOD(number1, number2)", Category: "arithmetic", Text: "The remainder, with the sign of number1.",
	}}, bindArithmetic("%"), arithmeticCode("%"))
	declare(function.Function{Name: "NEGATE", Doc: function.Doc{
		Syntax: "-number", Category: "arithmetic", Text: "The number with its sign changed; an interval likewise.",
	}}, takes(sameAs(0), 1, param{"a number or interval", func(t types.Type) (types.Type, bool) {
		return t, t.IsNumeric() || t.IsInterval()
	}}), negateCode)
}

func bindArithmetic(op string) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		if err := checkCount(len(args), 2, 2, false); err != nil {
			return function.Signature{}, err
		}
		a, b := args[0].Type, args[1].Type
		switch {
		case a.Kind == types.Null && b.Kind == types.Null:
			return function.Signature{}, errBareNull
		case a.Kind == types.Null:
			a = nullOperand(op, b)
		case b.Kind == types.Null:
			b = nullOperand(op, a)
		}
		var sig function.Signature
		switch {
		case a.IsNumeric() && b.IsNumeric():
			sig = numericSignature(op, a, b)
		case a.IsInterval() || b.IsInterval():
			sig = intervalSignature(op, a, b)
		case op == "-" && a.IsTemporal() && b.IsTemporal():
			return sig, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s cannot be subtracted from %s directly", b.WithNull(true), a.WithNull(true)).
				WithHint("write TIMESTAMPDIFF(unit, from, to), or (a - b) DAY for an interval")
		}
		if sig.Args == nil {
			return sig, cannotCombine(args)
		}
		sig.Args[0].Nullable, sig.Args[1].Nullable = a.Nullable, b.Nullable
		sig.Result.Nullable = a.Nullable || b.Nullable
		return sig, nil
	}
}

// nullOperand is the type of a bare NULL beside an operand.
func nullOperand(op string, other types.Type) types.Type {
	if other.IsTemporal() && (op == "+" || op == "-") {
		return types.DaySecond
	}
	return other.WithNull(true)
}

func numericSignature(op string, a, b types.Type) function.Signature {
	t, _ := types.Common(a, b)
	if t.Kind != types.Decimal {
		return function.Signature{Args: []types.Type{t, t}, Result: t}
	}
	a, b = a.AsDecimal(), b.AsDecimal()
	sig := function.Signature{Args: []types.Type{a, b}}
	switch op {
	case "*":
		sig.Result = types.DecimalMul(a, b)
	case "/":
		sig.Result = types.DecimalDiv(a, b)
	case "%":
		sig.Result = types.DecimalMod(a, b)
	default:
		sig.Result = types.DecimalAdd(a, b)
	}
	return sig
}

// intervalSignature leaves Args nil where the operator does not take the types.
func intervalSignature(op string, a, b types.Type) (sig function.Signature) {
	asIs := []types.Type{a, b}
	switch {
	case (op == "+" || op == "-") && a.Kind == b.Kind:
		return function.Signature{Args: asIs, Result: a}
	case (op == "+" || op == "-") && a.IsTemporal() && addsInterval(a, b):
		return function.Signature{Args: asIs, Result: a}
	case op == "+" && b.IsTemporal() && addsInterval(b, a):
		return function.Signature{Args: asIs, Result: b}
	case (op == "*" || op == "/") && a.IsInterval() && b.IsNumeric():
		return function.Signature{Args: []types.Type{a, factorType(b)}, Result: a}
	case op == "*" && b.IsInterval() && a.IsNumeric():
		return function.Signature{Args: []types.Type{factorType(a), b}, Result: b}
	}
	return sig
}

func addsInterval(t, interval types.Type) bool {
	return t.Kind != types.Time || interval.Kind == types.IntervalDaySecond
}

func factorType(t types.Type) types.Type {
	if t.IsInteger() {
		return types.BigIntType
	}
	return types.DoubleType
}

func arithmeticCode(op string) Code {
	return func(s Site) (kernel.Kernel, error) {
		a, b := s.Args[0].Type, s.Args[1].Type
		if a.IsInterval() || b.IsInterval() {
			return intervalCode(op, a, b, s)
		}
		k, ok := kernel.Arithmetic(op, a, b, s.Type)
		return k, evaluable(ok, op, s)
	}
}

// evaluable is an internal error where a plan brings types that Bind never gives.
func evaluable(ok bool, name string, s Site) error {
	if ok {
		return nil
	}
	return sqlerr.Newf(sqlerr.Internal, "%s %s", name, cannotCombine(s.Args))
}

func intervalCode(op string, a, b types.Type, s Site) (kernel.Kernel, error) {
	switch {
	case a.IsInterval() && b.IsInterval():
		like := types.BigIntType
		if a.Phys() == types.PhysInt32 {
			like = types.IntType
		}
		k, ok := kernel.Arithmetic(op, like, like, like)
		return k, evaluable(ok, op, s)
	case a.IsTemporal():
		k, ok := kernel.AddInterval(a, b, 0, 1, op == "-")
		return k, evaluable(ok, op, s)
	case b.IsTemporal():
		k, ok := kernel.AddInterval(b, a, 1, 0, false)
		return k, evaluable(ok, op, s)
	case a.IsInterval():
		return kernel.ScaleInterval(b, 0, 1, op == "/"), nil
	}
	return kernel.ScaleInterval(a, 1, 0, false), nil
}

func negateCode(s Site) (kernel.Kernel, error) {
	k, ok := kernel.Negate(s.Type)
	return k, evaluable(ok, "NEGATE", s)
}
