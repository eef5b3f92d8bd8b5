// Package aggregate holds the operators that group rows: Hash and Sort for
// bounded inputs, Group for unbounded ones.
//
// All of them turn a batch into group numbers first and then let each
// accumulator (core/function/aggregate) run over its columns once:
//
//	batch → groups of rows → states in packed rows → results
//
// Hash keeps its groups in a hash table, and where memory ends writes partial
// states to partitions on disk, which it merges one by one. Sort sees equal keys
// next to each other and keeps one group, with the DISTINCT values it has seen.
// Subtasks of one process merge their tables by partition (hash_shared.go), and
// emit them as they are where their keys lie apart (hash_apart.go).
// Group loads the states of a batch's keys from keyed state, and emits what
// changed; with a time to live (expiry.go) groups end that have not changed.
//
// No operator here looks at single values. Read groups.go first.
package aggregate
