// Package scalar declares the functions and operators that map rows to values:
// one file per theme, each function declared once with its signature, its code
// and its page.
//
//	declare(name, page, bind, code)
//	        binder ── function.Lookup(name).Bind(args) ─→ argument casts, result type
//	        core/expr ── scalar.Kernel(name, site) ─→ the loop that computes it
//
// Forms that decide which of their arguments are evaluated (AND, CASE, COALESCE,
// CAST …) have no code here: core/expr evaluates them. Nothing here knows plans
// or batches. Read registry.go first, then bind.go; logical.go is a small theme.
package scalar
