package spill

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/fs"
)

// blockBytes is about how large a block is before compression.
const blockBytes = 256 << 10

// Writer writes one run. Rows are copied by Write.
type Writer struct {
	run     *Run
	file    fs.Writer
	builder *stream.Builder
	blocks  blockWriter
	limit   int // bytes gathered before a block is cut
}

// Writer starts a run of rows with columns of types ts.
func (s *Space) Writer(ts []types.Type) (*Writer, error) {
	run, file, err := s.create(ts)
	if err != nil {
		return nil, err
	}
	return &Writer{run: run, file: file, builder: stream.NewBuilder(ts), limit: blockBytes}, nil
}

// Write appends the rows of a batch, in its selection's order.
func (w *Writer) Write(b *stream.Batch) error { return w.WriteRows(b, b.Sel) }

// WriteRows appends rows sel of a batch, in that order.
func (w *Writer) WriteRows(b *stream.Batch, sel []uint32) error {
	if sel == nil && b.Rows > stream.BatchRows {
		for r := range b.Rows {
			sel = append(sel, uint32(r))
		}
	}
	for len(sel) > stream.BatchRows {
		if err := w.append(b, sel[:stream.BatchRows]); err != nil {
			return err
		}
		sel = sel[stream.BatchRows:]
	}
	return w.append(b, sel)
}

func (w *Writer) append(b *stream.Batch, sel []uint32) error {
	w.builder.Append(b, sel)
	if w.builder.Rows() >= stream.BatchRows || w.builder.Size() >= w.limit {
		return w.cut()
	}
	return nil
}

// cut writes what is gathered as one block.
func (w *Writer) cut() error {
	rows := w.builder.Rows()
	if rows == 0 {
		return nil
	}
	if stop := w.run.space.stop; stop != nil {
		if err := stop(); err != nil {
			return fmt.Errorf("spill: %w", err)
		}
	}
	stored := w.blocks.encode(w.builder.Finish())
	if _, err := w.file.Write(stored); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	w.builder.Reset()
	w.run.Bytes += int64(len(stored))
	w.run.Rows += int64(rows)
	w.run.space.count(int64(len(stored)), int64(rows))
	return nil
}

// Close ends the run.
func (w *Writer) Close() (*Run, error) {
	err := w.cut()
	if e := w.file.Close(); err == nil && e != nil {
		err = fmt.Errorf("spill: %w", e)
	}
	if err != nil {
		_ = w.run.Remove() // err says more
		return nil, err
	}
	return w.run, nil
}

// Abort gives the run up.
func (w *Writer) Abort() {
	w.file.Close()
	_ = w.run.Remove() // else it goes with the space
}

// Run is a finished run. It can be opened any number of times.
type Run struct {
	Rows  int64
	Bytes int64 // on disk

	space *Space
	types []types.Type
	name  string
}

// Types is the columns of the run.
func (r *Run) Types() []types.Type { return r.types }

// Remove deletes the run's file; after Space.Close it does nothing.
func (r *Run) Remove() error {
	if !r.space.forget(r) {
		return nil
	}
	if err := r.space.fsys.Remove(r.name); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	return nil
}

// Open starts reading from the first row.
func (r *Run) Open() (*Reader, error) {
	file, err := r.space.fsys.Open(r.name)
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	return &Reader{run: r, file: file}, nil
}

// Reader reads a run. One goroutine uses it.
type Reader struct {
	run    *Run
	file   fs.Reader
	at     int64
	header [blockHeader]byte
	block  block
}

// Next is the next batch, dense; it is valid until the next call. io.EOF: there is no more.
func (r *Reader) Next() (*stream.Batch, error) {
	if err := r.read(&r.block); err != nil {
		return nil, err
	}
	return &r.block.batch, nil
}

// Types is the columns of what is read.
func (r *Reader) Types() []types.Type { return r.run.types }

// read reads the next block into memory of the caller's.
func (r *Reader) read(b *block) error {
	if r.at >= r.run.Bytes {
		return io.EOF
	}
	if n, err := r.file.ReadAt(r.header[:], r.at); n < blockHeader {
		return r.failed(err)
	}
	stored := int(binary.LittleEndian.Uint32(r.header[:]))
	if int64(stored) > r.run.Bytes-r.at-blockHeader {
		return r.failed(errCorrupt)
	}
	if cap(b.stored) < stored {
		b.stored = make([]byte, stored)
	}
	b.stored = b.stored[:stored]
	if n, err := r.file.ReadAt(b.stored, r.at+blockHeader); n < stored {
		return r.failed(err)
	}
	if err := b.decode(r.header[:], r.run.types); err != nil {
		return r.failed(err)
	}
	r.at += int64(blockHeader + stored)
	return nil
}

func (r *Reader) failed(err error) error {
	return fmt.Errorf("spill: read %s at %d: %w", r.run.name, r.at, err)
}

// Close ends reading; the run stays.
func (r *Reader) Close() error { return r.file.Close() }
