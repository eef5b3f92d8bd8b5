// Package sqltest runs SQL programs (.slt) in every way the engine can run
// them, and holds all results against one expected table.
//
// A program is blocks of lines, separated by empty lines; # begins a comment:
//
//	statement ok                 the statement succeeds
//	statement error <regexp>     the statement fails with a message that matches
//	query <types> [rowsort]      a letter for each column (T I R B …), then the
//	<SQL>                        statement, ---- and the rows: fields separated by
//	----                         tabs or spaces, or one field a line; NULL is NULL,
//	<rows>                       the empty string is (empty)
//	changelog <types>            like query, with the row kind in front of each row:
//	                             the exact changelog at parallelism 1, batch size 1
//	late                         rows are late by their own watermark: only
//	                             unbounded runs are compared
//	large                        the program has more rows than a small memory holds:
//	                             it runs where operators spill and state is evicted
//	mode batch|streaming         the program is for one mode only
//
// ${tmp} in a statement is a directory of the run, ${root} that of the program's
// file. Every program runs in each Config of the matrix (matrix.go); queries of
// unbounded runs are folded to a table. Read runner.go first.
package sqltest
