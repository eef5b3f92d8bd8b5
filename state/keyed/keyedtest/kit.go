package keyedtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"sync"
	"testing"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
)

// Kit says how to open the backend under test.
type Kit struct {
	Open   func(config keyed.Config) (keyed.Backend, error)
	Memory int64 // bytes for each backend; 0: plenty
	Rounds int   // checkpoints of the random test
}

// Cluster opens backends of one job over one checkpoint storage.
type Cluster struct {
	t       testing.TB
	kit     Kit
	FS      fs.FS
	Dir     string // of checkpoints, in FS
	From    string // that files of a restore are relative to; empty: Dir
	attempt int
}

// NewCluster makes storage for a job.
func NewCluster(t testing.TB, kit Kit, fsys fs.FS, dir string) *Cluster {
	return &Cluster{t: t, kit: kit, FS: fsys, Dir: dir}
}

// Opener begins an attempt: what World.Open takes, restoring from handles.
func (c *Cluster) Opener(restore []keyed.Handle) func(groups keyed.GroupRange, subtask int) keyed.Backend {
	c.attempt++
	return func(groups keyed.GroupRange, subtask int) keyed.Backend {
		c.t.Helper()
		b, err := c.kit.Open(c.Config(groups, subtask, restore))
		if err != nil {
			c.t.Fatal(err)
		}
		return b
	}
}

// Config is the configuration of one subtask.
func (c *Cluster) Config(groups keyed.GroupRange, subtask int, restore []keyed.Handle) keyed.Config {
	limit := c.kit.Memory
	if limit == 0 {
		limit = 1 << 30
	}
	grant, err := memory.NewManager(limit).Open("state", 0)
	if err != nil {
		c.t.Fatal(err)
	}
	return keyed.Config{
		Dir: c.t.TempDir(), FS: c.FS, Checkpoints: c.Dir, Owner: fmt.Sprintf("v1-%d", subtask), Attempt: fmt.Sprintf("a%d", c.attempt),
		Groups: groups, MaxParallelism: MaxParallelism, Memory: grant, Restore: touching(restore, groups), RestoreFrom: c.From,
	}
}

// touching is the handles that a subtask is given: those whose groups overlap its own.
func touching(handles []keyed.Handle, g keyed.GroupRange) (out []keyed.Handle) {
	for _, h := range handles {
		if h.Groups.From < g.To && g.From < h.Groups.To {
			out = append(out, h)
		}
	}
	return out
}

// Snapshot takes a checkpoint of all backends, running during while uploads are under way.
func (c *Cluster) Snapshot(w *World, checkpoint int64, during func()) []keyed.Handle {
	c.t.Helper()
	handles := make([]keyed.Handle, len(w.tasks))
	errs := make([]error, len(w.tasks))
	var wait sync.WaitGroup
	for i, b := range w.Backends() {
		up, err := b.Snapshot(checkpoint)
		if err != nil {
			c.t.Fatal(err)
		}
		wait.Go(func() { handles[i], errs[i] = up.Run(context.Background()) })
	}
	if during != nil {
		during()
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			c.t.Fatal(err)
		}
	}
	return handles
}

// Run runs the whole kit.
func Run(t *testing.T, kit Kit) {
	t.Run("value", func(t *testing.T) { testValue(t, kit) })
	t.Run("map", func(t *testing.T) { testMap(t, kit) })
	t.Run("timed", func(t *testing.T) { testTimed(t, kit) })
	t.Run("shape", func(t *testing.T) { testShape(t, kit) })
	t.Run("random", func(t *testing.T) { testRandom(t, kit) })
	t.Run("savepoint", func(t *testing.T) { testSavepoint(t, kit) })
	t.Run("close", func(t *testing.T) { testClose(t, kit) })
	t.Run("damage", func(t *testing.T) { testDamage(t, kit) })
}

func openOne(t *testing.T, kit Kit) keyed.Backend {
	c := NewCluster(t, kit, fs.NewMemory(), "/job")
	b := c.Opener(nil)(keyed.GroupRange{From: 0, To: MaxParallelism}, 0)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func stateOf[S any](t *testing.T) func(S, error) S {
	return func(s S, err error) S {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func testValue(t *testing.T, kit Kit) {
	b := openOne(t, kit)
	store := stateOf[keyed.Store](t)(b.Store("op"))
	s := stateOf[keyed.ValueState](t)(store.Value("v", 8))
	keys := encode([]string{"a", "b", "c", ""})
	got := keyed.Rows{Width: 8}
	if err := s.Get(keys, &got); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(got.Has, true) || string(got.Bytes) != string(make([]byte, 32)) {
		t.Fatalf("absent rows must be zeroes: %v %x", got.Has, got.Bytes)
	}
	got.Has = []bool{true, false, true, true}
	copy(got.Bytes, "AAAAAAAAzzzzzzzzCCCCCCCCEEEEEEEE")
	if err := s.Put(keys, []uint32{0, 1, 3}, &got); err != nil {
		t.Fatal(err)
	}
	after := keyed.Rows{Width: 8}
	if err := s.Get(keys, &after); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(after.Has) != "[true false false true]" || string(after.At(0)) != "AAAAAAAA" || string(after.At(3)) != "EEEEEEEE" {
		t.Fatalf("%v %q", after.Has, after.Bytes)
	}
	if got := b.Stats().Rows; got != 2 {
		t.Errorf("Stats counts %d rows, there are 2", got)
	}
}

func testMap(t *testing.T, kit Kit) {
	b := openOne(t, kit)
	store := stateOf[keyed.Store](t)(b.Store("op"))
	s := stateOf[keyed.MapState](t)(store.Map("m"))
	keys := encode([]string{"many", "few", "none"})
	var owner []uint32
	var subs, rows keyed.Rows
	const many = 5000
	perm := rand.New(rand.NewPCG(1, 2)).Perm(many)
	for _, i := range perm {
		owner = append(owner, 0)
		subs.Append(Uint64Key(uint64(i)))
		rows.Append(Uint64Key(uint64(i * i)))
	}
	owner = append(owner, 1, 1, 1)
	for _, sub := range []string{"x", "", "x"} {
		subs.Append([]byte(sub))
		rows.Append([]byte(sub + sub))
	}
	if err := s.Put(keys, owner, &subs, &rows); err != nil {
		t.Fatal(err)
	}
	for _, desc := range []bool{false, true} {
		var c keyed.Cursor
		var e keyed.Entries
		calls := 0
		for more := true; more; calls++ {
			var err error
			if more, err = s.ScanKeys(keys, []uint32{2, 0, 1}, desc, 0, &c, &e, 777); err != nil {
				t.Fatal(err)
			}
			if calls > many {
				t.Fatalf("no end: a list of %d entries counts against the max of a call", len(e.Owner))
			}
		}
		if len(e.Owner) != many+2 || e.Rows.N() != many+2 || e.Subs.N() != many+2 {
			t.Fatalf("%d entries, want %d", len(e.Owner), many+2)
		}
		for i := range many {
			want := uint64(i)
			if desc {
				want = uint64(many - 1 - i)
			}
			if string(e.Subs.At(i)) != string(Uint64Key(want)) || string(e.Rows.At(i)) != string(Uint64Key(want*want)) {
				t.Fatalf("desc %v: entry %d is %x", desc, i, e.Subs.At(i))
			}
		}
	}
	if err := s.Clear(keys, []uint32{0, 2}); err != nil {
		t.Fatal(err)
	}
	var got keyed.Rows
	if err := s.Get(keys, owner[many-1:], tail(&subs, many-1), &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.Has) != "[false true true true]" || string(got.At(1)) != "xx" {
		t.Fatalf("after Clear: %v", got.Has)
	}
}

func tail(rows *keyed.Rows, from int) *keyed.Rows {
	var out keyed.Rows
	for i := from; i < rows.N(); i++ {
		out.Append(rows.At(i))
	}
	return &out
}

func testTimed(t *testing.T, kit Kit) {
	b := openOne(t, kit)
	store := stateOf[keyed.Store](t)(b.Store("op"))
	s := stateOf[keyed.TimedState](t)(store.Timed("t", 8))
	timers := stateOf[keyed.TimedState](t)(store.Timed("timers", 0))
	keys := encode([]string{"a", "b", "c", "d"})
	times := []int64{30, -10, 30, 20}
	rows := keyed.Rows{Width: 8}
	for range 4 {
		rows.Append([]byte("12345678"))
	}
	if err := s.Put(times, keys, nil, &rows); err != nil {
		t.Fatal(err)
	}
	if err := timers.Put(times, keys, []uint32{1, 3}, nil); err != nil {
		t.Fatal(err)
	}
	wantTimes := func(s keyed.TimedState, from, to int64, want string) {
		t.Helper()
		got, err := s.Times(from, to, nil)
		if err != nil || fmt.Sprint(got) != want {
			t.Fatalf("times in [%d,%d): %v %v, want %s", from, to, got, err, want)
		}
	}
	wantTimes(s, -100, 100, "[-10 20 30]")
	wantTimes(s, -10, 30, "[-10 20]")
	wantTimes(timers, -100, 100, "[-10 20]")
	rows.Has[2] = false
	if err := s.Put(times, keys, []uint32{2}, &rows); err != nil {
		t.Fatal(err)
	}
	var e keyed.Entries
	if more, err := s.Scan(30, &keyed.Cursor{}, &e, 10); more || err != nil || e.Keys.N() != 1 || string(e.Keys.At(0)) != "a" {
		t.Fatalf("scan of 30: %v %v %d", more, err, e.Keys.N())
	}
	if err := s.Delete(20); err != nil {
		t.Fatal(err)
	}
	wantTimes(s, -100, 100, "[-10 30]")
	if err := s.Drop(30); err != nil {
		t.Fatal(err)
	}
	wantTimes(s, -100, 100, "[30]")
	if err := timers.Drop(100); err != nil {
		t.Fatal(err)
	}
	wantTimes(timers, -100, 100, "[]")
	got := keyed.Rows{Width: 8}
	if err := s.Get(times, keys, &got); err != nil || fmt.Sprint(got.Has) != "[true false false false]" {
		t.Fatalf("after Drop: %v %v", got.Has, err)
	}
}

func testShape(t *testing.T, kit Kit) {
	b := openOne(t, kit)
	store := stateOf[keyed.Store](t)(b.Store("op"))
	first := stateOf[keyed.ValueState](t)(store.Value("s", 8))
	if again := stateOf[keyed.ValueState](t)(store.Value("s", 8)); again != first {
		t.Error("the same name must give the same state")
	}
	if _, err := store.Value("s", 16); err == nil {
		t.Error("another width under the same name must be refused")
	}
	if _, err := store.Map("s"); err == nil {
		t.Error("another kind under the same name must be refused")
	}
}

// testRandom changes, checkpoints and restores at random.
func testRandom(t *testing.T, kit Kit) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	rounds := kit.Rounds
	if rounds == 0 {
		rounds = 25
	}
	w := NewWorld(t, r, 400)
	c := NewCluster(t, kit, fs.NewMemory(), "/job")
	w.Open(c.Opener(nil), 2)
	var last any // the model at the last completed checkpoint
	var lastHandles []keyed.Handle
	for n := int64(1); n <= int64(rounds); n++ {
		for range 1 + r.IntN(5) {
			w.Step(r.IntN(200))
		}
		then := w.Remember()
		handles := c.Snapshot(w, n, func() {
			for range r.IntN(6) {
				w.Step(r.IntN(300))
			}
		})
		if r.IntN(5) == 0 {
			for _, b := range w.Backends() {
				b.Aborted(n)
			}
		} else {
			for _, b := range w.Backends() {
				b.Completed(n)
			}
			last, lastHandles = then, handles
		}
		w.Check()
		if last != nil && r.IntN(2) == 0 {
			w.Close()
			w.Recall(last)
			w.Open(c.Opener(lastHandles), 1+r.IntN(4))
			w.Check()
		}
	}
	w.Close()
}

// testDamage flips one byte of every stored file in turn: a restore must say so.
func testDamage(t *testing.T, kit Kit) {
	c := NewCluster(t, kit, fs.NewMemory(), "/job")
	w := NewWorld(t, rand.New(rand.NewPCG(1, 2)), 100)
	w.Open(c.Opener(nil), 1)
	w.Step(100)
	handles := c.Snapshot(w, 1, nil)
	w.Close()
	for _, f := range handles[0].Files {
		name := path.Join(c.Dir, f.Path)
		data, err := fs.ReadFile(c.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{len(data) / 3, len(data) - 1} {
			bad := slices.Clone(data)
			bad[at] ^= 0x40
			if err := fs.WriteSynced(c.FS, name, bad); err != nil {
				t.Fatal(err)
			}
			config := c.Config(keyed.GroupRange{From: 0, To: MaxParallelism}, 0, handles)
			b, err := c.kit.Open(config)
			if err == nil {
				b.Close()
				t.Errorf("%s with byte %d of %d flipped was restored", f.Path, at, len(data))
			}
		}
		if err := fs.WriteSynced(c.FS, name, data); err != nil {
			t.Fatal(err)
		}
	}
}

// testClose closes a backend while an upload runs, and runs one after Close.
func testClose(t *testing.T, kit Kit) {
	for range 5 {
		c := NewCluster(t, kit, fs.NewMemory(), "/job")
		w := NewWorld(t, rand.New(rand.NewPCG(1, 2)), 300)
		w.Open(c.Opener(nil), 1)
		w.Step(300)
		b := w.Backends()[0]
		first := stateOf[keyed.Upload](t)(b.Snapshot(1))
		second := stateOf[keyed.Upload](t)(b.Snapshot(2))
		done := make(chan struct{})
		go func() {
			_, _ = first.Run(context.Background()) // with an error or without: it comes to an end
			close(done)
		}()
		w.Close()
		<-done
		if _, err := second.Run(context.Background()); !errors.Is(err, keyed.ErrClosed) {
			t.Errorf("an upload behind Close gave %v", err)
		}
		second.Discard()
	}
}

// testSavepoint restores another job from copied files, which then go: the job's
// own checkpoints must not need them.
func testSavepoint(t *testing.T, kit Kit) {
	disk := fs.NewMemory()
	c := NewCluster(t, kit, disk, "/job")
	w := NewWorld(t, rand.New(rand.NewPCG(3, 4)), 200)
	w.Open(c.Opener(nil), 2)
	w.Step(200)
	c.Snapshot(w, 1, nil)
	w.Step(100)
	handles := c.Snapshot(w, 2, nil)
	w.Close()
	if err := disk.MkdirAll("/save/" + keyed.SharedDir); err != nil {
		t.Fatal(err)
	}
	for _, h := range handles {
		for _, f := range h.Files {
			if _, err := fs.Copy(disk, path.Join("/job", f.Path), disk, path.Join("/save", f.Path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := disk.RemoveAll("/job"); err != nil {
		t.Fatal(err)
	}
	other := NewCluster(t, kit, disk, "/other")
	other.From = "/save"
	w.Open(other.Opener(handles), 3)
	w.Check()
	w.Step(50)
	handles = other.Snapshot(w, 1, nil)
	w.Close()
	if err := disk.RemoveAll("/save"); err != nil {
		t.Fatal(err)
	}
	other.From = ""
	w.Open(other.Opener(handles), 1)
	w.Check()
	w.Close()
}
