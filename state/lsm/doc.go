// Package lsm is the `pebble` state backend: tables in memory in front of one
// Pebble database per subtask.
//
//	Get ─→ memory ─→ filter: was this key ever evicted? ─→ Pebble
//	Put ─→ memory (dirty in the current epoch)
//
// Nothing is ever Set into Pebble. A flush freezes the tables' pages, begins the
// next epoch, and behind it writes the rows that are dirty as sorted runs, external
// SSTs, and ingests them. Barriers flush, and so does eviction when clean rows are
// not enough to make room. All runs are kept, in order, and a checkpoint is the
// base and the runs up to its epoch:
//
//	manifest N = base · run · run · … · run of epoch N
//
// A run belongs to its epoch, not to a checkpoint: what an aborted checkpoint
// stored, or an eviction, is part of the next manifest. When runs outweigh what is
// live, or are very many, a new base is written in the background from a snapshot of
// the database.
//
// Rows of a flush are gathered and sorted on a desk, memory outside the Go heap:
// a full desk is a run. Desks and the block cache belong to all backends of a
// process together and are sized and reserved from its one number (shared.go).
// A backend takes a few pages at the start, and with those gets through any batch;
// for the rest it evicts. While nothing was evicted nobody reads the database, and
// it is hardly compacted.
//
// The database is scratch: emptied at start, without a log and without fsync. Keys
// begin with key group and state, so that a base is cut at key groups, and a
// restore at another parallelism takes the files it needs and excises the rest.
//
// Read backend.go first, then flush.go, desk.go, upload.go and evict.go; keys.go
// says what is stored.
package lsm
