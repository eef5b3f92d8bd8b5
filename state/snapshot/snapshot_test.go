package snapshot_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/state/keyed"
	"github.com/weir-engine/weir/state/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stored writes shared files and makes the manifest that names them.
func stored(t *testing.T, fsys fs.FS, dir string, id int64, names ...string) *snapshot.Manifest {
	t.Helper()
	m := &snapshot.Manifest{Checkpoint: id, Time: 1000 + id, Job: "j", Name: "orders", Body: []byte(`{"n":1}`)}
	check(t, fsys.MkdirAll(dir+"/shared"))
	for _, n := range names {
		p := keyed.SharedDir + "/" + n
		check(t, fs.WriteSynced(fsys, dir+"/"+p, []byte(n)))
		m.Files = append(m.Files, keyed.File{Path: p, Bytes: int64(len(n))})
	}
	check(t, fsys.SyncDir(dir+"/shared"))
	return m
}

func names(t *testing.T, fsys fs.FS, dir string) string {
	t.Helper()
	list, err := fsys.List(dir)
	check(t, err)
	var out []string
	for _, e := range list {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}

func TestRetentionKeepsWhatIsReachable(t *testing.T) {
	m := fs.NewMemory()
	s := snapshot.Root{FS: m, Dir: "/ckpt"}.Job("j", 2)
	check(t, s.Write(stored(t, m, s.Dir(), 1, "base", "run1")))
	check(t, s.Write(stored(t, m, s.Dir(), 2, "base", "run1", "run2")))
	pending := stored(t, m, s.Dir(), 99, "pending") // on its way to a manifest
	check(t, s.Write(stored(t, m, s.Dir(), 3, "base2", "run2")))
	if got := names(t, m, "/ckpt/j/shared"); got != "base base2 pending run1 run2" {
		t.Fatalf("after 3: %s", got)
	}
	check(t, s.Write(stored(t, m, s.Dir(), 4, "base2")))
	if got := names(t, m, "/ckpt/j/shared"); got != "base2 pending run2" {
		t.Fatalf("after 4: %s", got)
	}
	if got := names(t, m, "/ckpt/j"); got != "chk-3 chk-4 shared" {
		t.Fatalf("directory: %s", got)
	}
	_ = pending
	check(t, m.MkdirAll("/ckpt/j/chk-5"))
	check(t, s.Sweep())
	if got := names(t, m, "/ckpt/j/shared") + " | " + names(t, m, "/ckpt/j"); got != "base2 run2 | chk-3 chk-4 shared" {
		t.Fatalf("after Sweep: %s", got)
	}
	if err := s.Write(stored(t, m, s.Dir(), 4, "base2")); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second manifest of one number: %v", err)
	}
}

func TestLatestByName(t *testing.T) {
	m := fs.NewMemory()
	root := snapshot.Root{FS: m, Dir: "/ckpt"}
	if got, err := root.Latest("orders"); got != nil || err != nil {
		t.Fatalf("without a directory: %v %v", got, err)
	}
	for i, job := range []string{"a", "b", "c"} {
		s := root.Job(job, 1)
		x := stored(t, m, s.Dir(), int64(10-i), "f")
		x.Job = job
		if job == "b" {
			x.Name = "other"
		}
		check(t, s.Write(x))
	}
	check(t, m.MkdirAll("/ckpt/d/chk-77")) // never completed
	got, err := root.Latest("orders")
	check(t, err)
	if got.Job != "a" || got.Checkpoint != 10 || got.Base != "/ckpt/a" || string(got.Body) == "" {
		t.Errorf("%+v", got)
	}
}

// TestCrashAnywhere crashes the writing of a checkpoint after each step: the
// newest one is then the old or the new, whole.
func TestCrashAnywhere(t *testing.T) {
	for n := 0; ; n++ {
		m := fs.NewMemory()
		s := snapshot.Root{FS: m, Dir: "/ckpt"}.Job("j", 1)
		check(t, s.Write(stored(t, m, s.Dir(), 1, "one")))
		next := stored(t, m, s.Dir(), 2, "two")
		m.CrashAfter(n)
		err := s.Write(next)
		m.Restart()
		got, e := s.Latest()
		check(t, e)
		if err == nil && got.Checkpoint != 2 {
			t.Fatalf("crash after %d steps: written, yet the newest is %d", n, got.Checkpoint)
		}
		check(t, s.Sweep())
		after, e := s.Latest()
		check(t, e)
		if after.Checkpoint != got.Checkpoint {
			t.Fatalf("crash after %d steps: Sweep changed the newest to %d", n, after.Checkpoint)
		}
		if n > 30 {
			return
		}
	}
}

// TestAFailedWriteLeavesNoManifest: a rename may succeed and the sync behind it not.
func TestAFailedWriteLeavesNoManifest(t *testing.T) {
	full := errors.New("no space left")
	for _, where := range []string{"/ckpt/j/chk-2", "/ckpt/j"} {
		m := fs.NewMemory()
		s := snapshot.Root{FS: m, Dir: "/ckpt"}.Job("j", 1)
		check(t, s.Write(stored(t, m, s.Dir(), 1, "one")))
		next := stored(t, m, s.Dir(), 2, "two")
		m.Fail(func(op fs.Op, name string) error {
			if op == fs.OpSync && name == where {
				return full
			}
			return nil
		})
		if err := s.Write(next); !errors.Is(err, full) {
			t.Fatalf("sync of %s: %v", where, err)
		}
		m.Fail(nil)
		got, err := s.Latest()
		check(t, err)
		if got.Checkpoint != 1 {
			t.Errorf("sync of %s has failed, yet the newest checkpoint is %d", where, got.Checkpoint)
		}
	}
}

func TestSavepointIsSelfContained(t *testing.T) {
	m := fs.NewMemory()
	s := snapshot.Root{FS: m, Dir: "/ckpt"}.Job("j", 1)
	x := stored(t, m, s.Dir(), 7, "base", "run")
	check(t, s.WriteSavepoint("/save/sp1", x))
	check(t, s.Discard())
	check(t, m.Rename("/save/sp1", "/moved"))
	got, err := snapshot.Load(m, "/moved/manifest")
	check(t, err)
	if got.Base != "/moved" || !got.Savepoint || len(got.Files) != 2 {
		t.Errorf("%+v", got)
	}
	if err := s.WriteSavepoint("/moved", x); err == nil {
		t.Error("a savepoint must not be written over another")
	}
}

func TestDamageIsNamed(t *testing.T) {
	m := fs.NewMemory()
	s := snapshot.Root{FS: m, Dir: "/ckpt"}.Job("j", 1)
	check(t, s.Write(stored(t, m, s.Dir(), 1, "file")))
	name := "/ckpt/j/chk-1/manifest"
	good, err := fs.ReadFile(m, name)
	check(t, err)
	for at := range good {
		bad := append([]byte{}, good...)
		bad[at] ^= 1
		check(t, fs.WriteSynced(m, name, bad))
		if _, err := snapshot.Load(m, "/ckpt/j/chk-1"); err == nil || !strings.Contains(err.Error(), "manifest") {
			t.Fatalf("byte %d flipped: %v", at, err)
		}
	}
	check(t, fs.WriteSynced(m, name, good[:len(good)-1]))
	if _, err := s.Latest(); !errors.Is(err, snapshot.ErrDamaged) {
		t.Errorf("cut short: %v", err)
	}
	check(t, fs.WriteSynced(m, name, good))
	check(t, fs.WriteSynced(m, "/ckpt/j/shared/file", []byte("fil")))
	if _, err := s.Latest(); !errors.Is(err, snapshot.ErrDamaged) || !strings.Contains(err.Error(), "shared/file") {
		t.Errorf("a file cut short: %v", err)
	}
	check(t, m.Remove("/ckpt/j/shared/file"))
	if _, err := s.Latest(); !errors.Is(err, snapshot.ErrDamaged) || !strings.Contains(fmt.Sprint(err), "missing") {
		t.Errorf("a file missing: %v", err)
	}
}

func FuzzManifest(f *testing.F) {
	m := fs.NewMemory()
	s := snapshot.Root{FS: m, Dir: "/c"}.Job("j", 1)
	if err := s.Write(&snapshot.Manifest{Checkpoint: 1, Name: "n", Body: []byte("{}")}); err != nil {
		f.Fatal(err)
	}
	good, _ := fs.ReadFile(m, "/c/j/chk-1/manifest")
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := fs.WriteSynced(m, "/c/j/chk-1/manifest", data); err != nil {
			t.Fatal(err)
		}
		_, _ = snapshot.Load(m, "/c/j/chk-1")
	})
}
