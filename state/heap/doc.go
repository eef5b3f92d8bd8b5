// Package heap is the `hashmap` state backend: all state in memory, in the tables
// of state/table.
//
// A barrier freezes the pages and goes on. Behind it an Upload visits the frozen
// pages and writes every row into one file of sections, each of one key group and
// one state, so that a restore at any parallelism reads what it needs. A
// checkpoint holds all state: what changes a little between checkpoints, or does
// not fit in memory, belongs into the `pebble` backend (state/lsm).
//
// Read backend.go first, then file.go for what is stored.
package heap
