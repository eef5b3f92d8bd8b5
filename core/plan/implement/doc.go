// Package implement turns a rewritten logical plan into a physical one: it
// chooses algorithms, puts exchanges where rows must move, and says of every
// node what holds of its output.
//
//	logical tree ──visit, bottom-up──> nodes with traits ──negotiate, top-down──> who needs -U ──> ids
//
// Bounded plans get hash tables, sorts and shared builds; unbounded ones get
// operators that keep state and a changelog. What cannot run is refused here,
// with the construct and, where known, its place. It never rewrites what a
// query means: that is core/plan/rule. Read plan.go first.
package implement
