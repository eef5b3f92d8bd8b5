package engine

import (
	"context"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/job"
)

// Result is what a statement gives. One goroutine reads it, and closes it.
type Result struct {
	// Schema is the columns; nil where the statement gives no rows.
	Schema *types.Schema
	// Changelog: rows carry kinds other than +I.
	Changelog bool
	// Env turns values into text as the session wants it.
	Env *kernel.Env
	// Job is the job that makes the rows, or that an INSERT has run; nil for other statements.
	Job *job.Job
	// Text is a statement's answer that is not a table, such as a plan.
	Text string

	next  func(ctx context.Context) (*stream.Batch, error)
	close func() error
}

// Next is the next batch of rows; io.EOF behind the last. The batch stays valid.
func (r *Result) Next(ctx context.Context) (*stream.Batch, error) {
	if r.next == nil {
		return nil, io.EOF
	}
	return r.next(ctx)
}

// Close ends the job if it still runs.
func (r *Result) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// batches is a result whose rows are there already.
func batches(bs []*stream.Batch) func(context.Context) (*stream.Batch, error) {
	return func(context.Context) (*stream.Batch, error) {
		if len(bs) == 0 {
			return nil, io.EOF
		}
		b := bs[0]
		bs = bs[1:]
		return b, nil
	}
}

// textTable is a result of strings, for SHOW and DESCRIBE; a nil pointer is NULL.
func textTable(names []string, rows [][]string) *Result { return textCells(names, rows, false) }

// textCells is textTable where an empty cell may be NULL.
func textCells(names []string, rows [][]string, emptyIsNull bool) *Result {
	schema := &types.Schema{}
	cols := make([]*vector.Builder, len(names))
	for i, n := range names {
		schema.Fields = append(schema.Fields, types.Field{Name: n, Type: types.StringType})
		cols[i] = vector.NewBuilder(types.StringType)
	}
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" && emptyIsNull {
				cols[i].AppendNull()
				continue
			}
			cols[i].AppendBytes([]byte(cell))
		}
	}
	r := &Result{Schema: schema, Env: &kernel.Env{}}
	if len(rows) > 0 {
		b := &stream.Batch{Rows: len(rows)}
		for _, c := range cols {
			b.Cols = append(b.Cols, c.Finish())
		}
		r.next = batches([]*stream.Batch{b})
	}
	return r
}
