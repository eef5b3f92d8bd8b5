package command

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

// slotsPerCore is how many pipelines a core is dealt unless told otherwise: they
// take turns on it, and memory is granted as it is asked for.
const slotsPerCore = 8

func (a *app) clusterCommand() *cobra.Command {
	var f sessionFlags
	var r restFlags
	var l logFlags
	var slots int
	c := &cobra.Command{
		Use:   "cluster",
		Short: "Run a whole cluster in this process, with REST and a SQL gateway",
		Long: `Run a job manager and a task manager in this process. Clients reach it by REST: weir sql and
weir run with --target, weir job, and what was made for Flink, which has the same paths: GET /overview,
/jobs, /jobs/ID …, POST /v1/sessions … for SQL, GET /metrics for Prometheus; /openapi.json lists them.
It listens on loopback unless told otherwise. WEIR_REST_TOKEN, or rest.auth.token, is asked of every
request as its bearer token; security.ssl.rest.* turn TLS on.

A first Ctrl-C or SIGTERM stops all jobs in order, with a last checkpoint where they take any, a second
one ends at once.`,
		Example: `  weir cluster --memory 2GiB -D execution.checkpointing.dir=/data/checkpoints
  weir run job.sql --target http://127.0.0.1:8081 --detached
  weir job list
  WEIR_REST_TOKEN=… weir cluster --rest-address 0.0.0.0:8081 -D security.ssl.rest.enabled=true -D security.ssl.rest.keystore=weir.pem`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			log, err := a.logger(&l)
			if err != nil {
				return err
			}
			v, err := f.options()
			if err != nil {
				return err
			}
			if slots != 0 {
				v[engine.OptSlots.Key] = itoa(slots)
			}
			return a.runCluster(c.Context(), clusterConfig{options: v, rest: &r, engine: engine.Config{Log: log, Stdout: a.streams.Out, Notice: a.notice}})
		},
	}
	f.addCluster(c)
	c.Flags().StringVar(&f.memory, "memory", "", "the one memory number of the process, such as 512MiB (weir.memory.size); default: 60 % of the machine or cgroup")
	c.Flags().IntVar(&slots, "slots", 0, "the most subtasks of one operator at a time, over all jobs (taskmanager.numberOfTaskSlots); 0: eight a core")
	r.add(c)
	l.add(c)
	return c
}

type clusterConfig struct {
	options option.Values
	rest    *restFlags
	engine  engine.Config
}

// split deals the options: to the process, to REST, and to sessions as what they begin with.
func (c *clusterConfig) split() error {
	known := slices.Concat(rest.Options(), []*option.Definition{engine.OptSlots}, engine.Options())
	if err := c.options.Check("the cluster", known); err != nil {
		return err
	}
	size, err := c.options.Bytes(engine.OptMemory)
	if err != nil {
		return err
	}
	c.engine.Memory, c.engine.SpillDir = size, c.options.Text(engine.OptTempDir)
	if c.engine.Memory == 0 {
		c.engine.Memory = engine.DefaultMemory()
	}
	c.engine.Slots = slotsPerCore * runtime.GOMAXPROCS(0)
	if c.options.Has(engine.OptSlots) {
		n, err := c.options.Int(engine.OptSlots)
		if err != nil {
			return err
		}
		if n < 1 {
			return usage("a cluster needs at least one slot, not %d", n)
		}
		c.engine.Slots = int(n)
	}
	_, c.engine.Defaults = rest.Take(c.options)
	delete(c.engine.Defaults, engine.OptSlots.Key)
	return nil
}

// runCluster serves until ctx ends, or a client ends the cluster.
func (a *app) runCluster(ctx context.Context, c clusterConfig) (err error) {
	if err := c.split(); err != nil {
		return err
	}
	e, err := engine.Open(c.engine)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if _, err := e.NewSession(nil); err != nil { // a wrong default is told now, not to the first client
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	local := &rest.Local{Worker: "local", Memory: e.Memory(), Promise: c.engine.Memory}
	s, err := a.serve(c.rest, c.options, e, local, c.engine.Log, cancel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	err = s.until(ctx)
	e.StopJobs(context.WithoutCancel(ctx))
	return err
}
