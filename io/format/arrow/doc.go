// Package arrow reads and writes files of Arrow's IPC format: files with a footer,
// whose records can be read in any order, and streams.
//
//	File ──▶ Record(i) ──▶ Column.Vector ──▶ column of a batch
//	footer   arrow/ipc     types, views, dictionaries
//	batches ──▶ Writer ──▶ records of many rows, LZ4 or ZSTD
//
// The library decodes messages; what it hands out is turned into the layout of
// core/vector, where values can stay as they lie, strings become views into the
// record's memory, and small dictionaries stay dictionaries. A file is input from
// outside: lengths, offsets and codes are checked before they are followed, and a
// panic of the library is that file's error. Read file.go first, then column.go and
// vector.go; writer.go writes, plain.go takes views out.
package arrow
