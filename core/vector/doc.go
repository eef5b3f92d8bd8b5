// Package vector holds columns in Arrow layout.
//
// A Vector is a small descriptor over raw slices, never changed by whom it is
// handed to, in one of three forms:
//
//	Flat   Data holds Len values
//	Const  Data holds one value that stands for Len rows
//	Dict   Codes holds Len indexes into the Flat vector Dict
//
// Kernels read Data through Values[T] and never look at a value through an
// interface. Strings are 16-byte views (Arrow's StringView): up to 12 bytes lie
// in the view itself, longer ones in a buffer of Bufs.
//
// Validity is a Bitmap, nil when there is no NULL. Values under a NULL are
// unspecified but always readable.
//
// Read vector.go first; builder.go appends rows and copies what strings point
// at, so that what it builds stands alone.
package vector
