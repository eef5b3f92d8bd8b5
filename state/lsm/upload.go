package lsm

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
)

const format = "pebble/1"

// meta is what a handle says beside its files, which it lists in the order they are ingested in.
type meta struct {
	MaxParallelism int              `json:"maxParallelism"`
	States         []keyed.Declared `json:"states"`
	Bases          int              `json:"bases"` // how many of the files are the base
	Sums           []uint64         `json:"sums"`  // of the files
}

// upload is a flush on its way to a manifest.
type upload struct {
	b          *Backend
	flush      *flush
	states     []keyed.Declared
	checkpoint int64
	files      []*file
}

// Snapshot implements keyed.Backend.
func (b *Backend) Snapshot(checkpoint int64) (keyed.Upload, error) {
	u := &upload{b: b, flush: b.freeze(), states: slices.Clone(b.catalogue.States), checkpoint: checkpoint}
	u.flush.upload = u
	b.checkpoints = true
	return u, nil
}

// Completed implements keyed.Backend.
func (b *Backend) Completed(checkpoint int64) { b.files.completed(checkpoint) }

// Aborted implements keyed.Backend: what was stored is part of the next manifest.
func (b *Backend) Aborted(checkpoint int64) { b.files.aborted(checkpoint) }

// Run implements keyed.Upload. The flush always runs to its end; only storing is
// given up when ctx is done, and goes on in the next upload.
func (u *upload) Run(ctx context.Context) (keyed.Handle, error) {
	if !u.b.uploads.Begin() {
		return keyed.Handle{}, fmt.Errorf("pebble: store state: %w", keyed.ErrClosed)
	}
	defer u.b.uploads.End()
	h, err := u.run(ctx)
	if err != nil {
		return keyed.Handle{}, fmt.Errorf("pebble: store state: %w", fullError(err))
	}
	return h, nil
}

func (u *upload) run(ctx context.Context) (keyed.Handle, error) {
	b := u.b
	if err := u.flush.run(); err != nil {
		return keyed.Handle{}, err
	}
	before := b.ckptSize.Load()
	if b.foreign.Load() {
		if err := u.ownBase(ctx); err != nil {
			return keyed.Handle{}, err
		}
	}
	u.files = u.flush.files
	err := ctx.Err()
	if err == nil {
		err = b.store(u.files)
	}
	if s := u.flush.base; s != nil {
		u.flush.base = nil
		b.tasks.Go(func() { _ = s.write(b.ctx) }) // where it fails, a later checkpoint tries again
	}
	if err != nil {
		return keyed.Handle{}, err
	}
	return u.handle(b.ckptSize.Load() - before)
}

// ownBase writes the base before the first checkpoint after a restore from files
// that hold others' key groups too: no handle may name those.
func (u *upload) ownBase(ctx context.Context) error {
	s := u.flush.base
	u.flush.base = nil
	if s == nil {
		return fmt.Errorf("a base of checkpoint %d is still being written", u.checkpoint-1)
	}
	if err := s.write(ctx); err != nil {
		return err
	}
	u.b.foreign.Store(false)
	u.flush.files = u.b.files.take(u.checkpoint, u.flush.upTo)
	return nil
}

// store puts files that are not yet there into the checkpoint storage, by a link
// where that is on the same disk.
func (b *Backend) store(files []*file) error {
	b.storing.Lock()
	defer b.storing.Unlock()
	c := &b.config
	dir := path.Join(c.Checkpoints, keyed.SharedDir)
	made := false
	for _, f := range files {
		if f.stored {
			continue
		}
		if b.ctx.Err() != nil {
			return keyed.ErrClosed
		}
		if err := c.FS.MkdirAll(dir); err != nil {
			return err
		}
		if err := b.storeFile(f); err != nil {
			return err
		}
		made = true
		b.ckptSize.Add(f.bytes)
	}
	if made {
		return c.FS.SyncDir(dir)
	}
	return nil
}

// storeFile links or copies one file, whose name beside the database then goes.
func (b *Backend) storeFile(f *file) error {
	target := path.Join(b.config.Checkpoints, f.path)
	linked := false
	if _, local := b.config.FS.(fs.Local); local {
		if err := syncFile(f.local); err != nil {
			return err
		}
		linked = os.Link(f.local, target) == nil
	}
	if !linked {
		if _, err := fs.Copy(fs.Local{}, f.local, b.config.FS, target); err != nil {
			return err
		}
	}
	f.stored = true
	_ = os.Remove(f.local) // else it goes with the scratch directory
	return nil
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fs.Failed("sync", name, err)
	}
	defer f.Close()
	return fs.Failed("sync", name, f.Sync())
}

// Discard implements keyed.Upload.
func (u *upload) Discard() { u.flush.discard() }

func (u *upload) handle(stored int64) (keyed.Handle, error) {
	c := &u.b.config
	m := meta{MaxParallelism: c.MaxParallelism, States: u.states}
	h := keyed.Handle{Groups: c.Groups, Format: format, Bytes: stored}
	for _, f := range u.files {
		if f.base {
			m.Bases++
		}
		m.Sums = append(m.Sums, f.sum)
		h.Files = append(h.Files, keyed.File{Path: f.path, Bytes: f.bytes, Groups: f.groups})
	}
	text, err := json.Marshal(m)
	h.Meta = text
	return h, err
}

// forget drops files that a base has replaced and that no manifest can name,
// beside the database and in the storage. Others go with the scratch directory,
// and with the last manifest that names them.
func (b *Backend) forget(files []*file) {
	b.storing.Lock() // the upload of a checkpoint that was given up may store one
	defer b.storing.Unlock()
	for _, f := range files {
		if f.local != "" {
			os.Remove(f.local)
		}
		if f.stored {
			_ = b.config.FS.Remove(path.Join(b.config.Checkpoints, f.path)) // else the sweep finds it
		}
	}
}
