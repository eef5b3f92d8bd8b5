package engine

import (
	"fmt"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/worker"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/heap"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/lsm"
)

// backend opens the keyed state of a subtask, as state.backend.type says.
func (e *Engine) backend(spec worker.BackendSpec) (keyed.Backend, error) {
	dir, err := spec.Dir()
	if err != nil {
		return nil, err
	}
	config := keyed.Config{
		Dir: dir, FS: fs.Local{}, Checkpoints: dir,
		Owner: fmt.Sprintf("%s-%d", spec.Vertex, spec.Subtask), Attempt: fmt.Sprintf("%d-%s", spec.Attempt, strings.NewReplacer(":", "", ".", "").Replace(spec.Job.Config.Options[optNow])),
		Groups: spec.Groups, MaxParallelism: spec.MaxParallelism, Memory: spec.Memory,
		Restore: spec.Restored, RestoreFrom: spec.From, Log: e.config.Log,
	}
	if r, ok, err := root(spec.Job.Config.Options); err != nil {
		return nil, err
	} else if ok {
		config.FS, config.Checkpoints = r.FS, r.Job(spec.Job.ID, 1).Dir()
	} else if spec.From != "" {
		if config.FS, _, err = storageOf(spec.From, spec.Job.Config.Options); err != nil {
			return nil, err
		}
	}
	kind, err := spec.Job.Config.Options.Enum(OptBackend)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "hashmap":
		return heap.Open(config)
	case "pebble", "rocksdb":
		return lsm.Open(config)
	}
	return nil, sqlerr.Newf(sqlerr.InvalidOption, "unknown state backend '%s'", kind)
}
