// Package checkpoint cuts a running job into checkpoints: trigger, acknowledge,
// complete or abort, commit.
//
//	trigger ─→ sources emit the barrier ─→ subtasks capture and acknowledge
//	        ─→ all acknowledged: the snapshot is written ─→ notify: sinks commit
//
// Coordinator is a state machine without goroutines, clocks or I/O: events in,
// actions out. exec/job drives it. Snapshot is what a checkpoint holds, as plain
// data; a Store keeps snapshots. Read snapshot.go first, then coordinator.go.
package checkpoint
