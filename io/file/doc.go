// Package file is the connector `filesystem`: files as tables, in the formats
// parquet, csv, json and arrow, in folders that may tell the values of columns.
//
//	path, pattern or folder ─▶ finder ─▶ files ─▶ splits ─▶ Reader: parquet.Scanner, arrow.File, or lines through a text decoder
//	      folders p=v that filters rule out are not entered │   └▶ beside it the columns that all rows of a file share
//	                                    row group of a Parquet file, records of an Arrow file, byte range of a JSON file,
//	                                    else a whole file
//	Writer ─▶ partitioner ─▶ a draft for each partition ─▶ committable ─▶ Committer: publish, then mark what is complete
//
// A split carries the file's size and modification time and the position behind
// the last row that left the source; a file that has changed in between is an
// error. In streaming mode row groups of Parquet files are dealt in the order of
// event time (event_order.go), since files that were written side by side cover
// the same time. A written file has its name only when it is committed; every
// checkpoint finishes all files (rolling.go says why). INSERT OVERWRITE on a disk
// swaps folders (staging.go).
//
// Read layout.go first, then factory.go, source.go, constant.go, parquet.go,
// arrow.go and text.go; for writing sink.go, writer.go and committer.go.
package file
