// Package csv turns delimited text into columns and rows into delimited text, by
// RFC 4180 and with Flink's option keys.
//
//	bytes ──▶ Splitter: one record's fields ──▶ Decoder ──▶ stream.Builder
//	batch ──▶ Encoder ──▶ a line a row
//
// A quoted field may hold delimiters and line ends, so that a record's end is
// known only from its beginning: files are read from the front. Read split.go
// first, then decoder.go.
package csv
