package keyed

import (
	"log/slog"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/io/fs"
)

// Config opens a backend of one subtask.
type Config struct {
	Dir         string // scratch on the local disk, existing and the backend's own: it is emptied
	FS          fs.FS  // where checkpoints are stored
	Checkpoints string // the job's checkpoint directory in FS; shared files go below it

	Owner   string // vertex and subtask: part of the names of stored files
	Attempt string // of the execution: part of the names, so that no two attempts write one file

	Groups         GroupRange
	MaxParallelism int
	Memory         *memory.Grant

	// Restore is the handles of all subtasks that had a part of Groups. Their files
	// lie relative to RestoreFrom; empty: Checkpoints.
	Restore     []Handle
	RestoreFrom string

	Log *slog.Logger // nil: none
}

// SharedDir holds, below a job's checkpoint directory, the files that manifests name.
const SharedDir = "shared"

// Kind is the shape of a state.
type Kind string

// The kinds of states.
const (
	KindValue Kind = "value"
	KindMap   Kind = "map"
	KindTimed Kind = "timed"
)

// Declared names one state of a backend. It is stored beside the state.
type Declared struct {
	Operator string `json:"operator"`
	Name     string `json:"name"`
	Kind     Kind   `json:"kind"`
	Width    int    `json:"width,omitempty"`
}
