package command

import (
	"context"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// runner is where statements run: in this process, or in a cluster. What is
// printed of their answers is the same.
type runner interface {
	// Execute runs a statement, whose text is given too.
	Execute(ctx context.Context, stmt ast.Statement, text string) (*answer, error)

	// Between Begin and Run, Gather carries out what defines something and keeps
	// INSERTs; Run runs these as one job.
	Begin(ctx context.Context) error
	Gather(ctx context.Context, stmt ast.Statement, text string) error
	Run(ctx context.Context) (*answer, error)

	Names() []string // of tables and views
	Load() load      // of the jobs that run; any goroutine may ask
	Close() error
}

// answer is what a statement gave. One goroutine reads it, and closes it.
type answer struct {
	schema    *types.Schema // nil where the statement gives no rows
	changelog bool
	env       *kernel.Env
	text      string // an answer that is not a table
	job       string // that makes the rows, or that an INSERT has run; empty: none
	next      func(ctx context.Context) (*stream.Batch, error)
	close     func() error
}

// open begins to run statements where the flags say.
func (a *app) open(ctx context.Context, f *sessionFlags) (runner, error) {
	if f.target.url != "" {
		return a.openRemote(ctx, f)
	}
	return a.openLocal(f)
}

// errNoInsert is what running a file without an INSERT as a job ends with.
func errNoInsert() error {
	return sqlerr.Newf(sqlerr.Syntax, "there is no INSERT, and so no job to run")
}
