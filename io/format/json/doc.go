// Package json turns JSON records into columns and rows into JSON records.
//
//	record ──▶ Decoder: one pass, directed by the schema ──▶ stream.Builder
//	batch  ──▶ Encoder ──▶ one object a row
//
// The decoder looks up the fields it wants and skips the others; nothing is
// built between the bytes and the columns. Fields usually come in the same order
// in every record, so that each name is guessed from the last record before it
// is looked up. One goroutine uses a Decoder or an Encoder.
//
// Read decoder.go first, then scan.go.
package json
