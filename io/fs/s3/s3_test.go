package s3

import (
	"bytes"
	"crypto/md5" //nolint:gosec // as in draft.go
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"math/rand/v2"
	"os"
	"path"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/io/fs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open finds the server that WEIR_S3_ENDPOINT names, and a folder of its own.
func open(t *testing.T) (*FS, string) {
	t.Helper()
	endpoint := os.Getenv("WEIR_S3_ENDPOINT")
	if endpoint == "" {
		t.Skip("WEIR_S3_ENDPOINT names no server: benchmarks/peers/s3/start.sh start")
	}
	v := option.Values{OptEndpoint.Key: endpoint, OptAccessKey.Key: "weir", OptSecretKey.Key: "weir-secret", OptPathStyle.Key: "true", OptRegion.Key: "us-east-1"}
	f, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	dir := fmt.Sprintf("s3://weir/test-%016x", rand.Uint64())
	t.Cleanup(func() {
		if err := errors.Join(f.RemoveAll(dir), f.DropDrafts(dir, "", nil)); err != nil {
			t.Error(err)
		}
		CloseIdle()
	})
	return f, dir
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFileSystem(t *testing.T) {
	f, dir := open(t)
	check(t, fs.WriteAtomic(f, path.Join(dir, "a/one"), []byte("uno"))) // the name has one slash now
	check(t, fs.WriteAtomic(f, dir+"/a/b/two", nil))
	check(t, f.Link(dir+"/a/one", dir+"/a/three"))
	if err := f.Link(dir+"/a/one", dir+"/a/b/two"); !errors.Is(err, iofs.ErrExist) {
		t.Errorf("a link over a name: %v", err)
	}
	list, err := f.List(dir + "/a")
	check(t, err)
	if len(list) != 3 || list[0].Name != "b" || !list[0].Dir || list[1].Name != "one" || list[1].Bytes != 3 || list[2].Name != "three" {
		t.Errorf("list: %v", list)
	}
	for name, dirs := range map[string]bool{dir: true, dir + "/a": true, dir + "/a/one": false} {
		if e, err := f.Stat(name); err != nil || e.Dir != dirs {
			t.Errorf("stat %s: %+v, %v", name, e, err)
		}
	}
	check(t, f.Rename(dir+"/a/three", dir+"/a/one"))
	if data, err := fs.ReadFile(f, dir+"/a/one"); string(data) != "uno" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := fs.ReadFile(f, dir+"/a/b/two"); len(data) != 0 || err != nil {
		t.Errorf("an empty file: %q, %v", data, err)
	}
	check(t, f.RemoveAll(dir+"/a"))
	check(t, f.RemoveAll(dir+"/a"))
	_, missing := f.Open(dir + "/a/one")
	_, unlisted := f.List(dir + "/a")
	_, unknown := f.Stat(dir + "/a")
	for _, err := range []error{missing, unlisted, unknown} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what is not there: %v", err)
		}
	}
}

func TestPutNew(t *testing.T) {
	f, dir := open(t)
	check(t, fs.WriteNew(f, dir+"/m", []byte("first")))
	check(t, fs.WriteNew(f, dir+"/m", []byte("first"))) // the same again: an answer that was lost
	if err := fs.WriteNew(f, dir+"/m", []byte("second")); !errors.Is(err, iofs.ErrExist) {
		t.Errorf("a name that is taken: %v", err)
	}
	if data, err := fs.ReadFile(f, dir+"/m"); string(data) != "first" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
}

// noise is bytes that tell their place.
func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return b
}

func TestDrafts(t *testing.T) {
	f, dir := open(t)
	data := noise(2*partBytes + 12345)
	write := func(name string, data []byte) fs.Drafted {
		t.Helper()
		d, err := f.Draft(dir + "/" + name)
		check(t, err)
		for at := 0; at < len(data); at += 1 << 20 {
			_, err := d.Write(data[at:min(at+1<<20, len(data))])
			check(t, err)
		}
		done, err := d.Finish()
		check(t, err)
		return done
	}
	big, small, empty, left := write("p=1/part-x-0", data), write("part-x-1", data[:10]), write("part-x-2", nil), write("p=1/part-x-3", data[:10])
	other := write("p=1/part-y-0", data[:10])
	if _, err := f.List(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("drafts are seen: %v", err)
	}
	check(t, f.DropDrafts(dir, "part-x-", []fs.Drafted{big, small, empty}))
	for _, d := range []fs.Drafted{big, small, empty, other} {
		for range 3 { // the server may know for a while that it was completed, or not
			if _, err := f.Publish(d); err != nil {
				t.Errorf("publish %s: %v", d.Name, err)
			}
		}
		d.Upload = other.Upload + "0" // no server knows it
		if _, err := f.Publish(d); err != nil {
			t.Errorf("%s, published long ago: %v", d.Name, err)
		}
	}
	if _, err := f.Publish(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a draft that was dropped: %v", err)
	}
	if got, err := fs.ReadFile(f, big.Name); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes of %d, %v", len(got), len(data), err)
	}
}

// TestSameTag compares with the ETag that S3 gives an object of two parts.
func TestSameTag(t *testing.T) {
	parts := []string{`"0cc175b9c0f1b6a831c399e269772661"`, "92eb5ffee6ae2fec3ad71c777531578f"} // MD5 of a and b
	for tag, want := range map[string]bool{
		`"96a28b2ee58b0e4ff1f60ac2d1d43f8a-2"`:                                              false,
		tagOf(t, "0cc175b9c0f1b6a831c399e26977266192eb5ffee6ae2fec3ad71c777531578f") + "-2": true,
		tagOf(t, "92eb5ffee6ae2fec3ad71c777531578f0cc175b9c0f1b6a831c399e269772661") + "-2": false,
		"opaque": true,
	} {
		if sameTag(tag, parts) != want {
			t.Errorf("%s: %v", tag, !want)
		}
	}
}

func tagOf(t *testing.T, sums string) string {
	t.Helper()
	b, err := hex.DecodeString(sums)
	check(t, err)
	return fmt.Sprintf("%x", md5.Sum(b)) //nolint:gosec // as in draft.go
}

// TestReader reads at random, with and without word of it before.
func TestReader(t *testing.T) {
	f, dir := open(t)
	data := noise(20<<20 + 777)
	w, err := f.Create(dir + "/data")
	check(t, err)
	_, err = w.Write(data)
	check(t, err)
	check(t, errors.Join(w.Sync(), w.Close()))
	in, err := f.Open(dir + "/data")
	check(t, err)
	defer in.Close()
	if in.Size() != int64(len(data)) {
		t.Fatalf("size %d", in.Size())
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		off := r.Int64N(in.Size())
		n := r.Int64N(min(6<<20, in.Size()-off) + 1)
		if r.IntN(2) == 0 {
			in.(*reader).ReadAhead(off, off+n)
		}
		b := make([]byte, n)
		if k, err := in.ReadAt(b, off); err != nil || !bytes.Equal(b[:k], data[off:off+n]) {
			t.Fatalf("%d bytes at %d: %d, %v", n, off, k, err)
		}
	}
	all, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
	if err != nil || !bytes.Equal(all, data) {
		t.Errorf("in sequence: %d bytes, %v", len(all), err)
	}
	// Another version under the same name is not mixed with the one that was opened.
	again, err := f.Open(dir + "/data")
	check(t, err)
	defer again.Close()
	check(t, f.Put(dir+"/data", data[:15<<20]))
	if _, err := again.ReadAt(make([]byte, 10), 0); err == nil {
		t.Error("a part of another version was read")
	}
}

func TestMerged(t *testing.T) {
	got := merged([]extent{{100 << 10, 200 << 10}, {0, 60 << 10}, {10 << 20, 11 << 20}, {11 << 20, 14 << 20}, {14 << 20, 15 << 20}})
	want := []extent{{0, 200 << 10}, {10 << 20, 14 << 20}, {14 << 20, 15 << 20}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
