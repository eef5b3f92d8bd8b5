// Package lookup joins rows with those that another system has of their keys when
// the rows are there (FOR SYSTEM_TIME AS OF a processing time).
//
//	batch ─▶ distinct keys ─▶ cached? ─ no ─▶ one request for all of them ┐
//	  └──────────────── waits, and nothing overtakes it ◀── answer posted ┘─▶ rows in order
//
// One request of a subtask is under way at a time, for all keys of a batch. Until its
// answer is there the operator has more to emit and awaits it, so that the task sits at
// its select; a barrier comes behind the answer, and no request is ever part of state.
// Under pressure batches are large and requests few.
//
// It must not call the other system on the task's goroutine. Read join.go first.
package lookup
