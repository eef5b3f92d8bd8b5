// Package parquet turns Parquet column chunks into batches, and batches into
// Parquet files.
//
//	File ──▶ Scanner ──▶ chunk (one a column) ──▶ page ──▶ decoder ──▶ column of a batch
//	footer   row group   pread, page headers      codec    PLAIN, dictionary, …
//
// The metadata structures are parquet-go's; pages are decoded here, straight
// into the layout of core/vector. Dictionary columns stay dictionaries, strings
// are views into decompressed pages, and a PLAIN page that holds a whole batch
// is handed on without a copy. Every buffer is counted and goes back to its pool
// when the batch that pins it is released.
//
// A nested column is read leaf by leaf, whose levels then say what belongs together
// (shape.go, nested.go), and written so (writer_shape.go, writer_nested.go).
//
// A file is input from outside: no length in it is believed before it is
// checked, and every error names file, row group, column and page. Read file.go
// first, then scanner.go, chunk.go and output.go.
package parquet
