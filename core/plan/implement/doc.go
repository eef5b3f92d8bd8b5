// Package implement turns a rewritten logical plan into a physical one: it
// chooses algorithms, puts exchanges where rows must move, and says of every
// node what holds of its output.
//
//	logical tree ──visit, bottom-up──> nodes with traits ──negotiate, top-down──> who needs -U ──> ids
//
// Bounded plans get hash tables, sorts and shared builds; unbounded ones get
// operators that keep state and a changelog. What cannot run is refused here,
// with the construct and, where known, its place. It never rewrites what a
// query means: that is core/plan/rule.
//
// Over the finished plan go share.go and spool.go (equal subplans become one),
// runtime_filter.go (joins that narrow scans) and fields.go (fields of ROW columns
// that somebody reads). Read plan.go first, then join.go and aggregate.go; for
// streams stream_join.go and interval_join.go.
package implement
