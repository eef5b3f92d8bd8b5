package rest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cluster is an engine with a server.
type cluster struct {
	*testing.T
	engine  *engine.Engine
	session *engine.Session
	server  *Server
	http    *httptest.Server
	dir     string
}

func newCluster(t *testing.T, change func(c *Config)) *cluster {
	t.Helper()
	e, err := engine.Open(engine.Config{Memory: 256 << 20, Slots: 16, SpillDir: t.TempDir(), Stdout: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := e.NewSession(option.Values{
		engine.OptDir.Key: filepath.Join(dir, "chk"), engine.OptSavepoints.Key: filepath.Join(dir, "sp"), engine.OptInterval.Key: "100 ms",
		engine.OptParallelism.Key: "2", engine.OptDMLSync.Key: "false", engine.OptName.Key: "sample", engine.OptMode.Key: "streaming", engine.OptRetained.Key: "2",
	})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Jobs: e.Jobs(), Version: "test", Options: option.Values{"rest.port": "8081", "rest.auth.token": "hidden"},
		Local: &Local{Worker: "local", Memory: e.Memory(), Promise: 256 << 20}, Dispose: engine.DisposeSavepoint,
	}
	if change != nil {
		change(&c)
	}
	cl := &cluster{T: t, engine: e, session: s, server: NewServer(c), dir: dir}
	cl.http = httptest.NewServer(cl.server)
	t.Cleanup(func() {
		cl.server.operations.close()
		cl.http.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return cl
}

// run runs statements; the job of the last one is returned.
func (c *cluster) run(sql string) *job.Job {
	c.Helper()
	split := parser.NewSplitter(sql)
	var j *job.Job
	for {
		piece, ok := split.Next()
		if !ok {
			return j
		}
		stmt, err := piece.Parse()
		if err == nil {
			var r *engine.Result
			if r, err = c.session.Execute(c.Context(), stmt); err == nil {
				j = r.Job
			}
		}
		if err != nil {
			c.Fatal(err)
		}
	}
}

// sample is the job that the samples were taken of.
const sampleJob = `
CREATE TABLE g (id INT, v INT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.min' = '0', 'fields.id.max' = '9');
CREATE TABLE b (w TIMESTAMP(3), id INT, s INT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO b SELECT window_start, id, SUM(v), COUNT(*) FROM TABLE(TUMBLE(TABLE g, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, id;
`

// running is the sample job with some checkpoints behind it.
func (c *cluster) running() *job.Job {
	c.Helper()
	j := c.run(sampleJob)
	c.eventually("two checkpoints", func() bool { return j.History().Counts.Completed >= 2 })
	return j
}

func (c *cluster) eventually(what string, holds func() bool) {
	c.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.Fatalf("waited in vain for %s", what)
		}
	}
}

// ask sends a request and reads the answer.
func (c *cluster) ask(method, path, body string) (status int, answer []byte) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, c.http.URL+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	return resp.StatusCode, answer
}

// want sends a request, wants a status, and decodes the answer.
func (c *cluster) want(status int, method, path, body string, into any) {
	c.Helper()
	got, answer := c.ask(method, path, body)
	if got != status {
		c.Fatalf("%s %s: %d, not %d: %s", method, path, got, status, answer)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		c.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
}
