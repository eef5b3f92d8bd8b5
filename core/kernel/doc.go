// Package kernel holds loops over columns: arithmetic, compare, cast, hash,
// gather, partition. A kernel knows element types, never plans, keys or time.
//
// Loops are generic functions with the operation written in the body; an
// operation passed as a type parameter would cost a call per row. Validity is
// ANDed outside the loop (NullPropagates), so that the loop sees values only.
// Read kernel.go first.
package kernel
