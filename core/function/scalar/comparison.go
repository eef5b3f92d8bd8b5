package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	for _, f := range []struct{ name, text string }{
		{"=", "TRUE where both values are equal; NULL where one is NULL."},
		{"<>", "TRUE where the values differ; NULL where one is NULL."},
		{"<", "TRUE where the left value is smaller; NULL where one is NULL."},
		{"<=", "TRUE where the left value is smaller or equal; NULL where one is NULL."},
		{">", "TRUE where the left value is larger; NULL where one is NULL."},
		{">=", "TRUE where the left value is larger or equal; NULL where one is NULL."},
	} {
		declare(function.Function{Name: f.name, Doc: function.Doc{
			Syntax: "value1 " + f.name + " value2", Category: "comparison", Text: f.text,
		}}, bindComparison(f.name), compareCode(f.name))
	}
	declare(function.Function{Name: "IS DISTINCT FROM", Doc: function.Doc{
		Syntax: "value1 IS DISTINCT FROM value2", Category: "comparison",
		Text: "Whether the values differ, where NULL equals NULL.",
	}}, neverNull(bindComparison(distinct)), distinctCode(true))
	declare(function.Function{Name: "IS NOT DISTINCT FROM", Doc: function.Doc{
		Syntax: "value1 IS NOT DISTINCT FROM value2", Category: "comparison",
		Text: "Whether the values are equal, where NULL equals NULL.",
	}}, neverNull(bindComparison(distinct)), distinctCode(false))
	declare(function.Function{Name: "IN", Doc: function.Doc{
		Syntax: "value IN (constant, …)", Category: "comparison",
		Text: "TRUE where the value equals one of the constants; NULL where it equals none and it or one of them is NULL.",
	}}, bindIn, inCode)
}

// bindComparison brings both sides to one type. Strings stay as they are: they
// compare without padding, so that lengths do not matter.
func bindComparison(op string) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		if err := checkCount(len(args), 2, 2, false); err != nil {
			return function.Signature{}, err
		}
		a, b := args[0].Type, args[1].Type
		result := types.BooleanType.WithNull(a.Nullable || b.Nullable)
		if a.IsString() && b.IsString() || a.IsBinary() && b.IsBinary() {
			return function.Signature{Args: []types.Type{a, b}, Result: result}, nil
		}
		t, ok := comparisonType(op, a, b)
		if !ok || !comparable(t, op) {
			return function.Signature{}, cannotCombine(args)
		}
		return function.Signature{Args: []types.Type{t.WithNull(a.Nullable), t.WithNull(b.Nullable)}, Result: result}, nil
	}
}

// distinct stands for both forms of IS DISTINCT FROM.
const distinct = "IS DISTINCT FROM"

// comparisonType: = and <> want one type of both sides; the others see numbers in
// the wider type, and < reads a string beside a number as a number.
func comparisonType(op string, a, b types.Type) (types.Type, bool) {
	switch {
	case op == "=" || op == "<>":
		return types.CommonComparison(a, b)
	case a.IsApproximate() && b.IsApproximate():
		return types.Wider(a, b)
	case op == distinct:
		return types.CommonComparison(a, b)
	}
	return types.CommonOrder(a, b)
}

// comparable reports which types an operator knows: nested values have no order,
// and a MULTISET, whose elements lie in any, is not even compared.
func comparable(t types.Type, op string) bool {
	if op == "=" || op == "<>" || op == distinct {
		return t.Kind != types.Multiset
	}
	return !t.IsNested() && t.HasOrder()
}

// bindIn finds one type for the value and its items, which follow a string or a
// number in the other's place.
func bindIn(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 2, 2, true); err != nil {
		return function.Signature{}, err
	}
	t := args[0].Type
	for _, a := range args[1:] {
		if followsItem(args[0].Type, a.Type) {
			continue
		}
		common, ok := types.CommonComparison(t, a.Type)
		if !ok {
			return function.Signature{}, cannotCombine([]function.Arg{args[0], a})
		}
		t = common
	}
	sig := function.Signature{Result: types.BooleanType.WithNull(anyNullable(args))}
	for _, a := range args {
		as := t
		switch {
		case t.IsString() && a.Type.IsString():
			as = a.Type // strings compare without padding
		case t.IsString() && a.Type.Kind != types.Null:
			as = types.StringType // its text, whatever the length
		}
		sig.Args = append(sig.Args, as.WithNull(a.Type.Nullable))
	}
	return sig, nil
}

// followsItem reports items that have no say in the type: strings among strings,
// strings and numbers beside each other, and numbers beside a floating value.
func followsItem(value, item types.Type) bool {
	switch {
	case value.IsString():
		return item.IsString() || item.IsNumeric()
	case value.IsApproximate() && item.IsNumeric():
		return true
	}
	return value.IsNumeric() && item.IsString()
}

func compareCode(op string) Code { return always(kernel.Compare(op)) }

func distinctCode(distinct bool) Code { return always(kernel.Distinct(distinct)) }

func inCode(s Site) (kernel.Kernel, error) {
	var items []types.Value
	nulls := false
	for _, a := range s.Args[1:] {
		switch {
		case a.Literal == nil:
			return kernel.Kernel{}, sqlerr.Newf(sqlerr.FeatureNotSupported, "IN with values that are not constant is not supported").
				WithHint("write value = a OR value = b")
		case a.Literal.Null:
			nulls = true
		default:
			items = append(items, *a.Literal)
		}
	}
	return kernel.In(s.Args[0].Type, items, nulls), nil
}
