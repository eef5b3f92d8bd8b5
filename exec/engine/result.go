package engine

import (
	"context"
	"io"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
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
