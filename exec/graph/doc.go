// Package graph is what a job is made of: vertices, each a chain of operators
// that runs in Parallelism subtasks, and edges between them.
//
//	plan  Sink ← Aggregate ← Exchange(hash) ← Calc ← Scan
//	job   [Scan → Calc] ══hash══> [Aggregate → Sink]
//
// A job is bytes: plain data, never closures. A physical plan is cut into
// vertices where rows must move (Cut); operators between two cuts are chained
// and hand batches on by calls. Joins stand in the chain of their probe input,
// and their build input arrives over an edge that names the chain position.
// Where exchanges are blocking, vertices between them are regions (region.go).
// Read job.go first, then cut.go.
package graph
