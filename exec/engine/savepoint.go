package engine

import (
	"fmt"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/state/snapshot"
)

// DisposeSavepoint removes a savepoint. Nothing else is removed, whatever the path:
// a checkpoint is its job's, and a folder without a manifest is somebody else's.
func DisposeSavepoint(where string) error {
	store, at, err := storageOf(where, nil) // of an object store the AWS_ variables tell
	if err != nil {
		return err
	}
	m, err := snapshot.Load(store, at)
	if err != nil {
		return cannotRestore(err, where)
	}
	if !m.Savepoint {
		return sqlerr.Newf(sqlerr.BadInput, "'%s' is checkpoint %d of job '%s', not a savepoint", where, m.Checkpoint, m.Name)
	}
	if err := store.RemoveAll(m.Base); err != nil {
		return fmt.Errorf("remove savepoint %s: %w", where, err)
	}
	return nil
}
