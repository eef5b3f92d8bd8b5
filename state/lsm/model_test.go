package lsm_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/keyed/keyedtest"
	"github.com/weir-engine/weir/state/lsm"
)

// TestModel interleaves, at random: changes, evictions (between every two
// barriers), barriers, uploads that run late, fail or are discarded, aborts,
// bases, crashes and restores at other parallelisms. At every completed checkpoint and after every
// restore all of the state is compared with maps.
func TestModel(t *testing.T) {
	defer lsm.SetSmallState(64 << 10)()
	until := time.Now().Add(6 * time.Second)
	if testing.Short() {
		until = time.Now().Add(time.Second)
	}
	worlds, restores, bases, aborts := 0, 0, 0, 0
	// A slow machine, or the race detector, may play one world in the time there
	// is: go on until everything has come up.
	for time.Now().Before(until) || worlds < 100 && (restores == 0 || bases == 0 || aborts == 0) {
		seed := rand.Uint64()
		m := &modelRun{t: t, r: rand.New(rand.NewPCG(seed, 1))}
		t.Logf("seed %d", seed) // shown when the test fails
		m.run()
		worlds++
		restores += m.restores
		bases += m.bases
		aborts += m.aborts
	}
	t.Logf("%d worlds, %d restores, %d aborts, %d checkpoints with a base", worlds, restores, aborts, bases)
	if restores == 0 || bases == 0 || aborts == 0 {
		t.Errorf("the model test did not come to everything: %d restores, %d bases, %d aborts", restores, bases, aborts)
	}
}

type modelRun struct {
	t       *testing.T
	r       *rand.Rand
	world   *keyedtest.World
	cluster *keyedtest.Cluster
	next    int64
	last    any // the model at the last completed checkpoint
	handles []keyed.Handle

	restores, bases, aborts int
}

func (m *modelRun) run() {
	memory := []int64{0, 2 << 20, 4 << 20}[m.r.IntN(3)]
	m.world = keyedtest.NewWorld(m.t, m.r, 20+m.r.IntN(300))
	m.cluster = keyedtest.NewCluster(m.t, keyedtest.Kit{Open: lsm.Open, Memory: memory}, fs.NewMemory(), "/job")
	m.world.Open(m.cluster.Opener(nil), 1+m.r.IntN(3))
	for range 12 {
		m.change()
		switch m.r.IntN(6) {
		case 0:
			m.checkpoint(true)
		case 1:
			m.crash()
		default:
			m.checkpoint(false)
		}
	}
	m.world.Close()
}

// change steps, with evictions in between.
func (m *modelRun) change() {
	for range 1 + m.r.IntN(4) {
		m.world.Step(m.r.IntN(120))
		m.evict()
	}
}

func (m *modelRun) evict() {
	for _, b := range m.world.Backends() {
		var err error
		switch m.r.IntN(3) {
		case 0:
			err = lsm.EvictAll(b)
		case 1:
			err = lsm.EvictSome(b)
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

// checkpoint takes one; aborted ones lose some of their uploads on the way.
func (m *modelRun) checkpoint(abort bool) {
	m.next++
	then := m.world.Remember()
	backends := m.world.Backends()
	handles := make([]keyed.Handle, len(backends))
	errs := make([]error, len(backends))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wait sync.WaitGroup
	for i, b := range backends {
		up, err := b.Snapshot(m.next)
		if err != nil {
			m.t.Fatal(err)
		}
		late := time.Duration(m.r.IntN(4)) * time.Millisecond
		if abort && m.r.IntN(3) == 0 {
			up.Discard()
			continue
		}
		wait.Go(func() {
			time.Sleep(late)
			handles[i], errs[i] = up.Run(ctx)
		})
		if abort && m.r.IntN(2) == 0 {
			cancel()
		}
	}
	m.change()
	wait.Wait()
	if abort {
		m.aborts++
		for _, b := range backends {
			b.Aborted(m.next)
		}
		m.world.Check()
		return
	}
	for i, b := range backends {
		if errs[i] != nil {
			m.t.Fatal(errs[i])
		}
		b.Completed(m.next)
		if lsm.Bases(b) > 0 {
			m.bases++
		}
	}
	m.last, m.handles = then, handles
	m.world.Check()
}

// crash starts again from the last completed checkpoint, at any parallelism.
func (m *modelRun) crash() {
	if m.last == nil {
		return
	}
	m.restores++
	m.world.Close()
	m.world.Recall(m.last)
	m.world.Open(m.cluster.Opener(m.handles), 1+m.r.IntN(4))
	m.world.Check()
}
