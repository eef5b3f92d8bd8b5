package fs

import (
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"path"
	"syscall"
	"time"

	"github.com/weir-engine/weir/core/sqlerr"
)

// ErrNotExist is what errors of a missing name are, by errors.Is.
var ErrNotExist = iofs.ErrNotExist

// FS is a tree of files. It is safe for concurrent use; errors name operation
// and file. A full disk is a *sqlerr.Error of code DiskFull.
type FS interface {
	// Create makes a new, empty file, replacing one that is there.
	Create(name string) (Writer, error)
	Open(name string) (Reader, error)
	// Link gives a file a second name; ErrExist where the name is taken.
	Link(oldName, newName string) error
	// Rename replaces what is at newName, in one step.
	Rename(oldName, newName string) error
	Remove(name string) error
	// RemoveAll removes a tree; a missing one is no error.
	RemoveAll(name string) error
	MkdirAll(name string) error
	// List is the entries of a directory by name; a missing one is ErrNotExist.
	List(dir string) ([]Entry, error)
	Stat(name string) (Entry, error)
	// SyncDir makes the names in a directory durable: files created, renamed, linked, removed.
	SyncDir(dir string) error
}

// Writer is a file being written. One goroutine uses it. What was not synced
// may be lost in a crash.
type Writer interface {
	io.Writer
	Sync() error
	Close() error
}

// Reader is a file being read; ReadAt is safe for concurrent use.
type Reader interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// Entry is one name in a directory.
type Entry struct {
	Name    string // without the directory
	Bytes   int64
	Dir     bool
	ModTime time.Time // zero where the tree keeps none
}

// ReadFile reads a whole file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	r, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, r.Size())
	if n, err := r.ReadAt(data, 0); n < len(data) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// WriteAtomic makes name hold data, durably: after a crash it holds either what
// it held before or all of data.
func WriteAtomic(fsys FS, name string, data []byte) error {
	if whole, ok := fsys.(wholeWriter); ok {
		return whole.Put(name, data)
	}
	temporary := name + ".tmp"
	if err := WriteSynced(fsys, temporary, data); err != nil {
		return err
	}
	if err := fsys.Rename(temporary, name); err != nil {
		return err
	}
	return fsys.SyncDir(path.Dir(name))
}

// wholeWriter is a file system that replaces files in one step by itself.
type wholeWriter interface {
	Put(name string, data []byte) error
	PutNew(name string, data []byte) error
}

// WriteNew is WriteAtomic for a name that must not be taken: ErrExist where it
// is. On a file system that cannot make sure of it two processes at once may
// still both succeed.
func WriteNew(fsys FS, name string, data []byte) error {
	if whole, ok := fsys.(wholeWriter); ok {
		return whole.PutNew(name, data)
	}
	if _, err := fsys.Stat(name); err == nil {
		return Failed("create", name, iofs.ErrExist)
	} else if !errors.Is(err, ErrNotExist) {
		return err
	}
	return WriteAtomic(fsys, name, data)
}

// WriteSynced writes a file and syncs its contents, not its name.
func WriteSynced(fsys FS, name string, data []byte) error {
	w, err := fsys.Create(name)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		w.Close()
		return err
	}
	if err := w.Sync(); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

// Copy copies a file, perhaps between two file systems, and syncs its contents.
func Copy(from FS, source string, to FS, target string) (bytes int64, err error) {
	r, err := from.Open(source)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	w, err := to.Create(target)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		w.Close()
		return n, fmt.Errorf("copy %s to %s: %w", source, target, err)
	}
	if err := w.Sync(); err != nil {
		w.Close()
		return n, err
	}
	return n, w.Close()
}

// Failed names operation and file, and tells a full disk from other failures.
func Failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return sqlerr.Wrap(sqlerr.DiskFull, err, "%s %s", op, name).
			WithHint("free space there, or point io.tmp.dirs and execution.checkpointing.dir at a larger disk")
	}
	var named *iofs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return &failure{op: op, name: name, err: err}
}

// failure is an error of a file.
type failure struct {
	op, name string
	err      error
}

func (f *failure) Error() string { return f.op + " " + f.name + ": " + f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

// SQLState is its code, where nobody who knows what the file was for gives another.
func (f *failure) SQLState() sqlerr.Code {
	if errors.Is(f.err, ErrNotExist) {
		return sqlerr.UndefinedFile
	}
	return sqlerr.ConnectorFailure
}
