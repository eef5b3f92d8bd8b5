// Package implement turns logical plans into physical ones: it chooses the
// algorithm of each operator, says how rows are distributed, and turns column
// ids into ordinals. The same logical node becomes another operator in batch
// and in streaming mode. Read plan.go first.
package implement
