package rest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/exec/job"
)

// outcome asks until an operation is over.
func (c *cluster) outcome(path string) (o struct {
	Status    State
	Operation struct {
		Location     string
		CheckpointID int64  `json:"checkpointId"`
		Failure      *Cause `json:"failure-cause"`
	}
},
) {
	c.Helper()
	c.eventually(path, func() bool {
		c.want(200, "GET", path, "", &o)
		return o.Status == complete
	})
	return o
}

func TestSavepoints(t *testing.T) {
	c := newCluster(t, nil)
	j := c.running()
	at := "/jobs/" + j.ID()
	var tr Triggered
	other := filepath.Join(c.dir, "other")
	c.want(202, "POST", at+"/savepoints", `{"target-directory":"file://`+other+`","cancel-job":false,"triggerId":null}`, &tr)
	o := c.outcome(at + "/savepoints/" + tr.ID)
	path, ok := strings.CutPrefix(o.Operation.Location, "file:")
	if !ok || filepath.Dir(path) != other || o.Operation.Failure != nil {
		t.Fatalf("%+v", o)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	var cp Checkpoints
	c.want(200, "GET", at+"/checkpoints", "", &cp)
	if s := cp.Latest.Savepoint; s == nil || s.Type != "SAVEPOINT" || *s.Path != o.Operation.Location || *s.Format != "NATIVE" {
		t.Fatalf("%+v", cp.Latest.Savepoint)
	}
	// The same trigger id again is the same operation, and no other.
	c.want(202, "POST", at+"/savepoints", `{"triggerId":"`+tr.ID+`"}`, &tr)
	if again := c.outcome(at + "/savepoints/" + tr.ID); again.Operation.Location != o.Operation.Location {
		t.Fatalf("%+v", again)
	}
	c.want(404, "GET", at+"/checkpoints/"+tr.ID, "", nil)
	c.want(404, "GET", "/jobs/"+newID()+"/savepoints/"+tr.ID, "", nil)

	c.want(202, "POST", at+"/checkpoints", ``, &tr)
	if o := c.outcome(at + "/checkpoints/" + tr.ID); o.Operation.CheckpointID == 0 {
		t.Fatalf("%+v", o)
	}
	c.want(202, "POST", at+"/stop", `{"targetDirectory":null,"drain":false,"formatType":"CANONICAL"}`, &tr)
	o = c.outcome(at + "/savepoints/" + tr.ID)
	if !strings.HasPrefix(o.Operation.Location, "file:"+filepath.Join(c.dir, "sp", "savepoint-"+j.ID()[:6])) {
		t.Fatalf("%+v", o)
	}
	<-j.Done()
	var st JobStatus
	c.want(200, "GET", at+"/status", "", &st)
	var res ExecutionResult
	c.want(200, "GET", at+"/execution-result", "", &res)
	if st.Status != "FINISHED" || res.Status != complete || res.Result.Application != "SUCCEEDED" {
		t.Fatalf("%+v %+v", st, res)
	}
	var f Failure
	c.want(409, "POST", at+"/savepoints", `{}`, &f)

	// Only savepoints are disposed of.
	dispose := func(where string) *Cause {
		c.want(202, "POST", "/savepoint-disposal", `{"savepoint-path":"`+where+`"}`, &tr)
		return c.outcome("/savepoint-disposal/" + tr.ID).Operation.Failure
	}
	if err := dispose(o.Operation.Location); err != nil {
		t.Errorf("%+v", err)
	}
	if err := dispose(filepath.Join(c.dir, "chk")); err == nil {
		t.Error("a folder of checkpoints was removed")
	}
	c.want(400, "POST", "/savepoint-disposal", `{"savepoint-path":"hdfs:/bucket"}`, nil)
	if _, err := os.Stat(strings.TrimPrefix(o.Operation.Location, "file:")); !os.IsNotExist(err) {
		t.Errorf("the savepoint is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "chk", j.ID())); err != nil {
		t.Errorf("checkpoints are gone: %v", err)
	}
}

// TestDrain ends a job whose only window would close in a day.
func TestDrain(t *testing.T) {
	c := newCluster(t, nil)
	j := c.run(strings.Replace(sampleJob, "INTERVAL '1' SECOND))", "INTERVAL '1' DAY))", 1))
	c.eventually("rows", func() bool {
		n, _ := c.scrape().sum("flink_taskmanager_job_task_numRecordsIn")
		return n > 100 && j.History().Counts.Completed > 0
	})
	at := "/jobs/" + j.ID()
	var tr Triggered
	c.want(202, "POST", at+"/stop", `{"drain":true}`, &tr)
	if o := c.outcome(at + "/savepoints/" + tr.ID); o.Operation.Location == "" {
		t.Fatalf("%+v", o)
	}
	<-j.Done()
	v := c.server.look(j)
	rows := int64(0)
	for _, task := range v.tasks[v.graph.Vertices[1].ID] {
		n, _ := sample(&task.Operators[len(task.Operators)-1], "numRecordsIn")
		rows += n
	}
	if rows < 10 || v.status.State != job.Finished {
		t.Errorf("%d rows at the sink, %s", rows, v.status.State)
	}
}

func TestCancel(t *testing.T) {
	c := newCluster(t, nil)
	j := c.running()
	c.want(400, "PATCH", "/jobs/"+j.ID()+"?mode=stop", "", nil)
	c.want(202, "PATCH", "/jobs/"+j.ID()+"?mode=cancel", "", nil)
	<-j.Done()
	var d JobDetails
	c.want(200, "GET", "/jobs/"+j.ID(), "", &d)
	if d.State != "CANCELED" || d.End < d.Start || d.Duration != d.End-d.Start || d.Timestamps["CANCELED"] != d.End || d.Timestamps["RUNNING"] == 0 {
		t.Fatalf("%+v", d)
	}
	for _, v := range d.Vertices {
		if v.Status != "CANCELED" || v.Tasks["CANCELED"] != 2 || v.End < v.Start {
			t.Errorf("%+v", v)
		}
	}
	c.want(202, "PATCH", "/jobs/"+j.ID(), "", nil) // it is what was asked for
	var o Overview
	c.want(200, "GET", "/v1/overview", "", &o)
	if o.Cancelled != 1 || o.Running != 0 || o.Slots != 16 || o.Free != 16 {
		t.Fatalf("%+v", o)
	}
	var tm TaskManagerDetails
	c.want(200, "GET", "/taskmanagers/local", "", &tm)
	if len(tm.Allocated) != 0 || tm.Memory.Process != 256<<20 || tm.Metrics.HeapUsed <= 0 {
		t.Fatalf("%+v", tm)
	}
}

func TestRescale(t *testing.T) {
	c := newCluster(t, nil)
	j := c.running()
	at := "/jobs/" + j.ID()
	c.want(400, "PATCH", at+"/rescaling", "", nil)
	c.want(400, "PATCH", at+"/rescaling?parallelism=129", "", nil)
	c.want(400, "PATCH", at+"/rescaling?parallelism=x", "", nil)
	var tr Triggered
	c.want(202, "PATCH", at+"/rescaling?parallelism=3", "", &tr)
	if o := c.outcome(at + "/rescaling/" + tr.ID); o.Operation.Failure != nil {
		t.Fatalf("%+v", o)
	}
	c.eventually("three subtasks", func() bool {
		var d JobDetails
		c.want(200, "GET", at, "", &d)
		return d.State == "RUNNING" && d.Vertices[0].Tasks["RUNNING"] == 3
	})
	var before Requirements
	c.want(200, "GET", at+"/resource-requirements", "", &before)
	body, uneven := "", ""
	for id, r := range before {
		if r.Parallelism.Upper != 3 {
			t.Fatalf("%+v", before)
		}
		body += `,"` + id + `":{"parallelism":{"lowerBound":1,"upperBound":1}}`
		uneven += `,"` + id + `":{"parallelism":{"lowerBound":1,"upperBound":` + itoa(1+len(uneven)) + `}}`
	}
	c.want(400, "PUT", at+"/resource-requirements", "{"+uneven[1:]+"}", nil)
	c.want(400, "PUT", at+"/resource-requirements", "{}", nil)
	c.want(200, "PUT", at+"/resource-requirements", "{"+body[1:]+"}", nil)
	c.eventually("one subtask", func() bool {
		var d JobDetails
		c.want(200, "GET", at, "", &d)
		return d.State == "RUNNING" && d.Vertices[0].Tasks["RUNNING"] == 1
	})
	var cp Checkpoints
	c.want(200, "GET", at+"/checkpoints", "", &cp)
	if cp.Counts.Restored != 2 || cp.Latest.Restored == nil {
		t.Fatalf("%+v", cp.Counts)
	}
}

func TestFailure(t *testing.T) {
	c := newCluster(t, nil)
	j := c.run(`
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.delay' = '1 ms';
CREATE TABLE z (id INT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '1000000', 'rows-per-second' = '100');
CREATE TABLE n (x INT) WITH ('connector' = 'blackhole');
INSERT INTO n SELECT 1 / (id - 5) FROM z;
`)
	<-j.Done()
	var e Exceptions
	c.want(200, "GET", "/jobs/"+j.ID()+"/exceptions", "", &e)
	if len(e.History.Entries) != 2 || e.History.Truncated {
		t.Fatalf("%+v", e)
	}
	x := e.History.Entries[0]
	if x.Name != "weir.SQLState22012" || !strings.Contains(x.Trace, "zero") || x.Task == nil || !strings.Contains(*x.Task, "/2)") || x.At < e.History.Entries[1].At || x.Manager == nil || *x.Manager != "local" {
		t.Fatalf("%+v", x)
	}
	c.want(200, "GET", "/jobs/"+j.ID()+"/exceptions?maxExceptions=1", "", &e)
	if len(e.History.Entries) != 1 || !e.History.Truncated {
		t.Fatalf("%+v", e)
	}
	var res ExecutionResult
	c.want(200, "GET", "/jobs/"+j.ID()+"/execution-result", "", &res)
	if res.Result.Application != "FAILED" || res.Result.Failure == nil || j.Status().State != job.Failed {
		t.Fatalf("%+v", res)
	}
	var m []Metric
	c.want(200, "GET", "/jobs/"+j.ID()+"/metrics?get=numRestarts,uptime", "", &m)
	if len(m) != 2 || *m[0].Value != "1" || *m[1].Value != "-1" {
		t.Fatalf("%+v", m)
	}
	c.want(409, "PATCH", "/jobs/"+j.ID(), "", nil)
}

func TestRefusals(t *testing.T) {
	c := newCluster(t, nil)
	j := c.run("CREATE TABLE d (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10'); CREATE TABLE n (x INT) WITH ('connector' = 'blackhole'); INSERT INTO n SELECT id FROM d;")
	at, unknown := "/jobs/"+j.ID(), newID()
	for _, x := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/nowhere", "", 404, "Not found: /nowhere"},
		{"GET", "/v2/overview", "", 404, "Not found"},
		{"POST", "/overview", "", 405, "only GET"},
		{"GET", "/jobs/abc", "", 400, "jobid"},
		{"GET", "/jobs/" + unknown, "", 404, "Job " + unknown + " not found"},
		{"PATCH", "/jobs/" + unknown, "", 404, "not found"},
		{"GET", at + "/vertices/" + unknown, "", 404, "No vertex"},
		{"GET", at + "/vertices/x", "", 400, "vertexid"},
		{"GET", at + "/checkpoints/details/999999", "", 404, "checkpoint 999999"},
		{"GET", at + "/checkpoints/details/x", "", 400, "checkpointid"},
		{"GET", at + "/savepoints/" + unknown, "", 404, "Operation not found"},
		{"POST", at + "/savepoints", "{", 400, "SavepointTrigger"},
		{"POST", at + "/savepoints", `{"formatType":"XML"}`, 400, "formatType"},
		{"POST", at + "/savepoints", `{"target-directory":"s3://x/y"}`, 400, "must both lie"},
		{"POST", at + "/savepoints", `{"target-directory":"hdfs://x/y"}`, 400, "local"},
		{"POST", at + "/savepoints", `{"triggerId":"x"}`, 400, "32 hex"},
		{"POST", at + "/savepoints", `{"surprise":1}`, 400, "surprise"},
		{"POST", at + "/savepoints", strings.Repeat(" ", bodyLimit+1), 413, "larger"},
		{"POST", at + "/checkpoints", `{"checkpointType":"FULL"}`, 400, "CONFIGURED"},
		{"GET", "/taskmanagers/nobody", "", 404, "nobody"},
		{"POST", "/jars/upload", "", 501, "SQL"},
		{"DELETE", "/cluster", "", 501, "outside"},
	} {
		var f Failure
		c.want(x.status, x.method, x.path, x.body, &f)
		if len(f.Errors) != 1 || !strings.Contains(f.Errors[0], x.says) {
			t.Errorf("%s %s says %q", x.method, x.path, f.Errors)
		}
	}
}
