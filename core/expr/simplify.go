package expr

import "github.com/weir-engine/weir/core/types"

// simplify rewrites one call whose arguments are already simple: what constants
// decide disappears. It gives e itself where there is nothing to do.
func simplify(e *Expr) *Expr {
	if e.Op != Call {
		return e
	}
	switch e.Func {
	case And:
		return junction(e, false)
	case Or:
		return junction(e, true)
	case Not:
		if inner := e.Args[0]; inner.Op == Call && inner.Func == Not {
			return inner.Args[0]
		}
	case Case, If:
		return simplifyCase(e)
	case Coalesce:
		return simplifyCoalesce(e)
	case IsNotNull, IsNull:
		// A value that is never NULL may still fail, so only columns and constants go.
		if a := e.Args[0]; a.Op == Column && !a.Type.Nullable {
			return boolean(e, e.Func == IsNotNull)
		}
	}
	return e
}

// junction drops the constants of AND and OR; decides is the one that ends it.
func junction(e *Expr, decides bool) *Expr {
	var kept []*Expr
	for _, a := range e.Args {
		switch {
		case a.Op != Literal || a.Lit.Null:
			kept = append(kept, a)
		case a.Lit.Bool() == decides && len(kept) == 0:
			return boolean(e, decides)
		case a.Lit.Bool() == decides: // what stands before may fail, and is evaluated first
			return with(e, append(kept, a))
		}
	}
	switch len(kept) {
	case 0:
		return boolean(e, !decides)
	case 1:
		return kept[0]
	case len(e.Args):
		return e
	}
	return with(e, kept)
}

// simplifyCase drops branches that are never taken and ends at one that always is.
func simplifyCase(e *Expr) *Expr {
	var kept []*Expr
	last := len(e.Args) - 1
	for i := 0; i < last; i += 2 {
		cond, value := e.Args[i], e.Args[i+1]
		switch {
		case cond.Op != Literal:
			kept = append(kept, cond, value)
		case !cond.Lit.Null && cond.Lit.Bool():
			return caseOf(e, append(kept, value))
		}
	}
	return caseOf(e, append(kept, e.Args[last]))
}

func caseOf(e *Expr, args []*Expr) *Expr {
	switch len(args) {
	case 1:
		return typed(args[0], e)
	case len(e.Args):
		return e
	}
	c := *with(e, args)
	c.Func = Case
	return &c
}

// simplifyCoalesce ends at the first argument that is never NULL and drops constant NULLs.
func simplifyCoalesce(e *Expr) *Expr {
	var kept []*Expr
	for _, a := range e.Args {
		if a.Op == Literal && a.Lit.Null {
			continue
		}
		kept = append(kept, a)
		if !a.Type.Nullable {
			break
		}
	}
	switch len(kept) {
	case 0:
		return typed(e.Args[0], e)
	case 1:
		return typed(kept[0], e)
	case len(e.Args):
		return e
	}
	return with(e, kept)
}

func with(e *Expr, args []*Expr) *Expr {
	c := *e
	c.Args = args
	return &c
}

// typed is a in place of e. A node keeps its own type where that is e's but for
// NULL; otherwise a cast that changes no value stands around it.
func typed(a, e *Expr) *Expr {
	if a.Type.Same(e.Type) {
		return a
	}
	return NewCall(Cast, e.Type.WithNull(a.Type.Nullable), a)
}

func boolean(e *Expr, b bool) *Expr {
	v := Lit(e.Type, types.BoolValue(b))
	v.Pos = e.Pos
	return v
}
