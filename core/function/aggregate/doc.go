// Package aggregate declares the accumulators of SQL's aggregate functions.
//
// States lie in fixed-width rows that the caller owns: a row of a hash table,
// a value in keyed state, a slice of a window. All accumulators of one
// aggregation share a row, so that a group costs one cache line and not one
// miss for each aggregate. The same accumulator serves the bounded and the
// unbounded plan; retraction arrives as row kinds.
//
//	row of one group: [ key … | state of agg 0 | state of agg 1 | … ]
//	                           ^ States.Offset of agg 0
//
// Read accumulator.go first; each further file is one theme of aggregates.
package aggregate
