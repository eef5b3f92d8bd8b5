package parquet

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// chunkWriter writes a leaf of a row group: a dictionary and its codes where
// values repeat, otherwise the values.
type chunkWriter struct {
	*leaf
	w        *Writer
	meta     format.ColumnMetaData
	dict     *dictionary
	encoding format.Encoding
	pages    []bounds
	places   []format.PageLocation
}

func (w *Writer) writeChunk(g *rowGroup, l *leaf) error {
	c := &chunkWriter{leaf: l, w: w, encoding: l.encoding(w.options.V2)}
	c.meta = format.ColumnMetaData{Type: l.physical, PathInSchema: l.path, Codec: w.codec.codec, NumValues: int64(l.entries)}
	start := w.offset
	if !l.options.NoDictionary {
		c.dict = newDictionary(l, w.options.DictionaryBytes)
	}
	if c.dict != nil {
		if err := c.writeDictionary(); err != nil {
			return err
		}
	}
	c.meta.DataPageOffset = w.offset
	if err := c.writePages(); err != nil {
		return err
	}
	c.meta.Encoding = c.encodings()
	c.meta.Statistics = c.statistics()
	g.add(format.ColumnChunk{FileOffset: start, MetaData: c.meta})
	w.indexes = append(w.indexes, c.index())
	if l.options.Bloom {
		g.blooms = append(g.blooms, c.bloom(len(g.Columns)-1))
	}
	return nil
}

func (c *chunkWriter) writeDictionary() error {
	c.encoding = format.RLEDictionary
	c.meta.DictionaryPageOffset = c.w.offset
	page := c.appendPlaces(c.w.page[:0], c.dict.rows)
	c.w.page = page
	h := &format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
		NumValues: int32(len(c.dict.rows)), Encoding: format.Plain,
	})}
	c.meta.EncodingStats = append(c.meta.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	return c.writePage(h, nil, page)
}

func (c *chunkWriter) encodings() thrift.Slice[format.Encoding] {
	out := thrift.Slice[format.Encoding]{format.RLE, c.encoding}
	if c.dict != nil {
		return append(out, format.Plain)
	}
	if c.encoding == format.RLE {
		return out[1:]
	}
	return out
}

func (c *chunkWriter) writePages() error {
	width := c.width
	if c.dict != nil {
		width = 1 + c.dict.width()/8
	}
	row, kind := int64(0), format.DataPage
	for _, s := range c.cut(width, c.w.options.PageRows, c.w.options.PageBytes) {
		at := c.w.offset
		if err := c.writeDataPage(s); err != nil {
			return err
		}
		c.pages = append(c.pages, c.bounds(s))
		c.places = append(c.places, format.PageLocation{Offset: at, CompressedPageSize: int32(c.w.offset - at), FirstRowIndex: row})
		row += int64(s.rows)
	}
	if c.w.options.V2 {
		kind = format.DataPageV2
	}
	c.meta.EncodingStats = append(c.meta.EncodingStats, format.PageEncodingStats{PageType: kind, Encoding: c.encoding, Count: int32(len(c.pages))})
	return nil
}

func (c *chunkWriter) writeDataPage(s span) (err error) {
	w, n := c.w, int32(s.to-s.from)
	page, levels := w.page[:0], w.levels[:0]
	if !w.options.V2 {
		page = appendBehindLength(page, c.rep, s, c.maxRep, 0)
		page = appendBehindLength(page, c.def, s, c.maxDef, uint32(c.maxDef))
		if page, err = c.appendValues(page, s); err != nil {
			return err
		}
		w.page = page
		return c.writePage(&format.PageHeader{Type: format.DataPage, DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues: n, Encoding: c.encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		})}, nil, page)
	}
	levels = appendLevels(levels, c.rep, s, c.maxRep, 0)
	repBytes := len(levels)
	levels = appendLevels(levels, c.def, s, c.maxDef, uint32(c.maxDef))
	if page, err = c.appendValues(page, s); err != nil {
		return err
	}
	w.page, w.levels = page, levels
	return c.writePage(&format.PageHeader{Type: format.DataPageV2, DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{
		NumValues: n, NumNulls: n - int32(s.end-s.first), NumRows: int32(s.rows), Encoding: c.encoding,
		RepetitionLevelsByteLength: int32(repBytes), DefinitionLevelsByteLength: int32(len(levels) - repBytes),
	})}, levels, page)
}

// writePage compresses and writes a page, whose levels, of the second version, stay
// as they are.
func (c *chunkWriter) writePage(h *format.PageHeader, levels, page []byte) error {
	w := c.w
	packed, err := w.codec.compress(page)
	if err != nil {
		return fmt.Errorf("parquet: compress page: %w", err)
	}
	if h.Type == format.DataPageV2 && len(packed) >= len(page) {
		packed = page
		h.DataPageHeaderV2.V.IsCompressed = thrift.New(false)
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(levels)+len(page)), int32(len(levels)+len(packed))
	if !w.options.NoChecksums {
		h.CRC = int32(crc32.Update(crc32.ChecksumIEEE(levels), crc32.IEEETable, packed))
	}
	head, err := thrift.Marshal(&w.protocol, h)
	if err != nil {
		return fmt.Errorf("parquet: encode page header: %w", err)
	}
	c.meta.TotalUncompressedSize += int64(len(head)) + int64(h.UncompressedPageSize)
	c.meta.TotalCompressedSize += int64(len(head)) + int64(h.CompressedPageSize)
	for _, b := range [][]byte{head, levels, packed} {
		if err := w.write(b); err != nil {
			return err
		}
	}
	return nil
}

// appendLevels appends the levels of a page's entries; without any all are the same.
// Nothing where there is only level 0.
func appendLevels(dst []byte, levels []uint32, s span, most int, same uint32) []byte {
	switch {
	case most == 0:
		return dst
	case levels == nil:
		dst = binary.AppendUvarint(dst, uint64(s.to-s.from)<<1)
		return append(dst, byte(same))
	}
	return appendRuns(dst, levels[s.from:s.to], uint(bits.Len(uint(most))))
}

// appendBehindLength appends levels as the first version of pages has them.
func appendBehindLength(dst []byte, levels []uint32, s span, most int, same uint32) []byte {
	if most == 0 {
		return dst
	}
	at := len(dst)
	dst = appendLevels(append(dst, 0, 0, 0, 0), levels, s, most, same)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}
