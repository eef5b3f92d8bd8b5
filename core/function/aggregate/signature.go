package aggregate

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

type binder = func(args []function.Arg) (function.Signature, error)

// bindError says that name cannot take these arguments, and what it takes.
func bindError(name string, args []function.Arg, want string) error {
	got := make([]string, len(args))
	for i, a := range args {
		got[i] = a.Type.NotNull().String()
		got[i] = strings.TrimSuffix(got[i], " NOT NULL")
	}
	return sqlerr.Newf(sqlerr.DatatypeMismatch, "cannot apply %s to arguments (%s)", name, strings.Join(got, ", ")).
		WithHint("%s takes %s", name, want)
}

// one binds a function of one argument: ok says which types it takes, result
// what it gives. Groups may be empty, so the result is always nullable.
func one(name, want string, ok func(types.Type) bool, result func(types.Type) types.Type) binder {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) != 1 || !ok(args[0].Type) {
			return function.Signature{}, bindError(name, args, want)
		}
		t := args[0].Type
		return function.Signature{Args: []types.Type{t}, Result: result(t).WithNull(true)}, nil
	}
}

func isNumeric(t types.Type) bool { return t.IsNumeric() }

// isOrdered reports the types that MIN and MAX compare.
func isOrdered(t types.Type) bool { return isStored(t) && t.HasOrder() }

// isStored reports the types whose values a state can keep.
func isStored(t types.Type) bool { return t.Kind >= types.Boolean && !t.IsNested() }

// isKept reports the types whose values a state can keep as bytes: all but NULL's own.
func isKept(t types.Type) bool { return t.Kind >= types.Boolean }

func same(t types.Type) types.Type { return t }

// SumType is the type of SUM over t: Flink widens decimals only.
func SumType(t types.Type) types.Type {
	if t.Kind == types.Decimal {
		return types.DecimalType(types.MaxDecimalPrecision, t.Scale)
	}
	return t.WithNull(true)
}

// AvgType is the type of AVG, STDDEV and VAR over t: that of the argument, with
// more digits for decimals.
func AvgType(t types.Type) types.Type {
	if t.Kind == types.Decimal {
		return types.DecimalType(types.MaxDecimalPrecision, max(6, t.Scale))
	}
	return t.WithNull(true)
}

func bindCount(args []function.Arg) (function.Signature, error) {
	sig := function.Signature{Result: types.BigIntType.NotNull()}
	for _, a := range args {
		sig.Args = append(sig.Args, a.Type)
	}
	if len(args) > 1 {
		return sig, sqlerr.Newf(sqlerr.FeatureNotSupported, "COUNT of %d columns is not supported", len(args)).
			WithHint("count one column, or rows with COUNT(*)")
	}
	return sig, nil
}

func bindSum0(args []function.Arg) (function.Signature, error) {
	sig, err := one("$SUM0", "one numeric argument", isNumeric, SumType)(args)
	sig.Result.Nullable = false
	return sig, err
}

func bindCollect(args []function.Arg) (function.Signature, error) {
	sig, err := one("COLLECT", "one argument", isKept, same)(args)
	if err == nil {
		elem := args[0].Type.NotNull()
		sig.Result = types.Type{Kind: types.Multiset, Elem: &elem}
	}
	return sig, err
}

func bindListAgg(args []function.Arg) (function.Signature, error) {
	const want = "a string and, optionally, a constant separator"
	if len(args) < 1 || len(args) > 2 || !args[0].Type.IsString() {
		return function.Signature{}, bindError("LISTAGG", args, want)
	}
	sig := function.Signature{Args: []types.Type{args[0].Type}, Result: types.StringType}
	if len(args) == 2 {
		if !args[1].Type.IsString() || args[1].Literal == nil {
			return function.Signature{}, bindError("LISTAGG", args, want)
		}
		sig.Args = append(sig.Args, args[1].Type)
	}
	return sig, nil
}

func bindApproxDistinct(args []function.Arg) (function.Signature, error) {
	sig, err := one("APPROX_COUNT_DISTINCT", "one argument that is not nested", isStored, same)(args)
	sig.Result = types.BigIntType.NotNull()
	return sig, err
}

// unknown is what New says of a name it has no code for.
func unknown(name string, args []types.Type) error {
	parts := make([]string, len(args))
	for i, t := range args {
		parts[i] = t.String()
	}
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "aggregate %s is not supported", fmt.Sprintf("%s(%s)", name, strings.Join(parts, ", ")))
}
