// Package worker runs the subtasks that a job manager deploys, and carries the
// calls between the two roles.
//
//	job.Manager ─▶ TaskManager                     ─▶ Manager ─▶ tasks      in one process
//	job.Manager ─▶ session ═ stream ═ orders       ─▶ Manager ─▶ tasks      in two
//	job.Manager ◀─ session ═ stream ═ Uplink       ◀─ Manager ◀─ tasks
//
// A Manager takes deployments as bytes, makes channels, operators, memory grants
// and spill directories for them, and runs each subtask on a goroutine (exec/task).
// A JobManager hears what becomes of them. These interfaces (calls.go) are plain
// calls in one process. Between processes a task manager joins its job manager's
// Server, and both speak by messages: a session stands for the task manager there,
// an Uplink for the job manager here. Whoever is silent for too long is gone, and
// what it says later is not heard.
//
// Read calls.go first, then manager.go, deploy.go and dismiss.go; for the network message.go, session.go
// and uplink.go.
package worker
