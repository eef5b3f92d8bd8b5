// Package order holds the operators that need rows in order: Sort, SortLimit,
// bounded Rank and Over; and, for unbounded inputs, the ranks and the
// operators that keep rows by arrival.
//
// Bounded ones share the sorter: rows are gathered into columns, and what is
// sorted is pairs of a 64-bit prefix of the key and a row number.
//
//	rows → prefixes → radix sort → ties by whole keys → row numbers → gather
//
// What does not fit is written as sorted runs and merged; a partition of Over
// that does not fit is computed in passes over a run. Unbounded ones load
// the rows of a batch's keys from keyed state once, go through the changes of
// each key in order, and emit what became different.
//
// Read sorter.go first; over.go for window functions, stream_over.go for those of streams; stream_rank.go for changelogs.
package order
