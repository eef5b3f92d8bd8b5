package arrow

import (
	"fmt"
	"io"

	apache "github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
)

var (
	optContainer   = &option.Definition{Key: "arrow.container", Type: "enum", Default: "FILE", Choices: []string{"FILE", "STREAM"}, Text: "what is written: files with a footer, or streams; both are read"}
	optCompression = &option.Definition{Key: "arrow.compression", Type: "enum", Default: "NONE", Choices: []string{"NONE", "LZ4", "ZSTD"}, Text: "codec of the buffers of files that are written"}
	optRows        = &option.Definition{Key: "arrow.record-rows", Type: "int", Default: "65536", Text: "rows of a record in files that are written"}
)

// Options declares the keys of the format.
func Options() []*option.Definition {
	return []*option.Definition{optContainer, optCompression, optRows}
}

// Settings are the options, read.
type Settings struct {
	Stream      bool
	Compression string // NONE, LZ4, ZSTD
	Rows        int    // of a record
}

// Read reads the options of a table.
func Read(v option.Values) (s Settings, err error) {
	container, err := v.Enum(optContainer)
	if err != nil {
		return s, err
	}
	s.Stream = container == "STREAM"
	if s.Compression, err = v.Enum(optCompression); err != nil {
		return s, err
	}
	n, err := v.Int(optRows)
	if err == nil && (n < 1 || n > 1<<24) {
		err = sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", optRows.Key, v.Text(optRows)).WithHint("it takes 1 to %d", 1<<24)
	}
	s.Rows = int(n)
	return s, err
}

// recordBytes ends a record that has not reached its rows.
const recordBytes = 64 << 20

// Writer writes one file. One goroutine uses it; it does not close what it writes to.
type Writer struct {
	schema *types.Schema
	plain  *apache.Schema
	rows   *stream.Builder // of the record that is being gathered
	most   int
	out    interface {
		Write(apache.Record) error
		Close() error
	}
}

// NewWriter makes a writer of rows with these columns.
func NewWriter(out io.Writer, schema *types.Schema, s Settings) (*Writer, error) {
	w := &Writer{schema: schema, rows: stream.NewBuilder(schema.Types()), most: s.Rows}
	fields := make([]apache.Field, schema.Len())
	for i, f := range schema.Fields {
		t, err := vector.ArrowType(f.Type)
		if err != nil {
			return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "arrow: column %s of type %s cannot be written", f.Name, f.Type.WithNull(true))
		}
		fields[i] = apache.Field{Name: f.Name, Type: Plain(t), Nullable: f.Type.Nullable}
	}
	w.plain = apache.NewSchema(fields, nil)
	options := []ipc.Option{ipc.WithSchema(w.plain)}
	switch s.Compression {
	case "LZ4":
		options = append(options, ipc.WithLZ4(), ipc.WithCompressConcurrency(1))
	case "ZSTD":
		options = append(options, ipc.WithZstd(), ipc.WithCompressConcurrency(1))
	}
	if s.Stream {
		w.out = ipc.NewWriter(out, options...)
		return w, nil
	}
	f, err := ipc.NewFileWriter(&counted{out: out}, options...)
	w.out = f
	return w, err
}

// counted tells how far it has written, which the library asks by a Seek to where it is.
type counted struct {
	out io.Writer
	at  int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.out.Write(b)
	c.at += int64(n)
	return n, err
}

func (c *counted) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, fmt.Errorf("arrow: seek to %d", offset)
	}
	return c.at, nil
}

// Write takes the rows of a batch.
func (w *Writer) Write(b *stream.Batch) error {
	w.rows.Append(b, nil)
	if w.rows.Rows() >= w.most || w.rows.Size() >= recordBytes {
		return w.flush()
	}
	return nil
}

func (w *Writer) flush() error {
	batch := w.rows.Finish()
	if batch.Rows == 0 {
		return nil
	}
	rec, err := batch.Record(w.schema)
	if err != nil {
		return err
	}
	defer rec.Release()
	plain := PlainRecord(w.plain, rec)
	defer plain.Release()
	if err := w.out.Write(plain); err != nil {
		return fmt.Errorf("arrow: write record: %w", err)
	}
	w.rows.Reset()
	return nil
}

// Close writes what is gathered and the end.
func (w *Writer) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Close()
}
