package command

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/option"
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
checkpoints. It runs no tasks itself: start task managers beside it (weir taskmanager). Clients reach
it as they do weir cluster: by REST, with --target, or through the SQL gateway.
It listens on loopback unless told otherwise; weir.cluster.token and security.ssl.internal.*
say which task managers may join.

With high-availability.type=filesystem and a storageDir, jobs outlive the job manager: one that is
started again with the same folder goes on with them, from their latest checkpoints. Else a first
Ctrl-C or SIGTERM stops all jobs in order, with a last checkpoint where they take any.

With a file all its INSERTs are one job, and the job manager ends when the job does, or stops it in
order as weir run does.`,
		Example: `  weir jobmanager --rpc-address 127.0.0.1:6123 --rest-address 127.0.0.1:8081 -D execution.checkpointing.dir=/data/checkpoints
  weir jobmanager -D high-availability.type=filesystem -D high-availability.storageDir=/data/jobs
  weir jobmanager job.sql --restore latest -p 4 -D execution.checkpointing.interval=10s -D execution.checkpointing.dir=/data/checkpoints`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			v, err := f.options()
			if err != nil {
				return err
			}
			if err := v.Check("a job manager", slices.Concat(rest.Options(), engine.ClusterOptions(), engine.Options())); err != nil {
				return err
			}
			log, err := a.logger(&l)
			if err != nil {
				return err
			}
			process, others := engine.Take(v)
			_, sessions := rest.Take(others)
			config := engine.JobManagerConfig{
				Config:  engine.Config{Defaults: sessions, Stdout: a.streams.Out, Notice: a.notice, Log: log},
				Address: address, Release: a.version, Options: process,
			}
			if len(args) > 0 {
				return a.leadFor(c.Context(), config, &r, v, &f, args[0])
			}
			return a.lead(c.Context(), config, &r, v)
		},
	}
	c.Flags().StringVar(&address, "rpc-address", "127.0.0.1:6123", "host:port where task managers join; port 0: any, printed")
	f.addCluster(c)
	r.add(c)
	l.add(c)
	return c
}

// lead serves until ctx ends, or a client ends the cluster.
func (a *app) lead(ctx context.Context, c engine.JobManagerConfig, r *restFlags, v option.Values) error {
	return a.leading(ctx, c, r, v, func(ctx context.Context, e *engine.Engine, s *serving) error {
		err := s.until(ctx)
		if !e.Recorded() {
			e.StopJobs(context.WithoutCancel(ctx))
		}
		return err
	})
}

// leadFor serves until the job of a file is over. One that was recorded by an
// earlier life of the command goes on.
func (a *app) leadFor(ctx context.Context, c engine.JobManagerConfig, r *restFlags, v option.Values, f *sessionFlags, file string) error {
	return a.leading(ctx, c, r, v, func(ctx context.Context, e *engine.Engine, _ *serving) error {
		for _, j := range e.Jobs().Jobs() {
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
	})
}

// leading is a job manager with REST while f runs.
func (a *app) leading(ctx context.Context, c engine.JobManagerConfig, r *restFlags, v option.Values, f func(context.Context, *engine.Engine, *serving) error) (err error) {
	e, err := engine.OpenJobManager(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if _, err := e.NewSession(nil); err != nil { // a wrong default is told now, not to the first client
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := a.serve(r, v, e, nil, c.Log, cancel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	c.Log.Info("the job manager takes task managers", "address", e.Address())
	return f(ctx, e, s)
}
