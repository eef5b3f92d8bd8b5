package spill

import (
	"encoding/binary"
	"fmt"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/fs"
)

// PartedWriter writes one file of blocks that belong to parts: those of a part are
// read together, wherever they stand. One goroutine uses it.
type PartedWriter struct {
	run    *PartedRun
	file   fs.Writer
	blocks blockWriter
}

// PartedRun is a finished file of parts, and its index. It is safe for concurrent use.
type PartedRun struct {
	Rows, Bytes []int64 // of each part; bytes as they are stored

	run   *Run
	parts [][]span
}

// span is where a block lies, its header included.
type span struct {
	at   int64
	size int
}

// Parted starts a file of a number of parts with columns of types ts.
func (s *Space) Parted(ts []types.Type, parts int) (*PartedWriter, error) {
	run, file, err := s.create(ts)
	if err != nil {
		return nil, err
	}
	return &PartedWriter{file: file, blocks: blockWriter{choosy: true}, run: &PartedRun{run: run, parts: make([][]span, parts), Rows: make([]int64, parts), Bytes: make([]int64, parts)}}, nil
}

// Write appends a dense batch, as a builder makes it, to a part as a block of its own.
func (w *PartedWriter) Write(part int, b *stream.Batch) error {
	r := w.run.run
	if stop := r.space.stop; stop != nil {
		if err := stop(); err != nil {
			return fmt.Errorf("spill: %w", err)
		}
	}
	stored := w.blocks.encode(b)
	if _, err := w.file.Write(stored); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	w.run.parts[part] = append(w.run.parts[part], span{r.Bytes, len(stored)})
	w.run.Rows[part] += int64(b.Rows)
	w.run.Bytes[part] += int64(len(stored))
	r.Rows += int64(b.Rows)
	r.Bytes += int64(len(stored))
	r.space.count(int64(len(stored)), int64(b.Rows))
	return nil
}

// Close ends the file.
func (w *PartedWriter) Close() (*PartedRun, error) {
	if err := w.file.Close(); err != nil {
		_ = w.run.Remove() // err says more
		return nil, fmt.Errorf("spill: %w", err)
	}
	return w.run, nil
}

// Abort gives the file up.
func (w *PartedWriter) Abort() {
	w.file.Close()
	_ = w.run.Remove() // else it goes with the space
}

// Parts is the number of parts.
func (r *PartedRun) Parts() int { return len(r.parts) }

// Types is the columns of the file.
func (r *PartedRun) Types() []types.Type { return r.run.types }

// Remove deletes the file.
func (r *PartedRun) Remove() error { return r.run.Remove() }

// Open starts reading parts from up to, not including, to: one part behind the other.
func (r *PartedRun) Open(from, to int) (*PartReader, error) {
	if from < 0 || to > len(r.parts) || from > to {
		return nil, fmt.Errorf("spill: %s has %d parts, not %d to %d", r.run.name, len(r.parts), from, to)
	}
	file, err := r.run.space.fsys.Open(r.run.name)
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	return &PartReader{run: r, file: file, part: from, to: to}, nil
}

// PartReader reads the blocks of parts as they are stored. One goroutine uses it.
type PartReader struct {
	run      *PartedRun
	file     fs.Reader
	part, to int
	next     int // block of the part
}

// Size is the stored size of the next block; 0: there is none.
func (r *PartReader) Size() int {
	for r.part < r.to && r.next == len(r.run.parts[r.part]) {
		r.part, r.next = r.part+1, 0
	}
	if r.part == r.to {
		return 0
	}
	return r.run.parts[r.part][r.next].size
}

// Read reads the next block into b, which is of its Size.
func (r *PartReader) Read(b []byte) error {
	s := r.run.parts[r.part][r.next]
	r.next++
	if n, err := r.file.ReadAt(b, s.at); n < len(b) {
		return fmt.Errorf("spill: read %s at %d: %w", r.run.run.name, s.at, err)
	}
	return nil
}

// Close ends reading.
func (r *PartReader) Close() error { return r.file.Close() }

// Block is memory that stored blocks are read in. One goroutine uses it at a time.
type Block struct{ block block }

// Decode reads a stored block, of which nothing is believed before its checksum was
// right. The batch is dense, points into b, and is valid until the next call.
func (b *Block) Decode(stored []byte, ts []types.Type) (*stream.Batch, error) {
	if len(stored) < blockHeader || int(binary.LittleEndian.Uint32(stored)) > len(stored)-blockHeader {
		return nil, errCorrupt
	}
	b.block.stored = stored[blockHeader : blockHeader+int(binary.LittleEndian.Uint32(stored))]
	err := b.block.decode(stored[:blockHeader], ts)
	b.block.stored = nil // it is the caller's
	return &b.block.batch, err
}
