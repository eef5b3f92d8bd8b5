package rowcodec

import (
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

// rowVersion leads every row. Version 1:
//
//	[prefix] version  NULL bits  fixed values  (length, bytes)…
//
// NULL bits are one a column, set for NULL. Fixed values are little-endian, in
// column order, zero where NULL; BOOLEAN is a byte. Strings and nested values
// follow in column order, each with its length as a varint.
const rowVersion = 1

// RowCodec encodes rows of one schema, a column at a time. It keeps scratch
// memory between calls; one goroutine uses it.
type RowCodec struct {
	// Prefix is bytes in front of each row that belong to the caller: Encode writes
	// them as zeroes, Decode skips them. Set it before the first call.
	Prefix int

	types  []types.Type
	place  []int // by column: where its fixed value lies, from the version byte; -1: it has a length
	fixed  int   // bytes from the version to the first length
	cols   []column
	start  []uint32 // by row: its version byte
	pos    []uint32 // by row: its next length
	end    []uint32
	nested []encodedColumn
	flats  []vector.Vector
}

// NewRowCodec makes the codec of rows with columns of types ts.
func NewRowCodec(ts []types.Type) *RowCodec {
	c := &RowCodec{types: ts, cols: newColumns(ts), place: make([]int, len(ts)), nested: make([]encodedColumn, len(ts))}
	c.fixed = 1 + (len(ts)+7)/8
	for i := range c.cols {
		c.place[i] = -1
		if c.cols[i].phys != types.PhysBytes && !c.cols[i].nested() {
			c.place[i] = c.fixed
			c.fixed += c.cols[i].width
		}
	}
	return c
}
