// Package source holds the operators at the head of a job: Source, which reads
// the splits of a connector, Watermarks, which tells time from rows, and Values.
//
// A connector's reader runs on a goroutine of its own and hands fetches to the
// task over a bounded queue:
//
//	job ─ splits → Source → reader goroutine ─ fetches → Source.Pull → chain
//
// What counts as read is what the task took: the position of a split in a
// checkpoint is that behind the last batch it pulled, not what the reader
// fetched ahead. Watermarks are kept per split; the source's is the least of
// those that are not idle. Read source.go first, then reader.go.
package source
