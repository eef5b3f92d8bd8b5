// Package sink holds the operators at the end of a job: Sink, which drives a
// connector's writer and committer, and Collect, which hands rows to a client.
//
// A Sink commits in two phases. At the barrier the writer prepares what was
// written; the committables stand in the checkpoint; when it is complete they
// are committed, on a goroutine of their own:
//
//	rows → Write … barrier → Flush, PrepareCommit → manifest → Completed → Commit
//
// A restore commits again what its checkpoint left uncommitted, before any
// writer opens (Recover). A committable that is lost fails the job: nothing is
// ever "probably committed". Read sink.go first, then commit.go.
package sink
