package lsm

import (
	"github.com/cockroachdb/pebble/v2/vfs"
)

// scratchFS drops fsync: what lies in the database's directory does not outlive
// the process. What is stored for checkpoints is synced where it is stored.
type scratchFS struct{ vfs.FS }

type scratchFile struct{ vfs.File }

func (scratchFile) Sync() error                { return nil }
func (scratchFile) SyncData() error            { return nil }
func (scratchFile) SyncTo(int64) (bool, error) { return false, nil }

func unsynced(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return scratchFile{f}, nil
}

func (s scratchFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return unsynced(s.FS.Create(name, c))
}

func (s scratchFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return unsynced(s.FS.OpenReadWrite(name, c, opts...))
}

func (s scratchFS) OpenDir(name string) (vfs.File, error) { return unsynced(s.FS.OpenDir(name)) }

func (s scratchFS) ReuseForWrite(oldName, newName string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return unsynced(s.FS.ReuseForWrite(oldName, newName, c))
}

func (s scratchFS) Unwrap() vfs.FS { return s.FS }
