package scalar

import (
	"fmt"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/types"
)

func init() {
	declare(function.Function{Name: "CASE", Doc: function.Doc{
		Syntax: "CASE WHEN condition THEN value [WHEN …] [ELSE value] END", Category: "conditional",
		Text: "The value of the first condition that is TRUE, else that of ELSE. Values are evaluated only for the rows that take them.",
	}}, bindCase, nil)
	declare(function.Function{Name: "IF", Doc: function.Doc{
		Syntax: "IF(condition, value1, value2)", Category: "conditional",
		Text: "value1 where the condition is TRUE, else value2.",
	}}, bindIf, nil)
	declare(function.Function{Name: "COALESCE", Doc: function.Doc{
		Syntax: "COALESCE(value1, value2, …)", Category: "conditional",
		Text: "The first value that is not NULL. Later values are evaluated only for the rows that need them.",
	}}, bindCoalesce, nil)
	declare(function.Function{Name: "IFNULL", Doc: function.Doc{
		Syntax: "IFNULL(value, replacement)", Category: "conditional",
		Text: "The value, or the replacement where the value is NULL.",
	}}, exactly(2, bindCoalesce), nil)
	declare(function.Function{Name: "NULLIF", Doc: function.Doc{
		Syntax: "NULLIF(value1, value2)", Category: "conditional",
		Text: "NULL where the values are equal, else value1.", Examples: []string{"NULLIF(5, 5)", "NULLIF(5, 0)"},
	}}, bindNullIf, nil)
}

// bindCase takes cond, value, cond, value, …, else.
func bindCase(args []function.Arg) (function.Signature, error) {
	if len(args) < 3 || len(args)%2 == 0 {
		return function.Signature{}, fmt.Errorf("%d arguments, conditions and values in pairs and an ELSE wanted", len(args))
	}
	var values []types.Type
	for i, a := range args {
		if i%2 == 1 || i == len(args)-1 {
			values = append(values, a.Type)
		} else if a.Type.Kind != types.Boolean && a.Type.Kind != types.Null {
			return function.Signature{}, mismatch(i, "BOOLEAN", a.Type)
		}
	}
	t, err := commonValue(types.Common, values)
	if err != nil {
		return function.Signature{}, err
	}
	sig := function.Signature{Result: t}
	for i, a := range args {
		if i%2 == 1 || i == len(args)-1 {
			sig.Args = append(sig.Args, t.WithNull(a.Type.Nullable))
		} else {
			sig.Args = append(sig.Args, types.BooleanType.WithNull(a.Type.Nullable))
		}
	}
	return sig, nil
}

func bindIf(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 3, 3, false); err != nil {
		return function.Signature{}, err
	}
	return bindCase(args)
}

func bindCoalesce(args []function.Arg) (function.Signature, error) {
	if err := checkCount(len(args), 1, 1, true); err != nil {
		return function.Signature{}, err
	}
	t, err := commonValue(types.Wider, typesOf(args))
	if err != nil {
		return function.Signature{}, err
	}
	sig := function.Signature{}
	t.Nullable = true
	for _, a := range args {
		sig.Args = append(sig.Args, t.WithNull(a.Type.Nullable))
		t.Nullable = t.Nullable && a.Type.Nullable
	}
	sig.Result = t
	return sig, nil
}

func exactly(n int, bind bindFunc) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		if err := checkCount(len(args), n, n, false); err != nil {
			return function.Signature{}, err
		}
		return bind(args)
	}
}

// bindNullIf checks that the values compare; the binder writes the call as a CASE.
func bindNullIf(args []function.Arg) (function.Signature, error) {
	sig, err := bindComparison("=")(args)
	if err != nil {
		return sig, err
	}
	sig.Result = args[0].Type.WithNull(true)
	return sig, nil
}

func commonValue(common func(a, b types.Type) (types.Type, bool), ts []types.Type) (types.Type, error) {
	t, ok := types.CommonOf(common, ts...)
	switch {
	case !ok:
		args := make([]function.Arg, len(ts))
		for i := range ts {
			args[i].Type = ts[i]
		}
		return t, cannotCombine(args)
	case t.Kind == types.Null:
		return t, errBareNull
	}
	return t, nil
}
