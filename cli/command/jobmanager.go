package command

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) jobManagerCommand() *cobra.Command {
	var f sessionFlags
	var r restFlags
	var l logFlags
	var address string
	c := &cobra.Command{
		Use:   "jobmanager [FILE.sql]",
		Short: "Run the job manager of a cluster; with a file, for its job alone",
		Long: `Run the process that plans jobs, deals their subtasks to task managers and takes their
checkpoints. It runs no tasks itself: start task managers beside it (weir taskmanager).
It listens on loopback unless told otherwise; weir.cluster.token and security.ssl.internal.*
say who may join. Clients reach it by REST, as a weir cluster: weir sql --target, weir job.

With high-availability.type=filesystem and a storageDir, jobs outlive the job manager: one that is
started again with the same folder goes on with them, from their latest checkpoints.

With a file all its INSERTs are one job, and the job manager ends when the job does. A first Ctrl-C
or SIGTERM stops that job in order, as weir run does.`,
		Example: `  weir jobmanager --rpc-address 127.0.0.1:6123 -D execution.checkpointing.dir=/data/checkpoints
  weir jobmanager -D high-availability.type=filesystem -D high-availability.storageDir=/data/jobs
  weir jobmanager job.sql --restore latest -p 4 -D execution.checkpointing.interval=10s -D execution.checkpointing.dir=/data/checkpoints`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			log, err := a.logger(&l)
			if err != nil {
				return err
			}
			return a.runJobManager(c.Context(), &f, &r, log, address, file)
		},
	}
	c.Flags().StringVar(&address, "rpc-address", "127.0.0.1:6123", "host:port where task managers join; port 0: any, printed")
	f.addCluster(c)
	r.add(c)
	l.add(c)
	return c
}

// runJobManager serves until ctx ends, or the job of a file.
func (a *app) runJobManager(ctx context.Context, f *sessionFlags, r *restFlags, log *slog.Logger, address, file string) (err error) {
	v, err := f.options()
	if err != nil {
		return err
	}
	_, others := rest.Take(v)
	e, err := engine.OpenJobManager(engine.JobManagerConfig{
		Config:  engine.Config{Stdout: a.streams.Out, Notice: a.notice, Log: log},
		Address: address, Release: a.version, Options: others,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	a.notice("job manager at " + e.Address())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := a.serve(r, v, e, nil, log, cancel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if file == "" {
		return s.until(ctx)
	}
	return a.leadFile(ctx, f, e, file)
}

// leadFile runs the INSERTs of a file as one job, or goes on with it.
func (a *app) leadFile(ctx context.Context, f *sessionFlags, e *engine.Engine, file string) error {
	for _, j := range e.Jobs().Jobs() { // recorded by an earlier life of this command
		a.notice("going on with job " + j.Graph().Name)
		return stopped(ctx, e.Await(ctx, j))
	}
	sc, err := readScript(file, a.streams.In)
	if err != nil {
		return err
	}
	s, err := e.NewSession(nil)
	if err != nil {
		return err
	}
	return a.runInserts(ctx, f, &local{session: s}, sc)
}
