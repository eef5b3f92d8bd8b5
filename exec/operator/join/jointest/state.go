// Package jointest gives the tests of unbounded operators keyed state: a plain
// model, and both backends with a checkpoint and a restore wherever a test wants one.
package jointest

import (
	"context"
	"fmt"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/heap"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/lsm"
)

// State is the keyed state of one operator.
type State interface {
	Store() keyed.Store
	// Restart drops everything in memory and comes back from a checkpoint.
	Restart()
}

// Kinds are the states to test with.
var Kinds = []string{"model", "hashmap", "pebble"}

// New makes an empty state of a kind.
func New(t testing.TB, kind string) State {
	t.Helper()
	b := &backend{t: t, disk: fs.NewMemory()}
	switch kind {
	case "hashmap":
		b.start = heap.Open
	case "pebble":
		b.start = lsm.Open
	default:
		return model{aggregatetest.NewStore()}
	}
	b.open()
	t.Cleanup(func() { _ = b.backend.Close() })
	return b
}

type model struct{ store *aggregatetest.Store }

func (m model) Store() keyed.Store { return m.store }
func (m model) Restart()           {}

type backend struct {
	t       testing.TB
	disk    fs.FS
	start   func(keyed.Config) (keyed.Backend, error)
	backend keyed.Backend
	handles []keyed.Handle
	round   int64
}

func (b *backend) open() {
	b.t.Helper()
	grant, err := memory.NewManager(256<<20).Open("state", 0)
	if err != nil {
		b.t.Fatal(err)
	}
	b.backend, err = b.start(keyed.Config{
		Dir: b.t.TempDir(), FS: b.disk, Checkpoints: "/c", Owner: "v-0", Attempt: fmt.Sprint("a", b.round),
		Groups: keyed.GroupRange{To: 128}, MaxParallelism: 128, Memory: grant, Restore: b.handles,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *backend) Store() keyed.Store {
	b.t.Helper()
	s, err := b.backend.Store("operator")
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *backend) Restart() {
	b.t.Helper()
	b.round++
	up, err := b.backend.Snapshot(b.round)
	if err != nil {
		b.t.Fatal(err)
	}
	handle, err := up.Run(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	b.backend.Completed(b.round)
	if err := b.backend.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.handles = []keyed.Handle{handle}
	b.open()
}
