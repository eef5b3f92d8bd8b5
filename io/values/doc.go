// Package values is the source of rows that stand in the table's own options:
// for tests, examples and small lookup tables. Rows may carry changes, so that
// a program over a changelog can be tried without a database.
//
//	CREATE TABLE t (id INT, name STRING) WITH ('connector' = 'values', 'rows' = '1, one; 2, two; 3, NULL');
//
// Read factory.go first.
package values
