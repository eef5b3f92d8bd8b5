// Package connector is what a system must offer to be read or written: sources
// made of splits, sinks made of writers and committers, and the factories by
// which 'connector' = '…' finds them.
//
//	reading:  Enumerator (one a job) → splits → Reader (one a subtask) → Fetch → task
//	writing:  task → Writer (one a subtask) → committables → manifest → Committer
//
// Exactly-once rests on two promises: a reader that is given a split resumes
// behind the position it is told; a commit may be repeated. Read source.go and
// sink.go; connectortest checks both promises for any connector.
package connector
