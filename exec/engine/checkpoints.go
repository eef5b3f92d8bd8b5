package engine

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/io/fs/s3"
	"github.com/weir-engine/weir/state/snapshot"
)

// root is execution.checkpointing.dir; false where it is not set.
func root(options option.Values) (snapshot.Root, bool, error) {
	dir := options.Text(OptDir)
	if dir == "" {
		return snapshot.Root{}, false, nil
	}
	store, at, err := storageOf(dir, options)
	return snapshot.Root{FS: store, Dir: at}, true, err
}

// localPath takes file: off a URI.
func localPath(uri string) string {
	if rest, ok := strings.CutPrefix(uri, "file://"); ok {
		return rest
	}
	return strings.TrimPrefix(uri, "file:")
}

// checkpointStore is where a job keeps its checkpoints; nil where it keeps none.
func (e *Engine) checkpointStore(j *graph.Job) (checkpoint.Store, error) {
	r, ok, err := root(j.Config.Options)
	if err != nil || !ok {
		if err == nil && j.Config.CheckpointInterval > 0 {
			err = sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs '%s'", OptInterval.Key, OptDir.Key).WithHint("a folder that survives this process")
		}
		return nil, err
	}
	if err := writable(r, j.ID); err != nil {
		return nil, err
	}
	retained, err := j.Config.Options.Int(OptRetained)
	if err != nil {
		return nil, err
	}
	return checkpoint.NewStorage(r.Job(j.ID, int(retained)), func() int64 { return time.Now().UnixMilli() }), nil
}

// writable tries the folder of checkpoints before the job runs for hours without one.
func writable(r snapshot.Root, id string) error {
	err := r.FS.MkdirAll(r.Dir)
	if err == nil {
		probe := path.Join(r.Dir, ".probe-"+id)
		if err = fs.WriteAtomic(r.FS, probe, nil); err == nil {
			err = r.FS.Remove(probe)
		}
	}
	if err == nil || sqlerr.As(err) != nil {
		return err
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "checkpoints cannot be kept in '%s'", r.Dir).
		WithHint("'%s' names a folder that this process may write", OptDir.Key)
}

// restored finds the checkpoint that a job starts from, and makes the job its
// continuation: the same id, so that sinks know what the earlier run left open.
func (s *Session) restored(_ context.Context, g *graph.Job) (*checkpoint.Snapshot, error) {
	where := s.options.Text(OptRestore)
	if where == "" {
		return nil, nil
	}
	var m *snapshot.Manifest
	var err error
	if where == "latest" {
		m, err = s.latest()
	} else {
		m, err = s.load(where)
	}
	if err != nil {
		return nil, cannotRestore(err, where)
	}
	if m == nil {
		return nil, nil
	}
	snap, err := checkpoint.Decode(m)
	if err != nil {
		return nil, err
	}
	if err := s.checkClaims(g, snap); err != nil {
		return nil, err
	}
	if !m.Savepoint {
		g.ID = m.Job
	}
	s.engine.config.Notice(restoreNotice(m, where))
	return snap, nil
}

// load reads the checkpoint at a path.
func (s *Session) load(where string) (*snapshot.Manifest, error) {
	if dir := s.options.Text(OptDir); dir != "" && s3.Is(dir) != s3.Is(where) {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' and '%s' must both lie on this machine, or both in an object store", where, OptDir.Key)
	}
	store, at, err := storageOf(where, s.options)
	if err != nil {
		return nil, err
	}
	return snapshot.Load(store, at)
}

// keepSavepoint copies the checkpoint that a job was stopped behind to the folder
// of savepoints, if there is one. The checkpoint stays: the same command resumes from it.
func (e *Engine) keepSavepoint(ctx context.Context, g *graph.Job, s *checkpoint.Snapshot) {
	at, err := SavepointPath(g.Config.Options.Text(OptSavepoints), fmt.Sprintf("savepoint-%s-%d", g.ID, s.Checkpoint), g.Config.Options)
	if at == "" && err == nil {
		return
	}
	var store checkpoint.Store
	if err == nil {
		store, err = e.checkpointStore(g)
	}
	if err == nil {
		copied := *s
		copied.Savepoint = at
		err = store.Write(ctx, &copied)
	}
	if err != nil {
		e.config.Notice("no savepoint was written: " + err.Error())
		return
	}
	e.config.Notice("savepoint " + at)
}

// cannotRestore says what is wrong with the checkpoint that the user named.
func cannotRestore(err error, where string) error {
	switch {
	case sqlerr.As(err) != nil:
		return err
	case errors.Is(err, fs.ErrNotExist):
		return sqlerr.Wrap(sqlerr.UndefinedFile, err, "there is no checkpoint at '%s'", where).
			WithHint("name a folder chk-N of a job, a savepoint, or latest")
	case errors.Is(err, snapshot.ErrDamaged):
		return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "cannot restore '%s'", where).
			WithHint("name an older checkpoint, or a savepoint")
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "cannot restore '%s'", where)
}

func restoreNotice(m *snapshot.Manifest, where string) string {
	if m.Savepoint {
		return fmt.Sprintf("starting from savepoint %s", where)
	}
	return fmt.Sprintf("starting from checkpoint %d of job '%s'", m.Checkpoint, m.Name)
}

// latest is the newest completed checkpoint of this pipeline.name; nil where there is none.
func (s *Session) latest() (*snapshot.Manifest, error) {
	name := s.options.Text(OptName)
	if name == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "--restore latest needs '%s'", OptName.Key).WithHint("SET it before the job, so that the job can be found again by it")
	}
	r, ok, err := root(s.options)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "--restore latest needs '%s'", OptDir.Key)
	}
	return r.Latest(name)
}
