package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
)

// bindInserts binds INSERTs that are to be one job.
func (s *Session) bindInserts(stmts []*ast.Insert) (sinks []*logical.Sink, streaming bool, err error) {
	bind := func(streaming bool) ([]*logical.Sink, error) {
		b := s.newBinder(streaming)
		var out []*logical.Sink
		for _, st := range stmts {
			n, err := b.Insert(st)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
		return out, nil
	}
	if sinks, err = bind(false); err != nil {
		return nil, false, err
	}
	for _, n := range sinks {
		one, err := s.streaming(n)
		if err != nil {
			return nil, false, err
		}
		streaming = streaming || one
	}
	if streaming {
		sinks, err = bind(true)
	}
	return sinks, streaming, err
}

// insert runs INSERTs as one job.
func (s *Session) insert(ctx context.Context, stmts []*ast.Insert) (*Result, error) {
	g, err := s.insertGraph(stmts)
	if err != nil {
		return nil, err
	}
	return s.run(ctx, g)
}

// Gather carries out a statement that defines something, and keeps in set what is to
// run as one job later: INSERTs, and what fills a CREATE TABLE … AS.
func (s *Session) Gather(ctx context.Context, stmt ast.Statement, set *ast.StatementSet) error {
	switch st := stmt.(type) {
	case *ast.Insert:
		set.Inserts = append(set.Inserts, st)
		return nil
	case *ast.StatementSet:
		set.Inserts = append(set.Inserts, st.Inserts...)
		return nil
	case *ast.CreateTable:
		fill, err := s.CreateTable(st)
		if fill != nil {
			set.Inserts = append(set.Inserts, fill)
		}
		return err
	case *ast.Query:
		return sqlerr.New(sqlerr.Syntax, st.Pos(), "a job cannot have a SELECT of its own").WithHint("INSERT its result into a table, or use weir sql")
	}
	r, err := s.Execute(ctx, stmt)
	if err != nil {
		return err
	}
	return r.Close()
}

// run runs a job that has no result, to its end unless table.dml-sync is off.
func (s *Session) run(ctx context.Context, g *graph.Job) (*Result, error) {
	j, err := s.submit(ctx, g, nil)
	if err != nil {
		return nil, err
	}
	r := &Result{Job: j}
	wait, err := s.options.Bool(OptDMLSync)
	if err != nil || !wait {
		return r, err
	}
	return r, s.engine.Await(ctx, j)
}

func (s *Session) insertGraph(stmts []*ast.Insert) (*graph.Job, error) {
	sinks, streaming, err := s.bindInserts(stmts)
	if err != nil {
		return nil, err
	}
	var roots []logical.Node
	for _, n := range sinks {
		roots = append(roots, n)
	}
	plans, err := s.plans(roots, streaming)
	if err != nil {
		return nil, err
	}
	return s.graph(plans, streaming)
}

// submit starts a job, from the checkpoint that the session names.
func (s *Session) submit(ctx context.Context, g *graph.Job, rows job.Results) (*job.Job, error) {
	options := job.Options{Results: rows}
	restore, err := s.restored(ctx, g)
	if err != nil {
		return nil, err
	}
	options.Restore = restore
	s.engine.jobs.Forget(g.ID) // an earlier run that this one continues
	return s.engine.jobs.Submit(g, options)
}

// Await waits for a job; when ctx ends first, the job is stopped in order.
func (e *Engine) Await(ctx context.Context, j *job.Job) error {
	select {
	case <-j.Done():
		return j.Err()
	case <-ctx.Done():
	}
	e.stop(context.WithoutCancel(ctx), j)
	return ctx.Err()
}

// StopJobs ends all jobs in order, as a first Ctrl-C does, and waits for them.
func (e *Engine) StopJobs(ctx context.Context) {
	var wg sync.WaitGroup
	for _, j := range e.jobs.Jobs() {
		select {
		case <-j.Done():
		default:
			wg.Go(func() { e.stop(ctx, j) })
		}
	}
	wg.Wait()
}

// stop ends a job behind a last checkpoint, which its sinks commit, where it
// takes checkpoints; another is cancelled.
func (e *Engine) stop(ctx context.Context, j *job.Job) {
	if j.Graph().Config.CheckpointInterval > 0 {
		s, err := j.StopWithSavepoint(ctx, "") // to no place of its own: the job's next checkpoint
		if err == nil {
			e.config.Notice(fmt.Sprintf("stopped behind checkpoint %d", s.Checkpoint))
			e.keepSavepoint(ctx, j.Graph(), s)
			return
		}
		e.config.Notice("stopped without a last checkpoint: " + err.Error())
	}
	j.Cancel()
	<-j.Done()
}
