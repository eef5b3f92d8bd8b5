package aggregatetest

import (
	"context"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/heap"
	"github.com/weir-engine/weir/state/keyed"
)

// Hashmap is the backend of that name, which a test checkpoints and restores.
type Hashmap struct {
	t       testing.TB
	fsys    fs.FS
	backend keyed.Backend
	handle  []keyed.Handle
	round   int64
}

// NewHashmap opens an empty one.
func NewHashmap(t testing.TB) *Hashmap {
	h := &Hashmap{t: t, fsys: fs.NewMemory()}
	h.open()
	t.Cleanup(func() { _ = h.backend.Close() })
	return h
}

func (h *Hashmap) open() {
	h.t.Helper()
	grant, err := memory.NewManager(256<<20).Open("state", 0)
	if err != nil {
		h.t.Fatal(err)
	}
	h.backend, err = heap.Open(keyed.Config{
		FS: h.fsys, Checkpoints: "/c", Owner: "v-0", Attempt: string(rune('a' + h.round%26)),
		Groups: keyed.GroupRange{To: 128}, MaxParallelism: 128, Memory: grant, Restore: h.handle,
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Store is the state of the operator under test.
func (h *Hashmap) Store() keyed.Store {
	h.t.Helper()
	s, err := h.backend.Store("op")
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// Restart takes a checkpoint, drops the backend and restores another from it.
func (h *Hashmap) Restart() {
	h.t.Helper()
	h.round++
	up, err := h.backend.Snapshot(h.round)
	if err != nil {
		h.t.Fatal(err)
	}
	handle, err := up.Run(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	h.backend.Completed(h.round)
	if err := h.backend.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.handle = []keyed.Handle{handle}
	h.open()
}
