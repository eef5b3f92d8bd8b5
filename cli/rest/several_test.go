package rest

import (
	"context"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

// TestSeveralProcesses watches a job whose tasks run on two task managers that
// have joined over the network.
func TestSeveralProcesses(t *testing.T) {
	dir := t.TempDir()
	e, err := engine.OpenJobManager(engine.JobManagerConfig{
		Config: engine.Config{Stdout: io.Discard, Defaults: option.Values{
			engine.OptDir.Key: filepath.Join(dir, "chk"), engine.OptInterval.Key: "100 ms", engine.OptParallelism.Key: "4",
			engine.OptDMLSync.Key: "false", engine.OptName.Key: "sample", engine.OptMode.Key: "streaming",
		}},
		Address: "127.0.0.1:0", Release: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	for _, id := range []string{"one", "two"} {
		w, err := engine.OpenTaskManager(engine.TaskManagerConfig{
			Config: engine.Config{Memory: 256 << 20, SpillDir: filepath.Join(dir, id), Stdout: io.Discard},
			ID:     id, JobManager: e.Address(), Listen: "127.0.0.1:0", Release: "test", Options: option.Values{engine.OptSlots.Key: "2"},
		})
		if err != nil {
			t.Fatal(err)
		}
		workers.Go(func() {
			if err := w.Run(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	s, err := e.NewSession(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{T: t, engine: e, session: s, server: NewServer(Config{Jobs: e.Jobs(), Version: "test"}), dir: dir}
	c.http = httptest.NewServer(c.server)
	t.Cleanup(func() {
		c.server.operations.close()
		c.http.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		workers.Wait()
	})
	c.eventually("two task managers", func() bool { return len(e.Jobs().Workers()) == 2 })
	j := c.running()
	id := vertexID(j.Graph().Vertices[1].ID)
	c.eventually("rows on all tasks", func() bool {
		var v VertexDetails
		c.want(200, "GET", "/jobs/"+j.ID()+"/vertices/"+id, "", &v)
		for _, s := range v.Subtasks {
			if s.Status != "RUNNING" || s.Metrics.ReadRecords == 0 || s.Metrics.ReadBytes == 0 {
				return false
			}
		}
		return len(v.Subtasks) == 4
	})
	var tms TaskManagers
	c.want(200, "GET", "/taskmanagers", "", &tms)
	for _, w := range tms.TaskManagers {
		if w.Slots != 2 || w.Free != 0 || w.Tasks != 4 || w.DataPort == 0 || w.Memory.Managed <= 0 || w.Memory.Process != -1 {
			t.Errorf("%+v", w)
		}
	}
	var vt VertexTaskManagers
	c.want(200, "GET", "/jobs/"+j.ID()+"/vertices/"+id+"/taskmanagers", "", &vt)
	if len(vt.TaskManagers) != 2 || vt.TaskManagers[0].ID != "one" || vt.TaskManagers[1].ID != "two" || !strings.HasPrefix(vt.TaskManagers[1].Endpoint, "127.0.0.1:") || vt.TaskManagers[1].Counts["RUNNING"] != 2 {
		t.Errorf("%+v", vt)
	}
	var o Overview
	c.want(200, "GET", "/overview", "", &o)
	if o.TaskManagers != 2 || o.Slots != 4 || o.Free != 0 || o.Running != 1 {
		t.Errorf("%+v", o)
	}
	c.want(501, "GET", "/taskmanagers/one/thread-dump", "", nil)
	h := j.History().Checkpoints
	var cp VertexCheckpoint
	c.want(200, "GET", "/jobs/"+j.ID()+"/checkpoints/details/"+itoa(int(h[len(h)-2].ID))+"/subtasks/"+id, "", &cp)
	if cp.Acknowledged != 4 || cp.StateSize == 0 {
		t.Errorf("%+v", cp)
	}
	if n, readings := c.scrape().sum("flink_taskmanager_job_task_operator_numRecordsIn", `tm_id="two"`); n == 0 || readings < 4 {
		t.Errorf("%g in %d readings", n, readings)
	}
}
