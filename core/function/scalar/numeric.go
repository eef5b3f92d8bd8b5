package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

func numberDoc(syntax, text string, examples ...string) function.Doc {
	return function.Doc{Syntax: syntax, Text: text, Category: "arithmetic", Examples: examples}
}

func init() {
	declare(function.Function{Name: "ABS", Doc: numberDoc("ABS(number)", "The number without its sign.", "ABS(-3)")},
		takes(sameAs(0), 1, aNumber), func(s Site) (kernel.Kernel, error) {
			k, ok := kernel.Abs(s.Type)
			return k, evaluable(ok, "ABS", s)
		})
	declare(function.Function{Name: "SIGN", Doc: numberDoc("SIGN(number)", "-1, 0 or 1, in the number's type.", "SIGN(-2)")},
		takes(sameAs(0), 1, aNumber), func(s Site) (kernel.Kernel, error) { return kernel.Sign(s.Args[0].Type), nil })
	declare(function.Function{Name: "FLOOR", Doc: numberDoc("FLOOR(number)", "The largest whole number that is not above; FLOOR(time TO unit) cuts a time down.", "FLOOR(1.5)")},
		takes(wholeType, 1, aNumber), roundCode(kernel.Floor))
	declare(function.Function{
		Name: "CEIL", Aliases: []string{"CEILING"},
		Doc: numberDoc("CEIL(number)", "The smallest whole number that is not below; CEIL(time TO unit) raises a time.", "CEIL(1.5)"),
	},
		takes(wholeType, 1, aNumber), roundCode(kernel.Ceil))
	declare(function.Function{Name: "ROUND", Doc: numberDoc("ROUND(number [, digits])", "The number rounded half up to digits behind the point, 0 without; negative digits lie before it.", "ROUND(1.255, 2)")},
		bindRound, roundCode(kernel.HalfUp))
	declare(function.Function{Name: "TRUNCATE", Doc: numberDoc("TRUNCATE(number [, digits])", "The number cut off at digits behind the point, 0 without.", "TRUNCATE(42.345, 2)")},
		bindRound, roundCode(kernel.Down))
	for _, f := range []struct {
		name, text string
		least      bool
	}{
		{"GREATEST", "The largest of the values; NULL where one is NULL.", false},
		{"LEAST", "The smallest of the values; NULL where one is NULL.", true},
	} {
		declare(function.Function{Name: f.name, Doc: function.Doc{Syntax: f.name + "(value, …)", Text: f.text, Category: "conditional"}},
			bindExtreme, always(kernel.Extreme(f.least)))
	}
}

func roundCode(how kernel.Rounding) Code {
	return func(s Site) (kernel.Kernel, error) { return kernel.Round(s.Args[0].Type, how), nil }
}

// wholeType keeps the digits of a DECIMAL and drops its scale.
func wholeType(args []types.Type) types.Type {
	if args[0].Kind == types.Decimal {
		return types.DecimalType(args[0].Precision, 0)
	}
	return args[0]
}

// bindRound needs constant digits to derive the type of a rounded DECIMAL;
// otherwise it keeps its own.
func bindRound(args []function.Arg) (function.Signature, error) {
	sig, err := takes(sameAs(0), 1, aNumber, anInt)(args)
	if err != nil || sig.Result.Kind != types.Decimal {
		return sig, err
	}
	digits := 0
	if len(args) == 2 {
		if args[1].Literal == nil || args[1].Literal.Null {
			return sig, nil
		}
		digits = int(args[1].Literal.I)
	}
	sig.Result = types.DecimalRound(sig.Result, digits).WithNull(sig.Result.Nullable)
	return sig, nil
}

func bindExtreme(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 1, 1, true); err != nil {
		return function.Signature{}, err
	}
	t, err := commonValue(types.Wider, typesOf(args))
	if err != nil {
		return function.Signature{}, err
	}
	if t.IsNested() || !t.HasOrder() {
		return function.Signature{}, mismatch(0, "a value with an order", t)
	}
	sig := function.Signature{Result: t.WithNull(anyNullable(args))}
	for _, a := range args {
		sig.Args = append(sig.Args, t.WithNull(a.Type.Nullable))
	}
	return sig, nil
}
