// Package binder gives a syntax tree its meaning: names become columns, texts
// become types, operators become functions with every cast written out, and a
// query becomes a logical plan.
//
//	ast.Query ──▶ FROM ──▶ WHERE ──▶ GROUP BY ──▶ HAVING ──▶ OVER ──▶ QUALIFY
//	         ──▶ SELECT ──▶ DISTINCT ──▶ ORDER BY ──▶ LIMIT
//
// Expressions of a SELECT block are bound over the columns of FROM, wherever they
// stand. An aggregate, a window function or a subquery inside them becomes a
// reference to a column that does not exist yet, and is noted down; block.go then
// builds the nodes that make these columns, in the order above, and replaces what
// GROUP BY computes by the grouping columns. So each expression is bound once,
// and what may not follow GROUP BY is found by looking at columns, not at text.
//
// Errors are *sqlerr.Error with a place. Inside the package they travel as a
// panic with a bailout, caught at each exported function, and never leave it.
//
// The binder optimises nothing: it prunes no column and moves no filter. It only
// chooses the plainest join for a subquery, since it still knows where the
// subquery stood. It reads no clock and opens no file; what it must know of the
// world it asks the catalog.Resolver.
//
// Read binder.go first, then scope.go, block.go and expr.go.
package binder
