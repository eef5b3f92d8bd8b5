// Package join holds the operators that pair rows of two inputs.
//
//	Hash        bounded; builds a table of one input, then probes it with the other
//	Merge       bounded; both inputs come ordered by their keys
//	NestedLoop  bounded; no equality to hash by
//	Regular     unbounded; both inputs kept in state, changes in, changes out
//	Window      unbounded; joins windows when they close
//	Interval    unbounded; joins rows whose times lie near each other
//
// Hash keeps build rows as packed rows outside the Go heap: a match costs one
// cache miss for the slot and one for the row, however many columns it has.
//
//	batch → keys, hashes → (probe row, build row) pairs → residual → columns
//
// Where the key is one integer and the build side's lie close together, the key
// itself says the slot: nothing is hashed or compared.
//
// Where memory is refused it parts both inputs by hash on disk and joins part
// by part. Interval keeps rows by bucket of time and forgets a bucket as a whole
// (decision 0007).
//
// Read hash.go first, then table.go (slots by hash), direct.go (slots by key) and
// rows.go (packed rows). merge.go, stream.go (Regular), stream_window.go and
// stream_interval.go stand by themselves.
//
// No operator here looks at a value outside a typed loop, and none emits a pair
// before its residual has been asked.
package join
