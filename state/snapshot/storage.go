package snapshot

import (
	"errors"
	"fmt"
	iofs "io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
)

// Root is execution.checkpointing.dir: a directory of jobs.
type Root struct {
	FS  fs.FS
	Dir string
}

// Job is the storage of one job's checkpoints; retained is how many are kept.
func (r Root) Job(id string, retained int) *Storage {
	return &Storage{fsys: r.FS, dir: path.Join(r.Dir, id), retained: max(retained, 1)}
}

// Latest finds the newest completed checkpoint of a job by its name (pipeline.name);
// nil when there is none. One that is damaged is an error, not passed over.
func (r Root) Latest(name string) (*Manifest, error) {
	jobs, err := r.FS.List(r.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var newest *Manifest
	for _, j := range jobs {
		if !j.Dir {
			continue
		}
		m, err := r.Job(j.Name, 1).newest()
		if err != nil {
			return nil, err
		}
		if m != nil && m.Name == name && (newest == nil || m.Time > newest.Time) {
			newest = m
		}
	}
	if newest == nil {
		return nil, nil
	}
	return newest, newest.verify(r.FS)
}

// Storage keeps the checkpoints of one job. One goroutine uses it.
type Storage struct {
	fsys     fs.FS
	dir      string
	retained int
}

// Dir is the job's directory: what backends are opened with.
func (s *Storage) Dir() string { return s.dir }

// Latest is the newest completed checkpoint; nil when there is none.
func (s *Storage) Latest() (*Manifest, error) {
	m, err := s.newest()
	if m == nil || err != nil {
		return nil, err
	}
	return m, m.verify(s.fsys)
}

func (s *Storage) newest() (*Manifest, error) {
	ids, err := s.completed()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return read(s.fsys, s.checkpointDir(ids[len(ids)-1]))
}

func (s *Storage) checkpointDir(id int64) string {
	return path.Join(s.dir, fmt.Sprintf("chk-%d", id))
}

// completed lists the checkpoints that have a manifest, ascending.
func (s *Storage) completed() (ids []int64, err error) {
	err = s.each(func(id int64) error {
		_, err := s.fsys.Stat(path.Join(s.checkpointDir(id), manifestName))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		ids = append(ids, id)
		return err
	})
	slices.Sort(ids)
	return ids, err
}

// each visits the checkpoint directories, with a manifest or without.
func (s *Storage) each(f func(id int64) error) error {
	entries, err := s.fsys.List(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		n, ok := strings.CutPrefix(e.Name, "chk-")
		id, err := strconv.ParseInt(n, 10, 64)
		if !ok || !e.Dir || err != nil {
			continue
		}
		if err := f(id); err != nil {
			return err
		}
	}
	return nil
}

// Write makes a checkpoint count: when it returns nil the manifest is durable.
// Then older ones are retired. A manifest of that number must not exist yet: if
// it does, another process runs the same job.
func (s *Storage) Write(m *Manifest) error {
	dir := s.checkpointDir(m.Checkpoint)
	name := path.Join(dir, manifestName)
	if err := s.fsys.MkdirAll(dir); err != nil {
		return err
	}
	data, err := m.encode()
	if err != nil {
		return err
	}
	err = fs.WriteNew(s.fsys, name, data)
	if errors.Is(err, iofs.ErrExist) {
		return fmt.Errorf("write checkpoint %d: %s exists: does another process run this job?", m.Checkpoint, name)
	}
	if err == nil {
		err = s.fsys.SyncDir(s.dir)
	}
	if err != nil {
		_ = s.remove(m.Checkpoint) // its name may be there, and would count though the write has failed
		return err
	}
	m.Base = s.dir
	// The checkpoint counts from here on; what cannot be removed now is removed later.
	_ = s.retire()
	return nil
}

// retire removes all but the newest checkpoints, manifests first, and then the
// files that were theirs alone.
func (s *Storage) retire() error {
	ids, err := s.completed()
	if err != nil || len(ids) <= s.retained {
		return err
	}
	old, keep := ids[:len(ids)-s.retained], ids[len(ids)-s.retained:]
	reachable, err := s.reachable(keep)
	if err != nil {
		return err
	}
	for _, id := range old {
		m, err := read(s.fsys, s.checkpointDir(id))
		if err != nil {
			return err
		}
		if err := s.remove(id); err != nil {
			return err
		}
		for _, f := range m.Files {
			if reachable[f.Path] {
				continue
			}
			if err := s.fsys.Remove(path.Join(s.dir, f.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func (s *Storage) remove(id int64) error {
	dir := s.checkpointDir(id)
	if err := s.fsys.Remove(path.Join(dir, manifestName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.fsys.SyncDir(dir); err != nil {
		return err
	}
	return s.fsys.RemoveAll(dir)
}

func (s *Storage) reachable(ids []int64) (map[string]bool, error) {
	files := map[string]bool{}
	for _, id := range ids {
		m, err := read(s.fsys, s.checkpointDir(id))
		if err != nil {
			return nil, err
		}
		for _, f := range m.Files {
			files[f.Path] = true
		}
	}
	return files, nil
}

// Sweep removes what no manifest reaches, of all attempts. It is called before
// an attempt's first backend opens, when nothing can be on its way to a manifest.
func (s *Storage) Sweep() error {
	ids, err := s.completed()
	if err != nil {
		return err
	}
	reachable, err := s.reachable(ids)
	if err != nil {
		return err
	}
	if err := s.each(func(id int64) error {
		if slices.Contains(ids, id) {
			return nil
		}
		return s.fsys.RemoveAll(s.checkpointDir(id))
	}); err != nil {
		return err
	}
	shared := path.Join(s.dir, keyed.SharedDir)
	entries, err := s.fsys.List(shared)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if reachable[path.Join(keyed.SharedDir, e.Name)] {
			continue
		}
		if err := s.fsys.RemoveAll(path.Join(shared, e.Name)); err != nil {
			return err
		}
	}
	return nil
}

// Discard removes all checkpoints of the job, for one that ended or was
// cancelled without retaining them.
func (s *Storage) Discard() error { return s.fsys.RemoveAll(s.dir) }
