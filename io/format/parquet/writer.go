package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

const createdBy = "weir"

// Writer writes one file. One goroutine uses it; it does not close what it writes to.
type Writer struct {
	out      io.Writer
	offset   int64
	options  WriterOptions
	columns  []*written
	rows     *stream.Builder // of the row group that is being gathered
	meta     format.FileMetaData
	indexes  []pageIndex // by column chunk, of all row groups
	protocol thrift.CompactProtocol
	codec    compressor
	page     []byte // values of the page, or all of it
	levels   []byte // of a page of the second version
	def      []uint32
}

// NewWriter makes a writer of rows with these columns.
func NewWriter(out io.Writer, schema *types.Schema, o WriterOptions) (*Writer, error) {
	codec, ok := codecs[strings.ToUpper(o.Codec)]
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "parquet: codec '%s' is not supported", o.Codec).WithHint("%s", strings.Join(optCompression.Choices, ", "))
	}
	w := &Writer{out: out, options: o.withDefaults(), codec: compressor{codec: codec, level: o.Level}, rows: stream.NewBuilder(schema.Types())}
	root := format.SchemaElement{Name: "schema", NumChildren: thrift.New(int32(schema.Len()))}
	w.meta = format.FileMetaData{Version: 2, CreatedBy: createdBy, Schema: []format.SchemaElement{root}}
	var leaves []*stored
	for _, f := range schema.Fields {
		column, elements, err := writtenAs(f, 0, 0, nil)
		if err != nil {
			return nil, err
		}
		w.columns = append(w.columns, column)
		w.meta.Schema = append(w.meta.Schema, elements...)
		leaves = column.leaves(leaves)
	}
	for _, s := range leaves {
		s.options = o.column(s.path)
		w.meta.ColumnOrders = append(w.meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	if err := o.checkColumns(leaves); err != nil {
		return nil, err
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
	if w.rows.Rows() >= w.options.GroupRows || int64(w.rows.Size()) >= w.options.GroupBytes {
		return w.flush()
	}
	return nil
}

// Close writes what is gathered, the page indexes and the footer.
func (w *Writer) Close() error {
	defer w.codec.close()
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.writeIndexes(); err != nil {
		return err
	}
	footer, err := thrift.Marshal(&w.protocol, &w.meta)
	if err != nil {
		return fmt.Errorf("parquet: encode footer: %w", err)
	}
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	return w.write(append(footer, magic...))
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
	group := rowGroup{RowGroup: format.RowGroup{NumRows: int64(batch.Rows), FileOffset: w.offset, Ordinal: int16(len(w.meta.RowGroups))}}
	for i := range w.columns {
		if err := w.writeColumn(&group, w.columns[i], &batch.Cols[i]); err != nil {
			return err
		}
	}
	if err := w.writeBlooms(&group); err != nil {
		return err
	}
	w.meta.RowGroups = append(w.meta.RowGroups, group.RowGroup)
	w.meta.NumRows += int64(batch.Rows)
	w.rows.Reset()
	return nil
}

// rowGroup is a row group while it is written.
type rowGroup struct {
	format.RowGroup
	blooms []bloomOf
}

func (g *rowGroup) add(c format.ColumnChunk) {
	g.Columns = append(g.Columns, c)
	g.TotalByteSize += c.MetaData.TotalUncompressedSize
	g.TotalCompressedSize += c.MetaData.TotalCompressedSize
}

// writeColumn writes the chunks of a column: of a nested one a chunk for each leaf.
func (w *Writer) writeColumn(g *rowGroup, c *written, v *vector.Vector) error {
	if c.stored == nil {
		return w.writeNested(g, c, v)
	}
	l := w.flatLeaf(c.stored, v)
	if order, ok := l.order(); ok && v.Len > 1 {
		order.ColumnIdx = int32(len(g.Columns))
		g.SortingColumns = append(g.SortingColumns, order)
	}
	return w.writeChunk(g, &l)
}
