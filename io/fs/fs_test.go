package fs_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/fs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBothBehaveAlike(t *testing.T) {
	systems := map[string]func(t *testing.T) (fs.FS, string){
		"local":  func(t *testing.T) (fs.FS, string) { return fs.Local{}, t.TempDir() },
		"memory": func(*testing.T) (fs.FS, string) { return fs.NewMemory(), "/disk" },
	}
	for name, open := range systems {
		t.Run(name, func(t *testing.T) {
			fsys, root := open(t)
			check(t, fsys.MkdirAll(root+"/a/b"))
			check(t, fs.WriteAtomic(fsys, root+"/a/one", []byte("1")))
			check(t, fs.WriteAtomic(fsys, root+"/a/one", []byte("uno")))
			check(t, fsys.Link(root+"/a/one", root+"/a/b/linked"))
			if err := fsys.Link(root+"/a/one", root+"/a/b/linked"); err == nil {
				t.Error("a link over a name must fail")
			}
			list, err := fsys.List(root + "/a")
			check(t, err)
			if got := fmt.Sprint(list[0].Name, list[1].Name, list[1].Bytes, list[1].Dir); got != "bone3 false" || len(list) != 2 {
				t.Errorf("list: %v", list)
			}
			check(t, fsys.Remove(root+"/a/one"))
			if data, err := fs.ReadFile(fsys, root+"/a/b/linked"); string(data) != "uno" || err != nil {
				t.Errorf("linked: %q %v", data, err)
			}
			if err := fsys.Remove(root + "/a"); err == nil {
				t.Error("a directory that is not empty must not be removed")
			}
			check(t, fsys.Rename(root+"/a", root+"/z"))
			if n, err := fs.Copy(fsys, root+"/z/b/linked", fsys, root+"/z/copy"); n != 3 || err != nil {
				t.Errorf("copy: %d %v", n, err)
			}
			check(t, fsys.RemoveAll(root+"/z"))
			check(t, fsys.RemoveAll(root+"/z"))
			for what, err := range map[string]error{"open": second(fsys.Open(root + "/z/copy")), "list": second(fsys.List(root + "/z")), "stat": second(fsys.Stat(root + "/z")), "create": second(fsys.Create(root + "/z/x"))} {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// TestCodes holds what a user is told of a file, where nobody says more.
func TestCodes(t *testing.T) {
	dir := t.TempDir()
	check(t, fs.WriteSynced(fs.Local{}, dir+"/file", nil))
	for what, c := range map[string]struct {
		err  error
		want sqlerr.Code
	}{
		"missing":             {second(fs.Local{}.Open(dir + "/none")), sqlerr.UndefinedFile},
		"folder in a file":    {fs.Local{}.MkdirAll(dir + "/file/sub"), sqlerr.ConnectorFailure},
		"folder as a file":    {second(fs.Local{}.Create(dir)), sqlerr.ConnectorFailure},
		"missing, in context": {fmt.Errorf("read manifest: %w", second(fs.Local{}.Stat(dir+"/none"))), sqlerr.UndefinedFile},
	} {
		if got := sqlerr.CodeOf(c.err); got != c.want || sqlerr.As(c.err) != nil {
			t.Errorf("%s: code %s of %v, want %s", what, got, c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCrash crashes WriteAtomic after each of its steps: the file always holds old or new.
func TestCrash(t *testing.T) {
	for n := 0; ; n++ {
		m := fs.NewMemory()
		check(t, m.MkdirAll("/d"))
		check(t, fs.WriteAtomic(m, "/d/f", []byte("old")))
		m.CrashAfter(n)
		err := fs.WriteAtomic(m, "/d/f", []byte("new"))
		m.Restart()
		data, readErr := fs.ReadFile(m, "/d/f")
		check(t, readErr)
		if err == nil {
			if n < 4 || string(data) != "new" {
				t.Fatalf("after %d steps without error: %q", n, data)
			}
			return
		}
		if !errors.Is(err, fs.ErrCrashed) || string(data) != "old" {
			t.Fatalf("crash after %d steps: %q, %v", n, data, err)
		}
	}
}

func TestUnsyncedIsLost(t *testing.T) {
	m := fs.NewMemory()
	check(t, m.MkdirAll("/d"))
	check(t, fs.WriteSynced(m, "/d/nameless", []byte("x")))
	w, err := m.Create("/d/short")
	check(t, err)
	_, err = w.Write([]byte("kept"))
	check(t, err)
	check(t, w.Sync())
	check(t, m.SyncDir("/d"))
	check(t, m.Remove("/d/nameless"))
	_, err = w.Write([]byte("lost"))
	check(t, err)
	m.Restart()
	if data, _ := fs.ReadFile(m, "/d/short"); string(data) != "kept" {
		t.Errorf("short holds %q", data)
	}
	if data, _ := fs.ReadFile(m, "/d/nameless"); string(data) != "x" {
		t.Errorf("an unsynced removal must come undone, got %q", data)
	}
	if _, err := w.Write(nil); !errors.Is(err, fs.ErrCrashed) {
		t.Errorf("a handle from before the crash must stay dead: %v", err)
	}
}

func TestFullDiskSaysSo(t *testing.T) {
	m := fs.NewMemory()
	m.SetCapacity(10)
	w, err := m.Create("/f")
	check(t, err)
	_, err = w.Write(make([]byte, 11))
	if e := sqlerr.As(err); e == nil || e.Code != sqlerr.DiskFull || e.Hint == "" {
		t.Errorf("want DiskFull with a hint, got %v", err)
	}
}

func TestErrorsNameFileOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "none")
	_, err := fs.Local{}.Open(name)
	if want := "open " + name + ": no such file or directory"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
