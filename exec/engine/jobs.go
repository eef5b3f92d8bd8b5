package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/job"
)

// showJobs lists the jobs of the engine, the newest last.
func (s *Session) showJobs() *Result {
	var all []job.Status
	for _, j := range s.engine.jobs.Jobs() {
		all = append(all, j.Status())
	}
	slices.SortFunc(all, func(a, b job.Status) int {
		if a.Started != b.Started {
			return int(a.Started - b.Started)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return s.jobRows(all)
}

func (s *Session) jobRows(list []job.Status) *Result {
	r := newRows("job id", "job name", "status", "start time TIME")
	for _, j := range list {
		r.add(j.ID, j.Name, string(j.State), j.Started)
	}
	out := r.result()
	out.Env = NewEnv(s.options)
	return out
}

func (s *Session) job(id *ast.StringLit) (*job.Job, error) {
	j := s.engine.jobs.Job(id.Value)
	if j == nil {
		return nil, sqlerr.New(sqlerr.UndefinedObject, id.Pos(), "there is no job '%s'", id.Value).WithHint("SHOW JOBS lists them")
	}
	return j, nil
}

func (s *Session) describeJob(st *ast.Describe) (*Result, error) {
	j, err := s.job(st.ID)
	if err != nil {
		return nil, err
	}
	return s.jobRows([]job.Status{j.Status()}), nil
}

// stopJob is STOP JOB: without a savepoint the job is cancelled, as in Flink.
func (s *Session) stopJob(ctx context.Context, st *ast.StopJob) (*Result, error) {
	j, err := s.job(st.ID)
	if err != nil {
		return nil, err
	}
	if !st.Savepoint {
		if st.Drain {
			return nil, sqlerr.New(sqlerr.Syntax, st.Pos(), "WITH DRAIN needs WITH SAVEPOINT")
		}
		j.Cancel()
		return &Result{}, nil
	}
	dir := s.options.Text(OptSavepoints)
	if dir == "" {
		return nil, sqlerr.New(sqlerr.InvalidOption, st.Pos(), "WITH SAVEPOINT needs '%s'", OptSavepoints.Key)
	}
	where, err := SavepointPath(dir, fmt.Sprintf("savepoint-%s-%d", j.ID(), time.Now().UnixMilli()), s.options)
	if err != nil {
		return nil, err
	}
	stop := j.StopWithSavepoint
	if st.Drain {
		stop = j.Drain
	}
	if _, err := stop(ctx, where); err != nil {
		return nil, fmt.Errorf("stop job %s: %w", j.ID(), err)
	}
	r := newRows("savepoint path")
	r.add(where)
	return r.result(), nil
}
