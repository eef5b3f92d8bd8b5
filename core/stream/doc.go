// Package stream holds all that crosses an edge between operators: batches of
// rows and the control elements between them.
//
//	rows rows W rows B rows I … E        W watermark, B barrier, I idle, E end of input
//
// Rules of an edge: a batch is dense (Sel is nil) and never empty; a bounded
// edge carries +I only; a -U stands directly before its +U where its producer
// emits them, and whoever parts the two turns them into -D and +I; a watermark
// stays behind the rows it speaks of. Read batch.go first, then element.go.
package stream
