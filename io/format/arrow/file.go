package arrow

import (
	"errors"
	"fmt"
	"io"
	"os"

	apache "github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/weir-engine/weir/core/sqlerr"
)

// Input is an open file that can be read at any place.
type Input interface {
	io.ReaderAt
	io.Closer
	Stat() (os.FileInfo, error)
}

// File is an open file or stream. One goroutine uses it.
type File struct {
	Name    string
	Columns []Column

	in      Input
	size    int64
	file    *ipc.FileReader // nil: a stream
	records []int64         // of a file: where they lie
	stream  *ipc.Reader
	next    int // record that stream reads next
}

// NewFile reads the schema of an open file, which Close then closes.
func NewFile(name string, in Input) (*File, error) {
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("arrow: stat %s: %w", name, err)
	}
	f := &File{Name: name, in: in, size: info.Size()}
	if err := guarded(f.open); err != nil {
		return nil, f.corrupt(err, "it is not a readable Arrow file")
	}
	return f, nil
}

func (f *File) corrupt(err error, format string, args ...any) error {
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "arrow: %s: "+format, append([]any{f.Name}, args...)...)
}

// guarded makes a panic of the library, on what a file says, an error.
func guarded(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return do()
}

func (f *File) open() error {
	var head [6]byte
	if n, err := f.in.ReadAt(head[:], 0); err != nil && (!errors.Is(err, io.EOF) || n < 4) {
		return err
	}
	switch {
	case string(head[:]) == fileMagic:
		return f.openFile()
	case string(head[:4]) == "FEA1":
		return errors.New("it is of the first version of Feather")
	}
	return f.openStream()
}

// openFile checks the footer and the dictionaries before the library reads them.
func (f *File) openFile() error {
	m := &messages{in: f.in, size: f.size}
	dictionaries, records, err := m.blocks()
	if err != nil {
		return err
	}
	for i, at := range dictionaries {
		if err := m.check(at); err != nil {
			return fmt.Errorf("dictionary %d: %w", i, err)
		}
	}
	f.records = records
	f.file, err = ipc.NewFileReader(io.NewSectionReader(f.in, 0, f.size), ipc.WithAllocator(f.allocator()))
	if err == nil {
		f.Columns = columnsOf(f.file.Schema())
	}
	return err
}

func (f *File) openStream() (err error) {
	f.next = 0
	f.stream, err = ipc.NewReaderFromMessageReader(&messages{in: f.in, size: f.size}, ipc.WithAllocator(f.allocator()))
	if err == nil {
		f.Columns = columnsOf(f.stream.Schema())
	}
	return err
}

// Close closes the file.
func (f *File) Close() error { return f.in.Close() }

// Records is the number of records; -1: a stream does not say.
func (f *File) Records() int {
	if f.file == nil {
		return -1
	}
	return len(f.records)
}

// Record reads a record; io.EOF: there is no such. Going back in a stream reads it
// again from its beginning. The record's memory is the collector's.
func (f *File) Record(i int) (rec apache.Record, err error) {
	if f.file != nil && i >= len(f.records) {
		return nil, io.EOF
	}
	err = guarded(func() error {
		if f.file != nil {
			if err = (&messages{in: f.in, size: f.size}).check(f.records[i]); err == nil {
				rec, err = f.file.RecordAt(i)
			}
			return err
		}
		if i < f.next {
			if err := f.openStream(); err != nil {
				return err
			}
		}
		for f.next <= i {
			if rec, err = f.stream.Read(); err != nil {
				return err
			}
			f.next++
		}
		return nil
	})
	if err != nil && (f.file != nil || !errors.Is(err, io.EOF)) {
		err = f.corrupt(err, "record %d", i)
	}
	return rec, err
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

// allocator refuses lengths that no buffer of the file unpacks to.
func (f *File) allocator() memory.Allocator {
	return bounded{memory.NewGoAllocator(), int(min(1<<31, 1<<20+f.size*maxRatio))}
}

// maxRatio is how much smaller than its contents a buffer is believed to be.
const maxRatio = 2000

type bounded struct {
	memory.Allocator
	most int
}

func (b bounded) Allocate(n int) []byte {
	b.check(n)
	return b.Allocator.Allocate(n)
}

func (b bounded) Reallocate(n int, old []byte) []byte {
	b.check(n)
	return b.Allocator.Reallocate(n, old)
}

func (b bounded) check(n int) {
	if n < 0 || n > b.most {
		panic(fmt.Sprintf("a buffer of %d bytes", n))
	}
}
