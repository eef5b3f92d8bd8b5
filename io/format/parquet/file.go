package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/weir-engine/weir/core/sqlerr"
)

// Input is an open file that can be read at any place, from several goroutines.
// Stat reads size and modification time anew at every call.
type Input interface {
	io.ReaderAt
	io.Closer
	Stat() (os.FileInfo, error)
}

// File is the footer of a Parquet file and the open file itself. It is
// immutable; any number of scanners may read it.
type File struct {
	Name    string
	Size    int64
	ModTime time.Time
	Columns []Column
	Rows    int64

	in   Input
	meta *format.FileMetaData
}

const magic = "PAR1"

// Open opens a file of the local disk and reads its footer.
func Open(name string) (*File, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := NewFile(name, in)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return f, nil
}

// NewFile reads the footer of an open file, which Close then closes.
func NewFile(name string, in Input) (*File, error) {
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("parquet: stat %s: %w", name, err)
	}
	f := &File{Name: name, Size: info.Size(), ModTime: info.ModTime(), in: in}
	if err := f.readFooter(); err != nil {
		return nil, corrupt(err, "%s is not a readable Parquet file", name)
	}
	return f, nil
}

// Close closes the file. No scanner may read it any more.
func (f *File) Close() error { return f.in.Close() }

func corrupt(err error, format string, args ...any) error {
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "parquet: "+format, args...)
}

func (f *File) readFooter() error {
	var tail [8]byte
	if f.Size < int64(len(magic)+len(tail)) {
		return fmt.Errorf("it has %d bytes", f.Size)
	}
	if _, err := f.in.ReadAt(tail[:], f.Size-int64(len(tail))); err != nil {
		return err
	}
	if string(tail[4:]) == "PARE" {
		return errors.New("its footer is encrypted")
	}
	if string(tail[4:]) != magic {
		return errors.New("it does not end in PAR1")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > f.Size-int64(len(magic)+len(tail)) {
		return fmt.Errorf("its footer of %d bytes is longer than the file", n)
	}
	footer := make([]byte, n)
	if _, err := f.in.ReadAt(footer, f.Size-int64(len(tail))-n); err != nil {
		return err
	}
	return f.parseFooter(footer)
}

func (f *File) parseFooter(footer []byte) (err error) {
	defer func() {
		// The decoder is not ours; whatever a malformed footer makes it do is that file's error.
		if r := recover(); r != nil {
			err = fmt.Errorf("footer: %v", r)
		}
	}()
	var protocol thrift.CompactProtocol
	f.meta = new(format.FileMetaData)
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(footer)).Decode(f.meta); err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	if f.Columns, err = columnsOf(f.meta.Schema); err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	f.Rows = f.meta.NumRows
	return f.checkGroups()
}

// checkGroups holds what row groups say of themselves against the file.
func (f *File) checkGroups() error {
	var rows int64
	for g := range f.meta.RowGroups {
		group := &f.meta.RowGroups[g]
		if group.NumRows < 0 {
			return fmt.Errorf("row group %d has %d rows", g, group.NumRows)
		}
		rows += group.NumRows
		for i := range f.Columns {
			c := &f.Columns[i]
			if c.leaf >= len(group.Columns) {
				return fmt.Errorf("row group %d has no column %s", g, c.Name)
			}
			if c.Err != nil {
				continue
			}
			for _, leaf := range c.leaves() {
				if leaf.leaf >= len(group.Columns) {
					return fmt.Errorf("row group %d has no column %s", g, c.Name)
				}
				if err := f.checkChunk(leaf, &group.Columns[leaf.leaf], group.NumRows); err != nil {
					return fmt.Errorf("row group %d, column %s: %w", g, c.Name, err)
				}
			}
		}
	}
	if rows != f.Rows {
		return fmt.Errorf("it says %d rows, its row groups %d", f.Rows, rows)
	}
	return nil
}

func (f *File) checkChunk(c *Column, chunk *format.ColumnChunk, rows int64) error {
	m := &chunk.MetaData
	from, to := chunkRange(m)
	switch {
	case chunk.FilePath != "":
		return fmt.Errorf("its data lies in another file, %s", chunk.FilePath)
	case m.Type != c.physical:
		return fmt.Errorf("it is %s, the schema says %s", m.Type, c.physical)
	case m.NumValues != rows && c.maxRep == 0 || m.NumValues < rows:
		return fmt.Errorf("it has %d values for %d rows", m.NumValues, rows)
	case from < 0 || to < from || to > f.Size:
		return fmt.Errorf("bytes %d to %d are outside the file", from, to)
	}
	return nil
}

// chunkRange is where the pages of a chunk lie.
func chunkRange(m *format.ColumnMetaData) (from, to int64) {
	from = m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < from {
		from = d
	}
	return from, from + m.TotalCompressedSize
}

// Column is the ordinal of a column by name; -1 where there is none.
func (f *File) Column(name string) int {
	for i := range f.Columns {
		if f.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Groups is the number of row groups.
func (f *File) Groups() int { return len(f.meta.RowGroups) }

// GroupRows is the rows of a row group.
func (f *File) GroupRows(g int) int64 { return f.meta.RowGroups[g].NumRows }

// ChunkBytes is the stored size of a column in a row group.
func (f *File) ChunkBytes(g, column int) (size int64) {
	for _, leaf := range f.Columns[column].leaves() {
		size += f.meta.RowGroups[g].Columns[leaf.leaf].MetaData.TotalCompressedSize
	}
	return size
}

// leaves are the columns that chunks are of: those of a nested column, or itself.
func (c *Column) leaves() []*Column {
	if c.shape == nil {
		return []*Column{c}
	}
	return c.shape.leaves(nil)
}

// CheckUnchanged compares the file with what it was when it was opened.
func (f *File) CheckUnchanged() error {
	info, err := f.in.Stat()
	if err != nil {
		return fmt.Errorf("parquet: stat %s: %w", f.Name, err)
	}
	if info.Size() != f.Size || !info.ModTime().Equal(f.ModTime) {
		return sqlerr.Newf(sqlerr.ConnectorFailure, "parquet: %s was changed while it was read", f.Name).
			WithHint("it had %d bytes and now has %d; write new files under new names", f.Size, info.Size())
	}
	return nil
}
