package rest

import (
	"context"
	"net/http"
	"os"
	"strings"

	"github.com/weir-engine/weir/exec/checkpoint"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/io/fs/s3"
)

// SavepointTrigger is the body of POST …/savepoints.
type SavepointTrigger struct {
	Directory string `json:"target-directory,omitempty"`
	Cancel    bool   `json:"cancel-job,omitempty"`
	Format    string `json:"formatType,omitempty" enum:"CANONICAL,NATIVE"`
	ID        string `json:"triggerId,omitempty"`
}

// StopTrigger is the body of POST …/stop.
type StopTrigger struct {
	Directory string `json:"targetDirectory,omitempty"`
	Drain     bool   `json:"drain,omitempty"`
	Format    string `json:"formatType,omitempty" enum:"CANONICAL,NATIVE"`
	ID        string `json:"triggerId,omitempty"`
}

// SavepointOutcome answers …/savepoints/:triggerid.
type SavepointOutcome struct {
	Status    State              `json:"status"`
	Operation *SavepointFinished `json:"operation"`
}

// SavepointFinished is where it lies, or why there is none.
type SavepointFinished struct {
	Location *string `json:"location,omitempty"`
	Failure  *Cause  `json:"failure-cause,omitempty"`
}

func (s *Server) triggerSavepoint(r *request) (*Triggered, error) {
	var body SavepointTrigger
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	end := (*job.Job).Savepoint
	if body.Cancel {
		end = (*job.Job).StopWithSavepoint
	}
	return s.savepoint(r, body.Directory, body.Format, body.ID, end)
}

func (s *Server) triggerStop(r *request) (*Triggered, error) {
	var body StopTrigger
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	end := (*job.Job).StopWithSavepoint
	if body.Drain {
		end = (*job.Job).Drain
	}
	return s.savepoint(r, body.Directory, body.Format, body.ID, end)
}

// taking takes a savepoint, and may end the job.
type taking func(j *job.Job, ctx context.Context, where string) (*checkpoint.Snapshot, error)

// savepoint starts one.
func (s *Server) savepoint(r *request, dir, format, id string, take taking) (*Triggered, error) {
	v, err := s.find(r)
	if err != nil {
		return nil, err
	}
	if format != "" && format != "CANONICAL" && format != "NATIVE" {
		return nil, badRequest("formatType takes CANONICAL or NATIVE, not %q; weir has one format.", format)
	}
	if err := v.takesCheckpoints(); err != nil {
		return nil, err
	}
	where, err := v.savepointPath(dir)
	if err != nil {
		return nil, err
	}
	return s.operations.start("savepoints of "+v.status.ID, id, func(ctx context.Context) (any, error) {
		if _, err := take(v.job, ctx, where); err != nil {
			return nil, err
		}
		return uri(where), nil
	})
}

// savepointPath is where a savepoint goes: into the folder asked for, or the job's own.
func (v *view) savepointPath(dir string) (string, error) {
	if dir == "" {
		dir = v.graph.Config.Options.Text(engine.OptSavepoints)
	}
	if dir == "" {
		return "", badRequest("Config key [%s] is not set. Property [target-directory] must be provided.", engine.OptSavepoints.Key)
	}
	dir, err := storedPath(dir)
	if err != nil {
		return "", err
	}
	where, err := engine.SavepointPath(dir, "savepoint-"+v.status.ID[:6]+"-"+newID()[:12], v.graph.Config.Options)
	if err != nil {
		return "", badRequest("target-directory %q: %v", dir, err)
	}
	if s3.Is(dir) {
		return where, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // before a job is stopped for it
		return "", badRequest("target-directory: %v", err)
	}
	return where, nil
}

// storedPath takes file: off a URI and leaves s3: on; other schemes are refused.
func storedPath(dir string) (string, error) {
	if s3.Is(dir) {
		return dir, nil
	}
	if scheme, rest, ok := strings.Cut(dir, ":"); ok && !strings.Contains(scheme, "/") {
		if scheme != "file" {
			return "", badRequest("Savepoints go to local folders and to s3://, not to %q.", dir)
		}
		dir = rest
		if strings.HasPrefix(rest, "//") {
			dir = rest[2:]
		}
	}
	if dir == "" || strings.ContainsRune(dir, 0) {
		return "", badRequest("%q is no folder.", dir)
	}
	return dir, nil
}

func (s *Server) savepointOutcome(r *request) (*SavepointOutcome, error) {
	op, err := s.operations.find("savepoints of "+r.PathValue("jobid"), r.PathValue("triggerid"))
	if err != nil {
		return nil, err
	}
	if !op.done {
		return &SavepointOutcome{Status: underWay}, nil
	}
	out := &SavepointFinished{Failure: causeOf(op.err)}
	if where, ok := op.outcome.(string); ok {
		out.Location = &where
	}
	return &SavepointOutcome{complete, out}, nil
}

// SavepointDisposal is the body of POST /savepoint-disposal.
type SavepointDisposal struct {
	Path string `json:"savepoint-path"`
}

// Outcome is how far an operation is that has nothing else to tell.
type Outcome struct {
	Status    State     `json:"status"`
	Operation *Finished `json:"operation"`
}

// Finished is empty where all went well.
type Finished struct {
	Failure *Cause `json:"failure-cause,omitempty"`
}

func (op *operation) bare() *Outcome {
	if !op.done {
		return &Outcome{Status: underWay}
	}
	return &Outcome{complete, &Finished{causeOf(op.err)}}
}

func (s *Server) disposeSavepoint(r *request) (*Triggered, error) {
	var body SavepointDisposal
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	path, err := storedPath(body.Path)
	if err != nil {
		return nil, err
	}
	if s.config.Dispose == nil {
		return nil, refuse(http.StatusNotImplemented, "This server cannot remove savepoints.")
	}
	return s.operations.start("savepoint disposal", "", func(context.Context) (any, error) { return nil, s.config.Dispose(path) })
}

func (s *Server) disposalOutcome(r *request) (*Outcome, error) {
	op, err := s.operations.find("savepoint disposal", r.PathValue("triggerid"))
	if err != nil {
		return nil, err
	}
	return op.bare(), nil
}
