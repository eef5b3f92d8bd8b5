package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const (
	// pageRows and pageBytes end a page, whichever comes first.
	pageRows  = 20_000
	pageBytes = 1 << 20
	// groupBytes ends a row group that has not reached its rows.
	groupBytes = 256 << 20
	createdBy  = "weir"
)

// Writer writes one file. One goroutine uses it; it does not close what it writes to.
type Writer struct {
	out       io.Writer
	offset    int64
	columns   []*written
	codec     format.CompressionCodec
	groupRows int
	rows      *stream.Builder // of the row group that is being gathered
	meta      format.FileMetaData
	protocol  thrift.CompactProtocol
	zstd      *zstd.Encoder
	lz4       lz4.Compressor
	page      []byte
	packed    []byte
}

// WriterOptions are what a user may choose.
type WriterOptions struct {
	Codec     string // UNCOMPRESSED, SNAPPY, GZIP, ZSTD, LZ4_RAW; empty: SNAPPY
	GroupRows int    // 0: 122880
}

var codecs = map[string]format.CompressionCodec{
	"UNCOMPRESSED": format.Uncompressed, "SNAPPY": format.Snappy, "GZIP": format.Gzip, "ZSTD": format.Zstd, "LZ4_RAW": format.Lz4Raw, "": format.Snappy,
}

// NewWriter makes a writer of rows with these columns.
func NewWriter(out io.Writer, schema *types.Schema, o WriterOptions) (*Writer, error) {
	codec, ok := codecs[strings.ToUpper(o.Codec)]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "parquet: codec '%s' is not supported", o.Codec).WithHint("UNCOMPRESSED, SNAPPY, GZIP, ZSTD or LZ4_RAW")
	}
	w := &Writer{out: out, codec: codec, groupRows: o.GroupRows, rows: stream.NewBuilder(schema.Types())}
	if w.groupRows <= 0 {
		w.groupRows = 122_880
	}
	root := format.SchemaElement{Name: "schema", NumChildren: thrift.New(int32(schema.Len()))}
	w.meta = format.FileMetaData{Version: 2, CreatedBy: createdBy, Schema: []format.SchemaElement{root}}
	for _, f := range schema.Fields {
		column, elements, err := writtenAs(f, 0, 0, nil)
		if err != nil {
			return nil, err
		}
		w.columns = append(w.columns, column)
		w.meta.Schema = append(w.meta.Schema, elements...)
		for range column.leaves() {
			w.meta.ColumnOrders = append(w.meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
		}
	}
	return w, w.write([]byte(magic))
}

// Bytes is what was written so far, without what is still gathered.
func (w *Writer) Bytes() int64 { return w.offset }

// Rows is the rows taken so far.
func (w *Writer) Rows() int64 { return w.meta.NumRows + int64(w.rows.Rows()) }

// Write takes the rows of a batch.
func (w *Writer) Write(b *stream.Batch) error {
	w.rows.Append(b, nil)
	if w.rows.Rows() >= w.groupRows || w.rows.Size() >= groupBytes {
		return w.flush()
	}
	return nil
}

// Close writes what is gathered and the footer.
func (w *Writer) Close() error {
	defer w.closeCodec()
	if err := w.flush(); err != nil {
		return err
	}
	footer, err := thrift.Marshal(&w.protocol, &w.meta)
	if err != nil {
		return fmt.Errorf("parquet: encode footer: %w", err)
	}
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	return w.write(append(footer, magic...))
}

func (w *Writer) closeCodec() {
	if w.zstd != nil {
		w.zstd.Close()
	}
}

func (w *Writer) write(b []byte) error {
	n, err := w.out.Write(b)
	w.offset += int64(n)
	return err
}

// flush writes the rows gathered as a row group.
func (w *Writer) flush() error {
	batch := w.rows.Finish()
	if batch.Rows == 0 {
		return nil
	}
	group := format.RowGroup{NumRows: int64(batch.Rows), FileOffset: w.offset, Ordinal: int16(len(w.meta.RowGroups))}
	for i := range w.columns {
		chunks, err := w.writeColumn(w.columns[i], &batch.Cols[i])
		if err != nil {
			return err
		}
		group.Columns = append(group.Columns, chunks...)
		for _, c := range chunks {
			group.TotalByteSize += c.MetaData.TotalUncompressedSize
			group.TotalCompressedSize += c.MetaData.TotalCompressedSize
		}
	}
	w.meta.RowGroups = append(w.meta.RowGroups, group)
	w.meta.NumRows += int64(batch.Rows)
	w.rows.Reset()
	return nil
}

// writeColumn writes the chunks of a column: of a nested one a chunk for each leaf.
func (w *Writer) writeColumn(c *written, v *vector.Vector) ([]format.ColumnChunk, error) {
	if c.stored == nil {
		return w.writeNested(c, v)
	}
	chunk, err := w.writeChunk(c.stored, v)
	return []format.ColumnChunk{chunk}, err
}

// writePage compresses and writes one page and counts it in the chunk.
func (w *Writer) writePage(h *format.PageHeader, page []byte, m *format.ColumnMetaData) error {
	packed, err := w.compress(page)
	if err != nil {
		return fmt.Errorf("parquet: compress page: %w", err)
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(page)), int32(len(packed))
	head, err := thrift.Marshal(&w.protocol, h)
	if err != nil {
		return fmt.Errorf("parquet: encode page header: %w", err)
	}
	m.TotalUncompressedSize += int64(len(head) + len(page))
	m.TotalCompressedSize += int64(len(head) + len(packed))
	if err := w.write(head); err != nil {
		return err
	}
	return w.write(packed)
}

func (w *Writer) compress(page []byte) ([]byte, error) {
	switch w.codec {
	case format.Snappy:
		w.packed = snappy.Encode(w.packed[:cap(w.packed)], page)
		return w.packed, nil
	case format.Zstd:
		if w.zstd == nil {
			z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
			if err != nil {
				return nil, err
			}
			w.zstd = z
		}
		w.packed = w.zstd.EncodeAll(page, w.packed[:0])
		return w.packed, nil
	case format.Lz4Raw:
		return w.compressLZ4(page)
	case format.Gzip:
		out := &appender{w.packed[:0]}
		z := gzip.NewWriter(out)
		if _, err := z.Write(page); err != nil {
			return nil, err
		}
		err := z.Close()
		w.packed = out.b
		return w.packed, err
	}
	return page, nil
}

func (w *Writer) compressLZ4(page []byte) ([]byte, error) {
	if bound := lz4.CompressBlockBound(len(page)); cap(w.packed) < bound {
		w.packed = make([]byte, bound)
	}
	n, err := w.lz4.CompressBlock(page, w.packed[:cap(w.packed)])
	return w.packed[:n], err
}

type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}
