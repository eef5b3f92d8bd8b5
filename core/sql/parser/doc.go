// Package parser turns SQL text in Flink's dialect into the tree of package ast.
//
//	text ──lexer──▶ tokens ──Splitter──▶ one statement's tokens ──parser──▶ ast.Statement
//
// It is written by hand: recursive descent for statements and clauses, operator
// precedence for expressions, no backtracking, so that the work is linear in the
// text. Whatever the text, the answer is a tree or a *sqlerr.Error with a place;
// depth is limited, so that no text can exhaust the stack.
//
// Three kinds of refusal are told apart: text that no rule fits ("expected X,
// found Y"), a reserved word where a name belongs (with the advice to quote it),
// and constructs that Flink's grammar knows and this engine does not run
// (FeatureNotSupported, naming the construct). Inside the package a refusal is a
// panic with a bailout, caught at each exported function; it never leaves.
//
// The parser knows no tables, types of values or functions, and must not: what a
// name means is the binder's to say.
//
// Read parser.go first (how tokens are asked for), then statement.go, query.go
// and expr.go.
package parser
