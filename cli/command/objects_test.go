package command

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/io/fs"
	"github.com/weir-engine/weir/io/fs/s3"
)

// objectStore is a folder of its own on the server that WEIR_S3_ENDPOINT names.
type objectStore struct {
	endpoint, dir string
	fs            *s3.FS
}

const (
	objectKey    = "weir"
	objectSecret = "weir-secret"
)

func openObjects(t *testing.T) *objectStore {
	t.Helper()
	o := &objectStore{endpoint: os.Getenv("WEIR_S3_ENDPOINT"), dir: fmt.Sprintf("s3://weir/job-%016x", rand.Uint64())}
	if o.endpoint == "" {
		t.Skip("WEIR_S3_ENDPOINT names no server: benchmarks/peers/s3/start.sh start")
	}
	var err error
	o.fs, err = s3.Open(option.Values{s3.OptEndpoint.Key: o.endpoint, s3.OptAccessKey.Key: objectKey, s3.OptSecretKey.Key: objectSecret, s3.OptPathStyle.Key: "true", s3.OptRegion.Key: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(o.fs.RemoveAll(o.dir), o.fs.DropDrafts(o.dir, "", nil)); err != nil {
			t.Error(err)
		}
		s3.CloseIdle()
	})
	return o
}

// options are the statements by which a session finds the store; none for nil.
func (o *objectStore) options() string {
	if o == nil {
		return ""
	}
	return fmt.Sprintf("SET 's3.endpoint' = '%s';\nSET 's3.access-key' = '%s';\nSET 's3.secret-key' = '%s';\nSET 's3.path.style.access' = 'true';\nSET 's3.region' = 'us-east-1';\n",
		o.endpoint, objectKey, objectSecret)
}

// checkEnd wants no upload left open, and no secret in a checkpoint.
func (o *objectStore) checkEnd(j *eventJob) {
	j.t.Helper()
	open, err := o.fs.Drafts(o.dir)
	if err != nil || len(open) > 0 {
		j.t.Errorf("uploads left open: %v, %v", open, err)
	}
	jobs, err := o.fs.List(o.dir + "/checkpoints")
	if err != nil || len(jobs) == 0 {
		j.t.Fatalf("checkpoints: %v, %v", jobs, err)
	}
	manifests := 0
	for _, job := range jobs {
		entries, err := o.fs.List(o.dir + "/checkpoints/" + job.Name)
		if err != nil {
			j.t.Fatal(err)
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name, "chk-") {
				continue
			}
			manifests++
			text, err := fs.ReadFile(o.fs, o.dir+"/checkpoints/"+job.Name+"/"+e.Name+"/manifest")
			if err != nil || strings.Contains(string(text), objectSecret) {
				j.t.Errorf("manifest of %s: %v, %d bytes", e.Name, err, len(text))
			}
		}
	}
	if manifests == 0 || manifests > 2 {
		j.t.Errorf("%d checkpoints are kept", manifests)
	}
}

// TestCrashOnObjects is TestCrash with checkpoints and files in an object store.
func TestCrashOnObjects(t *testing.T) {
	for i, backend := range []string{"pebble", "hashmap"} {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			n := min(kills(t), 6)
			seed := uint64(os.Getpid())
			t.Logf("seed %d", seed)
			j := &eventJob{t: t, dir: t.TempDir(), objects: openObjects(t), format: "parquet", backend: backend, events: 20_000 * (n + 2), rate: 50_000, checkpointing: true, partitioned: i == 1}
			crash(t, j, n, rand.New(rand.NewPCG(seed, uint64(i))))
		})
	}
}

// TestStopLeavesASavepointInObjects is TestStopLeavesASavepoint with all of it in an object store.
func TestStopLeavesASavepointInObjects(t *testing.T) {
	t.Parallel()
	o := openObjects(t)
	j := &eventJob{t: t, dir: t.TempDir(), objects: o, format: "parquet", backend: "pebble", events: 100_000, rate: 50_000, checkpointing: true}
	file := j.write(countQuery)
	c := newChild(t, nil, "run", file, "-D", "execution.checkpointing.savepoint-dir="+o.dir+"/savepoints/")
	c.start(t)
	eventually(t, "a committed file", func() bool { made, _ := o.fs.List(o.dir + "/counts"); return len(made) > 0 })
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code, killed := c.end(t); code != exitInterrupted {
		t.Fatalf("exit %d, signal %v\n%s", code, killed, c.stderr.String())
	}
	found, err := o.fs.List(o.dir + "/savepoints")
	if err != nil || len(found) != 1 {
		t.Fatalf("savepoints: %v, %v, stderr:\n%s", found, err, c.stderr.String())
	}
	savepoint := o.dir + "/savepoints/" + found[0].Name
	if !strings.Contains(c.stderr.String(), "savepoint "+savepoint) {
		t.Errorf("%s is not named:\n%s", savepoint, c.stderr.String())
	}
	if err := o.fs.RemoveAll(o.dir + "/checkpoints"); err != nil {
		t.Fatal(err)
	}
	must(t, "run", file, "--restore", savepoint)
	j.checkEnd()
}
