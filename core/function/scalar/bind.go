package scalar

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/types"
)

// param says what one argument may be and what it is cast to.
type param struct {
	want string // as an error names it
	cast func(t types.Type) (types.Type, bool)
}

// The usual parameters. A bare NULL is taken by all of them.
var (
	aString   = param{"a string", func(t types.Type) (types.Type, bool) { return t, t.IsString() }}
	aText     = param{"a string or BYTES", func(t types.Type) (types.Type, bool) { return t, t.IsString() || t.IsBinary() }}
	aBoolean  = param{"BOOLEAN", func(t types.Type) (types.Type, bool) { return t, t.Kind == types.Boolean }}
	aNumber   = param{"a number", func(t types.Type) (types.Type, bool) { return t, t.IsNumeric() }}
	aDouble   = param{"a number", func(t types.Type) (types.Type, bool) { return types.DoubleType, t.IsNumeric() }}
	anInt     = param{"INT", func(t types.Type) (types.Type, bool) { return types.IntType, t.IsInteger() && t.Kind <= types.Integer }}
	aBigint   = param{"an integer", func(t types.Type) (types.Type, bool) { return types.BigIntType, t.IsInteger() }}
	aTemporal = param{"a date or time", func(t types.Type) (types.Type, bool) { return t, t.IsTemporal() }}
	anything  = param{"a value", func(t types.Type) (types.Type, bool) { return t, true }}
)

// accept casts one argument; a bare NULL becomes a NULL of the given type.
func (p param) accept(a function.Arg, ofNull types.Type) (types.Type, bool) {
	if a.Type.Kind == types.Null {
		return ofNull.WithNull(true), true
	}
	t, ok := p.cast(a.Type)
	return t.WithNull(a.Type.Nullable), ok
}

// nullOf is the type that a bare NULL takes as an argument of a parameter.
func (p param) nullOf() types.Type {
	for _, t := range []types.Type{types.StringType, types.BytesType, types.BooleanType, types.IntType, types.TimestampType(3)} {
		if c, ok := p.cast(t); ok {
			return c
		}
	}
	return types.NullType
}

// resultFunc is the result type of a call from its cast arguments; nullability is added by sign.
type resultFunc func(args []types.Type) types.Type

func returns(t types.Type) resultFunc { return func([]types.Type) types.Type { return t } }

func sameAs(i int) resultFunc { return func(args []types.Type) types.Type { return args[i] } }

// takes makes a bindFunc: least arguments are required, the others are optional,
// and where rest is set the last parameter may repeat. The result is nullable
// where any argument is.
func takes(result resultFunc, least int, params ...param) bindFunc {
	return sign(result, least, false, params)
}

func takesMany(result resultFunc, least int, params ...param) bindFunc {
	return sign(result, least, true, params)
}

// nullable adds that the function returns NULL for bad input of its own accord.
func nullable(bind bindFunc) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		sig, err := bind(args)
		sig.Result.Nullable = true
		return sig, err
	}
}

// neverNull adds that the function's result is never NULL.
func neverNull(bind bindFunc) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		sig, err := bind(args)
		sig.Result.Nullable = false
		return sig, err
	}
}

func sign(result resultFunc, least int, rest bool, params []param) bindFunc {
	return func(args []function.Arg) (function.Signature, error) {
		if err := checkCount(len(args), least, len(params), rest); err != nil {
			return function.Signature{}, err
		}
		out := make([]types.Type, len(args))
		isNullable := false
		for i, a := range args {
			p := params[min(i, len(params)-1)]
			t, ok := p.accept(a, p.nullOf())
			if !ok {
				return function.Signature{}, mismatch(i, p.want, a.Type)
			}
			out[i] = t
			isNullable = isNullable || t.Nullable
		}
		return function.Signature{Args: out, Result: result(out).WithNull(isNullable)}, nil
	}
}

func checkCount(n, least, most int, rest bool) error {
	switch {
	case n >= least && (n <= most || rest):
		return nil
	case rest:
		return fmt.Errorf("%d arguments, at least %d wanted", n, least)
	case least == most:
		return fmt.Errorf("%d arguments, %d wanted", n, most)
	}
	return fmt.Errorf("%d arguments, %d to %d wanted", n, least, most)
}

func mismatch(i int, want string, got types.Type) error {
	return fmt.Errorf("argument %d is %s, %s wanted", i+1, got.WithNull(true), want)
}

func cannotCombine(args []function.Arg) error {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.Type.WithNull(true).String()
	}
	return fmt.Errorf("cannot be applied to %s", strings.Join(names, " and "))
}

var errBareNull = errors.New("the type of NULL is not known; write CAST(NULL AS …)")

// literalWord is the text of an argument that must be a constant string.
func literalWord(a function.Arg) (string, bool) {
	if a.Literal == nil || a.Literal.Null || !a.Type.IsString() {
		return "", false
	}
	return strings.ToUpper(a.Literal.Str()), true
}

func typesOf(args []function.Arg) []types.Type {
	out := make([]types.Type, len(args))
	for i, a := range args {
		out[i] = a.Type
	}
	return out
}

func anyNullable(args []function.Arg) bool {
	for _, a := range args {
		if a.Type.Nullable {
			return true
		}
	}
	return false
}
