// Package file is the connector `filesystem`: files of the local disk as tables,
// in the formats parquet, csv and json.
//
//	path, pattern or folder ─▶ files ─▶ splits ─▶ Reader: parquet.Scanner, or lines through a text decoder
//	                                    row group of a Parquet file, byte range of a JSON file, else a whole file
//	Writer: .part-…inprogress ─▶ committable ─▶ Committer: rename to part-…
//
// A split carries the file's size and modification time and the position behind
// the last row that left the source; a file that has changed in between is an
// error. In streaming mode row groups of Parquet files are dealt in the order of
// event time (event_order.go), since files that were written side by side cover
// the same time. A written file has its name only when it is committed.
//
// Read factory.go first, then source.go, parquet.go, text.go and sink.go.
package file
