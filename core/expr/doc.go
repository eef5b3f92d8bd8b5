// Package expr holds bound expressions: trees of plain data that planners
// rewrite, plans carry as JSON, and Compile turns into vectorised evaluators.
//
// A column reference means a logical column id in logical plans and an ordinal
// of the input in physical ones. Operators and special forms are calls like any
// function, under the canonical names of names.go; every argument has exactly
// the type its function wants, since the binder makes each cast explicit.
// Read expr.go first.
package expr
