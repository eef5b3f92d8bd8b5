// Package table is the registry of table functions: those that stand in FROM, as
// LATERAL TABLE(f(…)), and make rows of the values of one row.
//
// Declare gives a function its signature, whose result is a ROW with a field for
// each column, and its Code. The code makes the rows of many input rows in one
// call, into builders; it never sees plans, keys or time. UNNEST is none of them:
// exec/operator/correlate shares the elements of its arrays instead of copying them.
package table
