package file

import (
	"io"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/arrow"
	"github.com/weir-engine/weir/io/format/csv"
	"github.com/weir-engine/weir/io/format/json"
	"github.com/weir-engine/weir/io/format/parquet"
)

// newEncoding reads a format's options, and refuses columns that it cannot write.
func newEncoding(t *catalog.Table, format string, schema *types.Schema) (encoding, error) {
	switch format {
	case "parquet":
		o, err := parquet.ReadOptions(t.Options)
		if err != nil {
			return nil, err
		}
		e := parquetEncoding{schema, o}
		_, err = e.open(io.Discard)
		return e, err
	case "arrow":
		s, err := arrow.Read(t.Options)
		if err != nil {
			return nil, err
		}
		e := arrowEncoding{schema, s}
		_, err = e.open(io.Discard)
		return e, err
	case "csv":
		s, err := csv.Read(t.Options)
		if err != nil {
			return nil, err
		}
		_, err = csv.NewEncoder(schema, s, nil)
		return csvEncoding{schema, s}, err
	}
	s, err := json.Read(t.Options)
	return jsonEncoding{schema, s}, err
}

type parquetEncoding struct {
	schema  *types.Schema
	options parquet.WriterOptions
}

func (e parquetEncoding) open(w io.Writer) (encoder, error) {
	return parquet.NewWriter(w, e.schema, e.options)
}

type arrowEncoding struct {
	schema   *types.Schema
	settings arrow.Settings
}

func (e arrowEncoding) open(w io.Writer) (encoder, error) {
	return arrow.NewWriter(w, e.schema, e.settings)
}

type csvEncoding struct {
	schema   *types.Schema
	settings csv.Settings
}

func (e csvEncoding) open(w io.Writer) (encoder, error) {
	enc, err := csv.NewEncoder(e.schema, e.settings, &kernel.Env{})
	if err != nil {
		return nil, err
	}
	if e.settings.Header {
		if _, err := w.Write(enc.Header(nil)); err != nil {
			return nil, err
		}
	}
	return &lineWriter{out: w, line: enc.Append}, nil
}

type jsonEncoding struct {
	schema   *types.Schema
	settings json.Settings
}

func (e jsonEncoding) open(w io.Writer) (encoder, error) {
	enc := json.NewEncoder(e.schema, e.settings, &kernel.Env{})
	return &lineWriter{out: w, line: func(dst []byte, b *stream.Batch, r int) ([]byte, error) {
		dst, err := enc.Append(dst, b, r)
		return append(dst, '\n'), err
	}}, nil
}

// lineWriter writes a line a row.
type lineWriter struct {
	out  io.Writer
	line func(dst []byte, b *stream.Batch, r int) ([]byte, error)
	buf  []byte
}

func (w *lineWriter) Write(b *stream.Batch) error {
	w.buf = w.buf[:0]
	var err error
	for i := range b.Len() {
		r := i
		if b.Sel != nil {
			r = int(b.Sel[i])
		}
		if w.buf, err = w.line(w.buf, b, r); err != nil {
			return err
		}
	}
	_, err = w.out.Write(w.buf)
	return err
}

func (w *lineWriter) Close() error { return nil }
