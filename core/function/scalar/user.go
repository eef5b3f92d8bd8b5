package scalar

import (
	"fmt"
	"strings"
	"sync"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// User is a scalar function that a program brings. It gives NULL where an
// argument is NULL, without being called for such rows.
type User struct {
	Name   string
	Args   []types.Type // what arguments are cast to where they can be without loss
	Result types.Type   // nullable: the function gives NULL of its own accord, by SetNull
	// Volatile functions are called for each row, and never for constants ahead of time.
	Volatile bool
	Text     string // what it does, for its page
	// Eval computes a batch: it fills c.Out for the rows of c.Active. Several
	// goroutines call it at once, each with a Call of its own.
	Eval func(c *kernel.Call) error
}

// userCodes are the codes of functions of programs, by canonical name.
var userCodes sync.Map

// Define makes a function known to all statements of this process. A function of
// the program of the same name is replaced; one that is built in is not.
func Define(u User) error {
	name := strings.ToUpper(u.Name)
	if name == "" || u.Eval == nil || u.Result.Kind == types.Null || u.Result.Kind == types.Invalid {
		return fmt.Errorf("define function %q: it needs a name, a result type and code", u.Name)
	}
	params := make([]param, len(u.Args))
	for i, t := range u.Args {
		params[i] = castTo(t)
	}
	bind := takes(returns(u.Result.NotNull()), len(params), params...)
	if u.Result.Nullable {
		bind = nullable(bind)
	}
	f := &function.Function{
		Name: name, Kind: function.Scalar, Volatile: u.Volatile,
		Doc:  function.Doc{Syntax: syntaxOf(name, u.Args), Text: u.Text, Category: "user"},
		Bind: named(name, syntaxOf(name, u.Args), bind),
	}
	if err := function.Define(f); err != nil {
		return err
	}
	userCodes.Store(name, always(kernel.Kernel{Name: name, Eval: u.Eval}))
	return nil
}

// castTo takes what can become t without loss.
func castTo(t types.Type) param {
	return param{t.WithNull(true).String(), func(from types.Type) (types.Type, bool) {
		if t.IsString() && from.IsString() {
			return t, true
		}
		c, ok := types.Common(from.WithNull(true), t.WithNull(true))
		return t, ok && c.String() == t.WithNull(true).String()
	}}
}

func syntaxOf(name string, args []types.Type) string {
	parts := make([]string, len(args))
	for i, t := range args {
		parts[i] = t.WithNull(true).String()
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// named puts a function's name, and how it is called, into the errors of its bindFunc.
func named(name, syntax string, bind bindFunc) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		sig, err := bind(args)
		if err == nil {
			return sig, nil
		}
		if e := sqlerr.As(err); e != nil {
			return sig, e
		}
		e := sqlerr.Newf(sqlerr.DatatypeMismatch, "%s: %s", name, err.Error())
		if syntax != "" {
			e = e.WithHint("%s", syntax)
		}
		return sig, e
	}
}
