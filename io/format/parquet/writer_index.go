package parquet

import (
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// pageIndex says of each page of a chunk where it lies and what it holds.
type pageIndex struct {
	offsets format.OffsetIndex
	columns *format.ColumnIndex // nil: a page has values and no bounds
}

func (c *chunkWriter) index() pageIndex {
	out := pageIndex{offsets: format.OffsetIndex{PageLocations: c.places}, columns: &format.ColumnIndex{BoundaryOrder: c.boundaryOrder()}}
	x := out.columns
	for _, p := range c.pages {
		if p.values && p.low < 0 {
			return pageIndex{offsets: out.offsets}
		}
		x.NullPages = append(x.NullPages, !p.values)
		x.NullCounts = append(x.NullCounts, p.nulls)
		low, high := []byte{}, []byte{}
		if p.values {
			low, high = c.shortened(c.statValue(p.low, -1), false), c.shortened(c.statValue(p.high, 1), true)
		}
		x.MinValues, x.MaxValues = append(x.MinValues, low), append(x.MaxValues, high)
	}
	return out
}

// boundaryOrder is the order in which both the least and the greatest values of
// the pages stand.
func (c *chunkWriter) boundaryOrder() format.BoundaryOrder {
	up, down, last := true, true, -1
	for i, p := range c.pages {
		if p.low < 0 {
			continue
		}
		if last >= 0 {
			low, high := c.compare(c.pages[last].low, p.low), c.compare(c.pages[last].high, p.high)
			up, down = up && low <= 0 && high <= 0, down && low >= 0 && high >= 0
		}
		last = i
	}
	switch {
	case up:
		return format.Ascending
	case down:
		return format.Descending
	}
	return format.Unordered
}

// writeIndexes writes the page indexes of all chunks before the footer, those of
// columns first, as readers expect that want all of one kind.
func (w *Writer) writeIndexes() error {
	at := 0
	for g := range w.meta.RowGroups {
		for i := range w.meta.RowGroups[g].Columns {
			chunk, x := &w.meta.RowGroups[g].Columns[i], &w.indexes[at]
			at++
			if x.columns == nil {
				continue
			}
			n, err := w.writeIndex(x.columns)
			if err != nil {
				return err
			}
			chunk.ColumnIndexOffset, chunk.ColumnIndexLength = w.offset-int64(n), int32(n)
		}
	}
	at = 0
	for g := range w.meta.RowGroups {
		for i := range w.meta.RowGroups[g].Columns {
			n, err := w.writeIndex(&w.indexes[at].offsets)
			if err != nil {
				return err
			}
			at++
			chunk := &w.meta.RowGroups[g].Columns[i]
			chunk.OffsetIndexOffset, chunk.OffsetIndexLength = w.offset-int64(n), int32(n)
		}
	}
	return nil
}

func (w *Writer) writeIndex(x any) (int, error) {
	b, err := thrift.Marshal(&w.protocol, x)
	if err != nil {
		return 0, fmt.Errorf("parquet: encode page index: %w", err)
	}
	return len(b), w.write(b)
}
