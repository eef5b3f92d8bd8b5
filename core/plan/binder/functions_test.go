package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// standIns are functions that the statements of testdata call, declared here
// where core/function/scalar does not: only their names and results matter to plans.
var standIns = map[string]bool{}

func init() {
	text := func(args []function.Arg) types.Type { return types.StringType.WithNull(args[0].Type.Nullable) }
	same := func(args []function.Arg) types.Type { return args[0].Type }
	for name, result := range map[string]func([]function.Arg) types.Type{
		"||": text, "DATE_FORMAT": text, "SUBSTRING": text, "UPPER": same, "FLOOR": same,
		"SPLIT_INDEX": func([]function.Arg) types.Type { return types.StringType },
		"PROCTIME":    func([]function.Arg) types.Type { return types.TimestampLTZType(3).NotNull() },
	} {
		if _, ok := function.Lookup(name); ok {
			continue
		}
		standIns[name] = true
		function.Register(&function.Function{Name: name, Bind: func(args []function.Arg) (function.Signature, error) {
			if len(args) == 0 && name != "PROCTIME" {
				return function.Signature{}, sqlerr.Newf(sqlerr.DatatypeMismatch, "%s needs an argument", name)
			}
			sig := function.Signature{Result: result(args)}
			for _, a := range args {
				sig.Args = append(sig.Args, a.Type)
			}
			return sig, nil
		}})
	}
}

// isDeclared reports whether an expression's functions are all the engine's own.
func isDeclared(text string, err error) bool {
	if e := sqlerr.As(err); e != nil && e.Code == sqlerr.UndefinedFunction {
		return false
	}
	for name := range standIns {
		if strings.Contains(text, name) {
			return false
		}
	}
	return true
}
