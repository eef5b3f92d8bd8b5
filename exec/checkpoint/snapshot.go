package checkpoint

import (
	"context"

	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/state/keyed"
)

// Snapshot is one completed checkpoint or savepoint of a job: plain data.
type Snapshot struct {
	Checkpoint int64             `json:"checkpoint"`
	Job        string            `json:"job"`
	Name       string            `json:"name,omitempty"`
	Attempt    int               `json:"attempt"`             // of the job that took it
	Savepoint  string            `json:"savepoint,omitempty"` // where to; empty: an ordinary checkpoint
	Triggered  int64             `json:"triggered"`           // milliseconds
	Vertices   []VertexState     `json:"vertices"`
	Dir        string            `json:"dir,omitempty"`         // that the files of keyed state are relative to; empty: the job's own
	Enumerator map[string][]byte `json:"enumerators,omitempty"` // by operator id of the source
}

// VertexState is the state of a vertex, by subtask.
type VertexState struct {
	ID             string         `json:"id"`
	Parallelism    int            `json:"parallelism"`
	MaxParallelism int            `json:"maxParallelism"`
	Subtasks       []SubtaskState `json:"subtasks"`
}

// SubtaskState is what one subtask captured at the barrier.
type SubtaskState struct {
	Operators map[string]OperatorState `json:"operators,omitempty"` // by operator id
	Keyed     *keyed.Handle            `json:"keyed,omitempty"`
	Finished  bool                     `json:"finished,omitempty"` // all its input had ended before the barrier
	Took      *Took                    `json:"took,omitempty"`     // on its way to the job manager only; snapshots have none
}

// Took is how long a subtask's part in a checkpoint took, in milliseconds.
type Took struct {
	Align int64 `json:"align"` // from its first barrier to its last
	Sync  int64 `json:"sync"`  // while rows stood still
	Async int64 `json:"async"` // storing what was captured
}

// Bytes is how much state the subtask has, which a restore reads, and how much of
// it was stored for this checkpoint.
func (s *SubtaskState) Bytes() (full, stored int64) {
	for _, o := range s.Operators {
		for _, p := range o.Parts {
			full += int64(len(p))
		}
	}
	stored = full
	if s.Keyed != nil {
		stored += s.Keyed.Bytes
		for _, f := range s.Keyed.Files {
			full += f.Bytes
		}
	}
	return full, stored
}

// OperatorState is the state of an operator that is not by key.
type OperatorState struct {
	Parts        [][]byte                `json:"parts,omitempty"`
	Union        bool                    `json:"union,omitempty"` // every subtask gets all parts; otherwise they are dealt
	Committables []connector.Committable `json:"committables,omitempty"`
}

// Store keeps the snapshots of a job. Its calls come from one goroutine.
type Store interface {
	// Prepare is called before an attempt is deployed: nothing is on its way to a snapshot.
	Prepare(ctx context.Context) error
	// Write makes a snapshot durable, atomically: when it returns nil the snapshot
	// counts, whatever happens then. It also retires older ones.
	Write(ctx context.Context, s *Snapshot) error
	// Latest is the newest snapshot; nil when there is none.
	Latest(ctx context.Context) (*Snapshot, error)
}
