// Package types holds the SQL types, values and schemas of weir, with Flink
// SQL's names and rules, and says how each type lies in memory (Phys).
//
// A Type is a plain value and serialises as JSON: plans carry it across
// processes. Read type.go first, then phys.go; coerce.go holds the rules for
// common types and casts.
package types
