package engine

import (
	"context"
	"errors"
	"io"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/operator/sink"
)

// waitingRows is how many rows of a result wait for a client before the job is held back.
const waitingRows = 16 * stream.BatchRows

// bindQuery binds a query, for the mode that its sources and the session ask for.
func (s *Session) bindQuery(q *ast.Query) (root logical.Node, names []string, streaming bool, err error) {
	if root, names, err = s.newBinder(false).Query(q); err != nil {
		return nil, nil, false, err
	}
	if streaming, err = s.streaming(root); err != nil || !streaming {
		return root, names, streaming, err
	}
	root, names, err = s.newBinder(true).Query(q)
	return root, names, streaming, err
}

// query starts the job of a SELECT and returns its rows as they come.
func (s *Session) query(ctx context.Context, q *ast.Query) (*Result, error) {
	root, names, streaming, err := s.bindQuery(q)
	if err != nil {
		return nil, err
	}
	materialize, err := s.options.Bool(OptMaterial)
	if err != nil {
		return nil, err
	}
	if streaming && materialize {
		return s.materialize(ctx, root, names)
	}
	r, err := s.collect(ctx, root, names, streaming)
	if err != nil {
		return nil, err
	}
	r.Changelog = streaming
	return r, nil
}

// collect runs a plan whose rows the client takes.
func (s *Session) collect(ctx context.Context, root logical.Node, names []string, streaming bool) (*Result, error) {
	plans, err := s.plans([]logical.Node{root}, streaming)
	if err != nil {
		return nil, err
	}
	g, err := s.graph(plans, streaming)
	if err != nil {
		return nil, err
	}
	schema := g.Vertices[len(g.Vertices)-1].Schema()
	rows := sink.NewResults(schema, waitingRows)
	j, err := s.submit(ctx, g, rows)
	if err != nil {
		return nil, err
	}
	return &Result{
		Schema: named(schema, names), Env: NewEnv(s.options), Job: j, next: rows.Next,
		close: func() error {
			rows.Close()
			j.Cancel()
			err := j.Wait(context.WithoutCancel(ctx))
			s.engine.jobs.Forget(j.ID())
			if errors.Is(err, job.ErrCanceled) {
				return nil
			}
			return err
		},
	}, nil
}

// graph cuts plans into a job.
func (s *Session) graph(roots []*physical.Node, streaming bool) (*graph.Job, error) {
	config, err := s.jobConfig(streaming)
	if err != nil {
		return nil, err
	}
	id := newJobID()
	name := s.options.Text(OptName)
	if name == "" {
		name = "job-" + id[12:16]
	}
	return graph.Cut(id, name, roots, config)
}

// materialize runs a streaming query to the end of its input and gives the
// table that its changelog stands for, in the order of a top-level ORDER BY.
func (s *Session) materialize(ctx context.Context, root logical.Node, names []string) (*Result, error) {
	body, tail := splitOrder(root)
	r, err := s.collect(ctx, body, nil, true)
	if err != nil {
		return nil, err
	}
	fold := NewFold(r.Schema.Types())
	for {
		b, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		fold.Apply(b)
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	table, err := fold.Table(stream.BatchRows)
	if err != nil {
		return nil, err
	}
	if tail == nil {
		r.Schema, r.next, r.close = named(r.Schema, names), batches(table), nil
		return r, nil
	}
	return s.collect(ctx, tail(table), names, false)
}

// QueryColumns is the columns that a query gives.
func (s *Session) QueryColumns(q *ast.Query) (*types.Schema, error) {
	root, names, err := s.newBinder(true).Query(q)
	if err != nil {
		return nil, err
	}
	schema := &types.Schema{}
	for i, c := range root.Columns() {
		schema.Fields = append(schema.Fields, types.Field{Name: names[i], Type: c.Type, Time: c.Time})
	}
	return schema, nil
}
