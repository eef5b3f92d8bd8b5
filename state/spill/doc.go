// Package spill puts on disk what does not fit in memory: runs of rows.
//
//	Writer → Run → Reader            rows in the order they were written
//	Runs, each sorted → Merge        one sorted stream (loser tree)
//	Partitions → a Run each          rows parted by hash, for joins and aggregates
//	PartedWriter → PartedRun         blocks parted by who will read them, for exchanges
//
// A run is a file of blocks, each some thousand rows as columns, compressed by
// LZ4. Sort keys are encoded anew when a block is read (state/rowcodec), which
// costs less than storing them.
//
// A Space is the runs of one owner in a directory. A Claim is the directory of a
// process, with those of all owners in it. It is locked, so that the next start
// can tell what a killed process has left behind, and removes it. Nothing here outlives its process: files are not synced, and no
// checkpoint names them. Read space.go first, then run.go and merge.go.
package spill
