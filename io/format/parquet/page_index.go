package parquet

import (
	"fmt"
	"sort"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/catalog"
)

// Rows is rows [From, To) of a row group.
type Rows struct{ From, To int64 }

// Page is what the index of a column's pages says of one of them.
type Page struct {
	Rows
	Stats catalog.ColumnStats
}

// Pages is what the page index says of a column in a row group; nil: the file has none.
func (f *File) Pages(g, column int) ([]Page, error) {
	c := &f.Columns[column]
	if c.Err != nil || c.shape != nil {
		return nil, nil
	}
	chunk := &f.meta.RowGroups[g].Columns[c.leaf]
	if chunk.ColumnIndexOffset <= 0 || chunk.OffsetIndexOffset <= 0 {
		return nil, nil
	}
	places, err := f.pageLocations(g, c)
	if err != nil {
		return nil, f.ofColumn(err, g, c)
	}
	var index format.ColumnIndex
	if err := f.decode(&index, chunk.ColumnIndexOffset, chunk.ColumnIndexLength); err != nil {
		return nil, f.ofColumn(err, g, c)
	}
	n := len(places)
	if len(index.NullPages) != n || len(index.MinValues) != n || len(index.MaxValues) != n || len(index.NullCounts) != 0 && len(index.NullCounts) != n {
		return nil, f.ofColumn(fmt.Errorf("the index of %d pages has %d bounds", n, len(index.MinValues)), g, c)
	}
	out := make([]Page, n)
	for i := range out {
		out[i].Rows = Rows{places[i].FirstRowIndex, f.GroupRows(g)}
		if i+1 < n {
			out[i].To = places[i+1].FirstRowIndex
		}
		out[i].Stats = c.pageStats(&index, i, out[i].To-out[i].From)
	}
	return out, nil
}

func (c *Column) pageStats(index *format.ColumnIndex, i int, rows int64) catalog.ColumnStats {
	st := catalog.ColumnStats{Nulls: -1}
	if !c.optional {
		st.Nulls = 0
	} else if index.NullCounts != nil {
		st.Nulls = index.NullCounts[i]
	}
	if index.NullPages[i] {
		st.Nulls = rows
		return st
	}
	st.Min, st.Max = c.statValue(index.MinValues[i]), c.statValue(index.MaxValues[i])
	if st.Min == nil || st.Max == nil {
		st.Min, st.Max = nil, nil
	}
	return st
}

func (f *File) ofColumn(err error, g int, c *Column) error {
	return corrupt(err, "%s: row group %d, column %s, page index", f.Name, g, c.Name)
}

// pageLocations is where the pages of a leaf lie, checked; nil: the file does not say.
func (f *File) pageLocations(g int, c *Column) ([]format.PageLocation, error) {
	group := &f.meta.RowGroups[g]
	chunk := &group.Columns[c.leaf]
	if chunk.OffsetIndexOffset <= 0 {
		return nil, nil
	}
	var index format.OffsetIndex
	if err := f.decode(&index, chunk.OffsetIndexOffset, chunk.OffsetIndexLength); err != nil {
		return nil, err
	}
	from, to := chunkRange(&chunk.MetaData)
	row := int64(-1)
	for i, p := range index.PageLocations {
		if p.Offset < from || p.CompressedPageSize < 0 || p.Offset+int64(p.CompressedPageSize) > to || p.FirstRowIndex <= row || p.FirstRowIndex >= group.NumRows {
			return nil, fmt.Errorf("page %d of row %d at byte %d is out of order", i, p.FirstRowIndex, p.Offset)
		}
		from, row = p.Offset+int64(p.CompressedPageSize), p.FirstRowIndex
	}
	if len(index.PageLocations) > 0 && index.PageLocations[0].FirstRowIndex != 0 {
		return nil, fmt.Errorf("the first page begins at row %d", index.PageLocations[0].FirstRowIndex)
	}
	return index.PageLocations, nil
}

// decode reads a Thrift structure that lies somewhere in the file.
func (f *File) decode(into any, at int64, size int32) (err error) {
	if at < 0 || size < 0 || at+int64(size) > f.Size {
		return fmt.Errorf("bytes %d to %d are outside the file", at, at+int64(size))
	}
	b := make([]byte, size)
	if _, err := f.in.ReadAt(b, at); err != nil {
		return err
	}
	defer func() {
		// As in parseFooter: what a malformed structure makes the decoder do is the file's error.
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	var protocol thrift.CompactProtocol
	return thrift.NewDecoder(protocol.NewReaderFromBytes(b)).Decode(into)
}

// seek goes to the page that holds the next row wanted, where it is known where it
// lies and another page lies between.
func (c *chunk) seek() (moved bool, err error) {
	if c.places == nil {
		return false, nil
	}
	target := c.row + c.skipped
	to := sort.Search(len(c.places), func(i int) bool { return c.places[i].FirstRowIndex > target }) - 1
	c.bound(to)
	if c.skipped == 0 || to <= c.pageNo || to == c.pageNo+1 && c.page.left == 0 {
		return false, nil
	}
	if err := c.leadingDictionary(); err != nil {
		return false, err
	}
	c.leavePage()
	c.s.PagesSkipped += int64(to - 1 - c.pageNo)
	if c.page.buf != nil {
		c.page.buf.release()
	}
	c.page = page{}
	c.move(c.places[to].Offset)
	c.pageNo, c.row, c.skipped = to-1, c.places[to].FirstRowIndex, target-c.places[to].FirstRowIndex
	return true, nil
}

// bound says how far it pays to read ahead: to the end of the rows that are wanted.
func (c *chunk) bound(page int) {
	last := sort.Search(len(c.places), func(i int) bool { return c.places[i].FirstRowIndex >= c.s.wantedTo() }) - 1
	p := c.places[max(last, page)]
	c.stop = p.Offset + int64(p.CompressedPageSize)
}

// asIndexed holds a page of a flat column against what the page index says of it.
func (c *chunk) asIndexed() error {
	if c.places == nil || c.isNested {
		return nil
	}
	if c.pageNo >= len(c.places) {
		return fmt.Errorf("the page index has %d pages", len(c.places))
	}
	to := c.s.rows
	if c.pageNo+1 < len(c.places) {
		to = c.places[c.pageNo+1].FirstRowIndex
	}
	if rows := to - c.places[c.pageNo].FirstRowIndex; rows != int64(c.page.header.values) {
		return fmt.Errorf("it has %d values, by the page index %d", c.page.header.values, rows)
	}
	return nil
}

// leadingDictionary reads the dictionary that stands before the first page.
func (c *chunk) leadingDictionary() error {
	from, _ := chunkRange(c.meta)
	if c.pageNo >= 0 || c.dict != nil || c.places[0].Offset == from {
		return nil
	}
	h, err := c.nextHeader()
	if err != nil {
		return err
	}
	body := c.window[c.at : c.at+int(h.compressed)]
	c.at += int(h.compressed)
	if format.PageType(h.kind) != format.DictionaryPage {
		return nil
	}
	if err := c.readDictionary(h, body); err != nil {
		return fmt.Errorf("dictionary: %w", err)
	}
	return nil
}

// move goes to a byte of the file.
func (c *chunk) move(to int64) {
	if from := c.off - int64(len(c.window)); to >= from && to <= c.off {
		c.at = int(to - from)
		return
	}
	c.window, c.at, c.off = c.window[:0], 0, to
}
