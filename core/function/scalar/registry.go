package scalar

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/types"
)

// Site is one call of a function in a query, as its code sees it. Arguments have
// the types that Bind asked for.
type Site struct {
	Args []function.Arg
	Type types.Type
	Env  *kernel.Env
}

// Code chooses and prepares the kernel of one call: patterns compile here, once.
type Code func(s Site) (kernel.Kernel, error)

var codes = map[string]Code{}

// Kernel is the code of a call; name is canonical. It reports false for forms
// that core/expr evaluates itself and for names that are no scalar function.
func Kernel(name string, s Site) (kernel.Kernel, bool, error) {
	code, ok := codes[name]
	if !ok {
		user, ok := userCodes.Load(name)
		if !ok {
			return kernel.Kernel{}, false, nil
		}
		code = user.(Code)
	}
	k, err := code(s)
	if k.Name == "" {
		k.Name = name
	}
	return k, true, err
}

// bindFunc decides coercions and result type; declare adds the function's name to its errors.
type bindFunc func(args []function.Arg) (function.Signature, error)

// declare registers a function. code is nil for the forms that core/expr evaluates.
func declare(f function.Function, bind bindFunc, code Code) {
	f.Kind = function.Scalar
	f.Bind = named(f.Name, f.Doc.Syntax, bind)
	if example, ok := examples[f.Name]; ok && len(f.Doc.Examples) == 0 {
		f.Doc.Examples = []string{example}
	}
	function.Register(&f)
	if code != nil {
		codes[f.Name] = code
	}
}

// always is the code of a function that has one kernel for all calls.
func always(k kernel.Kernel) Code {
	return func(Site) (kernel.Kernel, error) { return k, nil }
}
