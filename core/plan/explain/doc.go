// Package explain prints plans: the logical tree, the physical one with its
// traits in Flink's layout, and the physical one as JSON and as DOT.
//
//	Sink(table=[c.d.totals], fields=[k, total], changelogMode=[NONE])
//	+- GroupAggregate(groupBy=[k], select=[k, SUM(v) AS total], changelogMode=[I,UA,D])
//	   +- Exchange(distribution=[hash[k]], changelogMode=[I])
//
// Read text.go first, then describe.go for what is said of each operator; actual.go
// is what EXPLAIN ANALYZE adds.
package explain
