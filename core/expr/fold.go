package expr

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/vector"
)

// Fold evaluates the constant parts of an expression and drops what they decide. What is volatile, what
// depends on the clock, and what fails is left as it is: a row that is never
// reached must not raise an error.
func Fold(e *Expr, env *kernel.Env) *Expr {
	return Transform(e, func(x *Expr) *Expr {
		x = simplify(x)
		if x.Op != Call || !isConstantCall(x) {
			return x
		}
		p, err := Compile([]*Expr{x}, nil, env)
		if err != nil {
			return x
		}
		out := make([]vector.Vector, 1)
		if err := p.Eval(&stream.Batch{Rows: 1}, out); err != nil {
			return x
		}
		v := out[0].ValueAt(0)
		folded := Lit(x.Type, v)
		folded.Type, folded.Pos = x.Type, x.Pos
		return folded
	})
}

func isConstantCall(e *Expr) bool {
	if f, ok := function.Lookup(e.Func); ok && (f.Volatile || f.Stable) {
		return false
	}
	if len(e.Args) == 0 {
		return false
	}
	for _, a := range e.Args {
		if a.Op != Literal {
			return false
		}
	}
	return true
}
