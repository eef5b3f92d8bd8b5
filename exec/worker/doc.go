// Package worker runs the subtasks that a job manager deploys, and declares the
// calls between the two roles.
//
// A TaskManager takes deployments as bytes, makes channels, operators, memory
// grants and spill directories for them, and runs each subtask on a goroutine
// (exec/task). A JobManager hears what becomes of them. Embedded, both live in
// one process and these interfaces are plain calls; nothing in them needs more
// than bytes and small values, so that a network can stand between. Read
// calls.go first, then manager.go.
package worker
