package keyed

import "github.com/weir-engine/weir/state/rowcodec"

// Keys is a list of encoded keys with their hashes. Equal keys have equal bytes,
// and the bytes order as the values do.
type Keys = rowcodec.Keys

// Rows is a list of byte strings in one buffer, some of them absent. Rows of a
// fixed Width lie back to back, so that accumulators work on them in place.
type Rows = rowcodec.Rows
