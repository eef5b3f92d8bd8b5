// Package memory keeps the one number: how much memory the process may use.
//
// A Manager holds the promise. Every operator, state store and exchange has a
// Grant from it: a minimum that is reserved before the job starts, and growth
// that is asked for with TryGrow. A refusal is not waited out: the asker spills
// itself. Large tables lie in an Arena, address space outside the Go heap whose
// pages are counted in a grant, so that the collector neither scans nor paces
// by them.
//
// Read manager.go first, then arena.go.
package memory
