package fs

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A draft is a hidden file beside the one it becomes: its name begins with a dot,
// as readers of folders of data expect of what they are not to read.
const inProgress = ".inprogress"

func hidden(name string) string {
	return filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+inProgress)
}

const draftBuffer = 64 << 10

// Draft implements Publisher.
func (l Local) Draft(name string) (Draft, error) {
	if err := l.MkdirAll(filepath.Dir(name)); err != nil {
		return nil, err
	}
	path := hidden(name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, Failed("create", path, err)
	}
	return &localDraft{name: name, path: path, file: f, buf: bufio.NewWriterSize(f, draftBuffer)}, nil
}

type localDraft struct {
	name, path string
	file       *os.File
	buf        *bufio.Writer
	bytes      int64
}

func (d *localDraft) Write(p []byte) (int, error) {
	n, err := d.buf.Write(p)
	d.bytes += int64(n)
	return n, Failed("write", d.path, err)
}

func (d *localDraft) Bytes() int64 { return d.bytes }

func (d *localDraft) Finish() (Drafted, error) {
	if err := d.buf.Flush(); err != nil {
		return Drafted{}, Failed("write", d.path, err)
	}
	if err := d.file.Sync(); err != nil {
		return Drafted{}, Failed("sync", d.path, err)
	}
	if err := d.file.Close(); err != nil {
		return Drafted{}, Failed("close", d.path, err)
	}
	return Drafted{Name: d.name, Bytes: d.bytes}, Local{}.SyncDir(filepath.Dir(d.path))
}

func (d *localDraft) Discard() error {
	return errors.Join(Failed("close", d.path, d.file.Close()), Local{}.Remove(d.path))
}

// Publish implements Publisher. Callers sync the directory.
func (l Local) Publish(d Drafted) (already bool, err error) {
	err = l.Rename(hidden(d.Name), d.Name)
	if !errors.Is(err, ErrNotExist) {
		return false, err
	}
	if e, serr := l.Stat(d.Name); serr == nil && e.Bytes == d.Bytes {
		return true, nil
	}
	return false, err
}

// DropDrafts implements Publisher.
func (l Local) DropDrafts(dir, prefix string, keep []Drafted) error {
	entries, err := l.List(dir)
	if errors.Is(err, ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name)
		if e.Dir {
			if err := l.DropDrafts(path, prefix, keep); err != nil {
				return err
			}
			continue
		}
		if !strings.HasPrefix(e.Name, "."+prefix) || !strings.HasSuffix(e.Name, inProgress) {
			continue
		}
		if slices.ContainsFunc(keep, func(d Drafted) bool { return hidden(d.Name) == path }) {
			continue
		}
		if err := l.Remove(path); err != nil && !errors.Is(err, ErrNotExist) {
			return err
		}
	}
	return nil
}

// Swap implements Swapper. Where the disk cannot swap in one step, b is missing
// for a moment.
func (l Local) Swap(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotExist):
		return l.Rename(a, b)
	case !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS):
		return Failed("swap", b, err)
	}
	aside := b + ".swap" + inProgress
	aside = filepath.Join(filepath.Dir(aside), "."+filepath.Base(aside))
	if err := l.Rename(b, aside); err != nil {
		return err
	}
	if err := l.Rename(a, b); err != nil {
		return err
	}
	return l.Rename(aside, a)
}

var (
	_ Publisher = Local{}
	_ Swapper   = Local{}
)
