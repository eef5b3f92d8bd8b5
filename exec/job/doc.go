// Package job is the life of a job: schedule, run, fail, restart, rescale, cancel, finish.
//
//	CREATED → RUNNING ─┬→ FINISHED
//	   ↑        │fail  ├→ CANCELED
//	RESTARTING ←┘      └→ FAILED
//
// One goroutine a job takes what tasks, clients and time say, one event after
// the other, and drives the checkpoint coordinator; each source's enumerator has
// one more. A failed attempt is torn down to its last task before the next
// starts from the latest checkpoint: sinks commit what it left, then everything
// is deployed anew. Read manager.go first, then execution.go.
package job
