// Package spool hands the rows of one subplan to several readers, each at its
// own place.
//
//	            ┌─▶ port 0   at the end of the log: gets rows as they come
//	input ─▶ log├─▶ port 1   behind: reads what is kept
//	            └─▶ port 2   not read yet: holds nobody up
//
// The log keeps what some reader has not had: in memory as long as the grant
// reaches, beyond it in runs (state/spill). What all have had is dropped. Since
// the log takes whatever comes, a reader that waits for another one (a build
// before its probe, a merge of sorted inputs) can wait for ever for nobody; that
// is why plans of inputs that end fork here and nowhere else (exec/graph,
// waits.go). It must never wait for a reader before its input has ended. Read
// spool.go first, then log.go.
package spool
