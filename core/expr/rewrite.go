package expr

import "github.com/weir-engine/weir/core/types"

// Conjuncts lists what an AND joins, nested ANDs flattened; nil gives none.
func Conjuncts(e *Expr) []*Expr {
	if e == nil {
		return nil
	}
	if e.Op != Call || e.Func != And {
		return []*Expr{e}
	}
	var out []*Expr
	for _, a := range e.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}

// AndAll joins conditions; nil for none.
func AndAll(es []*Expr) *Expr {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	nullable := false
	for _, e := range es {
		nullable = nullable || e.Type.Nullable
	}
	return NewCall(And, types.BooleanType.WithNull(nullable), es...)
}

// Columns is the set of columns that an expression uses.
func Columns(e *Expr) map[int]bool {
	out := map[int]bool{}
	if e == nil {
		return out
	}
	Walk(e, func(x *Expr) bool {
		if x.Op == Column {
			out[x.Col] = true
		}
		return true
	})
	return out
}
