package command

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) runCommand() *cobra.Command {
	var f sessionFlags
	c := &cobra.Command{
		Use:   "run FILE.sql",
		Short: "Run all INSERTs of a file as one job",
		Long: `Run all INSERTs of a file, and what fills a CREATE TABLE … AS, as one job; a SELECT is an error.
A first Ctrl-C or SIGTERM stops it in order: with a last checkpoint where it takes any, and a
savepoint where execution.checkpointing.savepoint-dir is set. A second one ends it at once.
With --restore latest the same command goes on where a stopped or killed job was.`,
		Example: "  weir run job.sql --restore latest -D execution.checkpointing.interval=10s -D execution.checkpointing.dir=/data/checkpoints",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			sc, err := readScript(args[0], a.streams.In)
			if err != nil {
				return err
			}
			return a.runJob(c.Context(), &f, sc)
		},
	}
	f.add(c)
	return c
}

// runJob gathers the INSERTs of a script and runs them as one job.
func (a *app) runJob(ctx context.Context, f *sessionFlags, sc script) (err error) {
	e, s, err := a.open(f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return a.runInserts(ctx, s, sc)
}

// runSet runs the INSERTs of a script.
func (a *app) runSet(ctx context.Context, s *engine.Session, sc script, set *ast.StatementSet) error {
	start := time.Now()
	r, err := s.Execute(ctx, set)
	if err != nil {
		return stopped(ctx, sc.place(err))
	}
	a.timing(r, 0, time.Since(start))
	return r.Close()
}

// gather runs a statement that defines something, and keeps INSERTs for the job.
func gather(ctx context.Context, s *engine.Session, stmt ast.Statement, set *ast.StatementSet) error {
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
