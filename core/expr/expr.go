package expr

import (
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// Op is what a node of an expression is.
type Op uint8

// The node kinds.
const (
	Column  Op = iota // a column of the input
	Literal           // a constant
	Call              // a function, operator or special form over Args
)

// Expr is one node of a bound expression. Trees are immutable once built:
// rewrites make new nodes.
type Expr struct {
	Op   Op           `json:"op"`
	Type types.Type   `json:"type"`
	Col  int          `json:"col,omitempty"`  // Column
	Name string       `json:"name,omitempty"` // Column: for explaining; no meaning
	Lit  *types.Value `json:"lit,omitempty"`  // Literal
	Func string       `json:"func,omitempty"` // Call: canonical name
	Args []*Expr      `json:"args,omitempty"` // Call
	Pos  sqlerr.Pos   `json:"pos,omitzero"`   // where the user wrote it, for run-time errors
}

// Col makes a column reference.
func Col(col int, name string, t types.Type) *Expr {
	return &Expr{Op: Column, Col: col, Name: name, Type: t}
}

// Lit makes a constant.
func Lit(t types.Type, v types.Value) *Expr {
	return &Expr{Op: Literal, Type: t.WithNull(v.Null), Lit: &v}
}

// NewCall makes a call.
func NewCall(name string, t types.Type, args ...*Expr) *Expr {
	return &Expr{Op: Call, Func: name, Type: t, Args: args}
}

// Transform rebuilds e bottom-up: f sees each node with its arguments already
// transformed and returns the node to use in its place.
func Transform(e *Expr, f func(*Expr) *Expr) *Expr {
	if len(e.Args) == 0 {
		return f(e)
	}
	args := make([]*Expr, len(e.Args))
	changed := false
	for i, a := range e.Args {
		args[i] = Transform(a, f)
		changed = changed || args[i] != a
	}
	if changed {
		c := *e
		c.Args = args
		e = &c
	}
	return f(e)
}

// Walk visits e and its arguments, parents first; f returns whether to go down.
func Walk(e *Expr, f func(*Expr) bool) {
	if !f(e) {
		return
	}
	for _, a := range e.Args {
		Walk(a, f)
	}
}
