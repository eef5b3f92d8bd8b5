// Package operator declares what an operator is. The operators themselves lie
// in the packages below, by family: calc, aggregate, join, window, order,
// source, sink.
//
// A task is one goroutine that runs a chain of operators. It hands batches to
// the first; each hands batches on through its Output, by a call. Side inputs
// of a chain (the build side of a hash join) come over edges. Whoever emits
// lends: the batch belongs to the emitter again when the call is over and the
// callee reports nothing pending. Read operator.go first; expiry.go is what
// operators with a time to live share. optest runs any operator through batch
// sizes, retractions, snapshots and scribbled buffers.
package operator
