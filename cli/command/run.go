package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/sql/ast"
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
With --target a running cluster runs it, and --detached leaves it there.
With --restore latest the same command goes on where a stopped or killed job was.`,
		Example: "  weir run job.sql --restore latest -D execution.checkpointing.interval=10s -D execution.checkpointing.dir=/data/checkpoints",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			sc, err := readScript(args[0], a.streams.In)
			if err != nil {
				return err
			}
			if f.detached && f.target.url == "" {
				return usage("--detached leaves a job in a cluster: it needs --target")
			}
			if f.detached {
				f.defines = append(f.defines, engine.OptDMLSync.Key+"=false")
			}
			return a.runJob(c.Context(), &f, sc)
		},
	}
	c.Flags().BoolVar(&f.detached, "detached", false, "with --target, do not wait for the job's end: print its id and leave it running")
	f.add(c)
	f.target.add(c)
	return c
}

// runJob gathers the INSERTs of a script and runs them as one job.
func (a *app) runJob(ctx context.Context, f *sessionFlags, sc script) (err error) {
	s, err := a.open(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return a.runInserts(ctx, f, s, sc)
}

// runInserts runs the INSERTs of a script as one job.
func (a *app) runInserts(ctx context.Context, f *sessionFlags, s runner, sc script) error {
	if err := s.Begin(ctx); err != nil {
		return stopped(ctx, err)
	}
	if err := sc.each(ctx, func(stmt ast.Statement, text string) error { return s.Gather(ctx, stmt, text) }); err != nil {
		return stopped(ctx, err)
	}
	start := time.Now()
	r, err := s.Run(ctx)
	if err != nil {
		return stopped(ctx, sc.place(err))
	}
	if f.detached {
		_, err := fmt.Fprintln(a.streams.Out, r.job)
		return errors.Join(err, r.close())
	}
	a.timing(r, 0, time.Since(start))
	return r.close()
}
