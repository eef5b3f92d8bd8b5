package checkpoint

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/snapshot"
)

// Storage keeps the snapshots of one job as manifests.
type Storage struct {
	inner *snapshot.Storage
	now   func() int64
}

// NewStorage makes a Store on a job's checkpoint directory; now is in milliseconds.
func NewStorage(s *snapshot.Storage, now func() int64) *Storage { return &Storage{s, now} }

// Prepare removes what attempts that are over have left behind.
func (s *Storage) Prepare(context.Context) error { return s.inner.Sweep() }

// Write makes a snapshot count.
func (s *Storage) Write(_ context.Context, snap *Snapshot) error {
	body, err := snapshot.Body(snap)
	if err != nil {
		return err
	}
	m := &snapshot.Manifest{Checkpoint: snap.Checkpoint, Time: s.now(), Job: snap.Job, Name: snap.Name, Files: snap.files(), Body: body}
	if snap.Savepoint == "" {
		return s.inner.Write(m)
	}
	return s.inner.WriteSavepoint(snap.Savepoint, m)
}

// Latest is the newest snapshot; nil when there is none.
func (s *Storage) Latest(context.Context) (*Snapshot, error) {
	m, err := s.inner.Latest()
	if m == nil || err != nil {
		return nil, err
	}
	return Decode(m)
}

// Path is where a checkpoint of that number lies.
func (s *Storage) Path(checkpoint int64) string {
	return path.Join(s.inner.Dir(), fmt.Sprintf("chk-%d", checkpoint))
}

// Load reads a checkpoint or savepoint by its directory or manifest.
func Load(fsys fs.FS, name string) (*Snapshot, error) {
	m, err := snapshot.Load(fsys, name)
	if err != nil {
		return nil, err
	}
	return Decode(m)
}

// Decode reads the snapshot in a manifest.
func Decode(m *snapshot.Manifest) (*Snapshot, error) {
	s := &Snapshot{}
	if err := json.Unmarshal(m.Body, s); err != nil {
		return nil, fmt.Errorf("decode checkpoint %d: %w", m.Checkpoint, err)
	}
	s.Dir = m.Base
	return s, nil
}

// files lists the stored files of keyed state, each once.
func (s *Snapshot) files() []keyed.File {
	var out []keyed.File
	seen := map[string]bool{}
	for _, v := range s.Vertices {
		for _, t := range v.Subtasks {
			if t.Keyed == nil {
				continue
			}
			for _, f := range t.Keyed.Files {
				if !seen[f.Path] {
					seen[f.Path] = true
					out = append(out, f)
				}
			}
		}
	}
	return out
}
