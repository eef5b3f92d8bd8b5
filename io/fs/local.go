package fs

import (
	"errors"
	"os"
	"path/filepath"
)

// Local is the disk of this machine.
type Local struct{}

// Create implements FS.
func (Local) Create(name string) (Writer, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, Failed("create", name, err)
	}
	return &localWriter{f: f, name: name}, nil
}

// Open implements FS.
func (Local) Open(name string) (Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, Failed("open", name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a directory")
	}
	if err != nil {
		f.Close()
		return nil, Failed("open", name, err)
	}
	return &localReader{File: f, size: info.Size()}, nil
}

// Link implements FS.
func (Local) Link(oldName, newName string) error {
	var link *os.LinkError
	err := os.Link(oldName, newName)
	if errors.As(err, &link) {
		err = link.Err
	}
	return Failed("link", newName, err)
}

// Rename implements FS.
func (Local) Rename(oldName, newName string) error {
	var link *os.LinkError
	err := os.Rename(oldName, newName)
	if errors.As(err, &link) {
		err = link.Err
	}
	return Failed("rename to", newName, err)
}

// Remove implements FS.
func (Local) Remove(name string) error { return Failed("remove", name, os.Remove(name)) }

// RemoveAll implements FS.
func (Local) RemoveAll(name string) error { return Failed("remove", name, os.RemoveAll(name)) }

// MkdirAll implements FS.
func (Local) MkdirAll(name string) error {
	return Failed("make directory", name, os.MkdirAll(name, 0o755))
}

// List implements FS.
func (Local) List(dir string) ([]Entry, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, Failed("list", dir, err)
	}
	entries := make([]Entry, 0, len(list))
	for _, d := range list {
		info, err := d.Info()
		if err == nil && info.Mode()&os.ModeSymlink != 0 {
			info, err = os.Stat(filepath.Join(dir, d.Name()))
		}
		if errors.Is(err, ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, Failed("list", dir, err)
		}
		entries = append(entries, Entry{Name: d.Name(), Bytes: info.Size(), Dir: info.IsDir(), ModTime: info.ModTime()})
	}
	return entries, nil
}

// Stat implements FS.
func (Local) Stat(name string) (Entry, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Entry{}, Failed("look at", name, err)
	}
	return Entry{Name: info.Name(), Bytes: info.Size(), Dir: info.IsDir(), ModTime: info.ModTime()}, nil
}

// SyncDir implements FS.
func (Local) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return Failed("sync directory", dir, err)
	}
	defer d.Close()
	return Failed("sync directory", dir, d.Sync())
}

type localWriter struct {
	f    *os.File
	name string
}

func (w *localWriter) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	return n, Failed("write", w.name, err)
}

func (w *localWriter) Sync() error  { return Failed("sync", w.name, w.f.Sync()) }
func (w *localWriter) Close() error { return Failed("close", w.name, w.f.Close()) }

type localReader struct {
	*os.File
	size int64
}

func (r *localReader) Size() int64 { return r.size }
