package lsm_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/lsm"
)

// TestSmallRunsAreBounded: checkpoints of little change, however many, do not make
// manifests longer and longer.
func TestSmallRunsAreBounded(t *testing.T) {
	defer lsm.SetManyRuns(10)()
	b, c := open(t, 64<<20)
	s := values(t, b, 16)
	r := rand.New(rand.NewPCG(1, 2))
	put(t, s, r, 16, r.Perm(1000))
	var h keyed.Handle
	for n := range int64(60) {
		put(t, s, r, 16, []int{r.IntN(1000)})
		h = checkpoint(t, b, n+1)
		lsm.Wait(b)
		if len(h.Files) > 12 {
			t.Fatalf("checkpoint %d names %d files", n+1, len(h.Files))
		}
	}
	c.Dir, c.Restore, c.Attempt = t.TempDir(), []keyed.Handle{h}, "b"
	restored, err := lsm.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	again := values(t, restored, 16)
	var k keyed.Keys
	for i := range 1000 {
		k.Append(keyOf(i))
	}
	want, got := keyed.Rows{Width: 16}, keyed.Rows{Width: 16}
	if err := s.Get(&k, &want); err != nil {
		t.Fatal(err)
	}
	if err := again.Get(&k, &got); err != nil {
		t.Fatal(err)
	}
	if string(got.Bytes) != string(want.Bytes) {
		t.Error("the restored rows are others")
	}
}

// TestRunsWithoutCheckpointsAreBounded evicts again and again in a job that takes
// no checkpoint: what it once wrote must not fill the disk.
func TestRunsWithoutCheckpointsAreBounded(t *testing.T) {
	const rows, width = 4_000, 100
	b, c := open(t, 64<<20)
	s := values(t, b, width)
	r := rand.New(rand.NewPCG(1, 2))
	defer lsm.SetSmallState(64 << 10)()
	for range 15 {
		put(t, s, r, width, r.Perm(rows))
		if err := lsm.EvictAll(b); err != nil {
			t.Fatal(err)
		}
		lsm.Wait(b)
	}
	files, err := fs.Local{}.List(filepath.Join(c.Dir, "runs"))
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, f := range files {
		total += f.Bytes
	}
	if live := int64(rows * (9 + width)); total > 6*live {
		t.Errorf("%d bytes of runs for %d that are live", total, live)
	}
	h := checkpoint(t, b, 1)
	c.Dir, c.Restore, c.Attempt = t.TempDir(), []keyed.Handle{h}, "b"
	restored, err := lsm.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	var k keyed.Keys
	for i := range rows {
		k.Append(keyOf(i))
	}
	got := keyed.Rows{Width: width}
	if err := values(t, restored, width).Get(&k, &got); err != nil {
		t.Fatal(err)
	}
	for i, has := range got.Has {
		if !has {
			t.Fatalf("row %d is lost", i)
		}
	}
}

// TestGivenUpCheckpointsAreForgotten though their flushes run later: their files
// would be held for ever.
func TestGivenUpCheckpointsAreForgotten(t *testing.T) {
	defer lsm.SetManyRuns(0)()
	b, c := open(t, 64<<20)
	s := values(t, b, 16)
	r := rand.New(rand.NewPCG(1, 2))
	var h keyed.Handle
	for n := int64(1); n <= 40; n += 2 {
		put(t, s, r, 16, r.Perm(100))
		up, err := b.Snapshot(n)
		if err != nil {
			t.Fatal(err)
		}
		b.Aborted(n)
		if _, err := up.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		put(t, s, r, 16, r.Perm(100))
		h = checkpoint(t, b, n+1)
		lsm.Wait(b)
	}
	if n := lsm.Waiting(b); n > 0 {
		t.Errorf("%d checkpoints wait for their manifests", n)
	}
	files, err := os.ReadDir(filepath.Join(c.Checkpoints, keyed.SharedDir))
	if err != nil {
		t.Fatal(err)
	}
	// Nobody retires manifests here: what each has named stays.
	if most := 20*3 + len(h.Files); len(files) > most {
		t.Errorf("%d files are stored, %d at the most are named", len(files), most)
	}
}

// TestEvictionDoesNotWaitInVain: level 0 is deep, and nothing compacts it while all
// rows are in memory.
func TestEvictionDoesNotWaitInVain(t *testing.T) {
	b, _ := open(t, 64<<20)
	s := values(t, b, 16)
	r := rand.New(rand.NewPCG(1, 2))
	for n := range int64(16) {
		put(t, s, r, 16, r.Perm(1000))
		checkpoint(t, b, n+1)
	}
	put(t, s, r, 16, r.Perm(1000))
	began := time.Now()
	if err := lsm.EvictAll(b); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("eviction took %v", took)
	}
}

// TestCloseBehindABegunBase closes a backend of which the task ran the flush of a
// checkpoint, and so began a base, before its upload came to it.
func TestCloseBehindABegunBase(t *testing.T) {
	defer lsm.SetManyRuns(0)()
	m := memory.NewManager(64 << 20)
	grant, err := m.Open("state", 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := lsm.Open(keyed.Config{
		Dir: t.TempDir(), FS: fs.Local{}, Checkpoints: t.TempDir(), Owner: "v-0", Attempt: "a",
		Groups: keyed.GroupRange{To: 128}, MaxParallelism: 128, Memory: grant,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	put(t, values(t, b, 16), r, 16, r.Perm(1000))
	if _, err := b.Snapshot(1); err != nil {
		t.Fatal(err)
	}
	if err := lsm.EvictAll(b); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if m.Used() != 0 {
		t.Errorf("%d bytes are still granted", m.Used())
	}
}
