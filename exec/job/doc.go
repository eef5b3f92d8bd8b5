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
// is deployed anew.
//
// A batch job with blocking exchanges runs in stages, each of them an attempt of the
// regions whose inputs are whole (stage.go).
//
// An attempt takes slots of a ResourceProvider, as many as its greatest parallelism
// is; subtask s of every vertex runs in slot s (placement.go). When a task manager
// is gone its tasks count as closed, and the attempt fails.
//
// Read manager.go first, then execution.go and resource.go.
package job
