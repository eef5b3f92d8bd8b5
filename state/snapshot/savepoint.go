package snapshot

import (
	"errors"
	"fmt"
	"path"

	"github.com/weir-engine/weir/io/fs"
)

// WriteSavepoint makes a self-contained copy of a checkpoint in a new directory:
// the files that m names are copied from the job's directory, their paths stay.
func (s *Storage) WriteSavepoint(dir string, m *Manifest) error {
	if _, err := s.fsys.Stat(path.Join(dir, manifestName)); err == nil {
		return fmt.Errorf("write savepoint: %s holds one already", dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	copied := *m
	copied.Savepoint, copied.Base = true, dir
	if err := s.fsys.MkdirAll(dir); err != nil {
		return err
	}
	synced := map[string]bool{}
	for _, f := range m.Files {
		target := path.Join(dir, f.Path)
		if err := s.fsys.MkdirAll(path.Dir(target)); err != nil {
			return err
		}
		n, err := fs.Copy(s.fsys, path.Join(s.dir, f.Path), s.fsys, target)
		if err != nil {
			return fmt.Errorf("write savepoint: %w", err)
		}
		if n != f.Bytes {
			return fmt.Errorf("write savepoint: %w: %s has %d bytes instead of %d", ErrDamaged, f.Path, n, f.Bytes)
		}
		synced[path.Dir(target)] = false
	}
	for d := range synced {
		if err := s.fsys.SyncDir(d); err != nil {
			return err
		}
	}
	data, err := copied.encode()
	if err != nil {
		return err
	}
	if err := fs.WriteAtomic(s.fsys, path.Join(dir, manifestName), data); err != nil {
		return err
	}
	return s.fsys.SyncDir(path.Dir(dir))
}
