// Package correlate repeats rows beside what a table function makes of them:
// UNNEST and LATERAL TABLE(f(…)).
//
//	rows ─▶ spans: for each row, which rows of the function are its own
//	     ─▶ pieces of at most a batch: (row, place) pairs
//	     ─▶ left columns gathered by row, function columns by place
//
// A piece is emitted before the next one is made, so that a long array is never
// written out whole; where the output is full, Resume goes on. Elements of arrays
// that follow one another are shared, not copied. Row kinds are those of the row
// that is repeated: an update of an array becomes the -U of all its old elements,
// then the +U of all new ones.
//
// Read correlate.go first, then spans.go.
package correlate
