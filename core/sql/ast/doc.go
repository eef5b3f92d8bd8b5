// Package ast is a SQL text as a tree: what was written, not yet what it means.
//
//	Statement ──▶ Query ──▶ QueryExpr (Select, SetOp, Values, TableQuery)
//	                           │  ├──▶ TableExpr   items of FROM
//	                           │  └──▶ Expr        everything that has a value
//	                           └──▶ Query          an operand with its own WITH, ORDER BY or LIMIT
//
// Nodes are plain structs behind four small sealed interfaces. Each knows where
// it was written: an operator (a + b, x IN (…), a UNION b, a JOIN b) stands at
// its operator, every other node at its first token. Parentheses are not kept;
// Format writes back those that the tree needs, so that a formatted tree parses
// to an equal one.
//
// The tree holds no resolved names, types or functions, and nothing here may
// look them up: that is the binder's work. Names keep the case they were written
// in; keywords that arrive in the tree (types, time units, SHOW objects) are in
// upper case.
//
// Read node.go first, then query.go, expr.go and statement.go.
package ast
