package command

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

func (a *app) taskManagerCommand() *cobra.Command {
	var jobManager, data, memory, id, spill string
	var slots int
	var l logFlags
	var defines []string
	c := &cobra.Command{
		Use:   "taskmanager",
		Short: "Run a task manager of a cluster",
		Long: `Run the process that runs the subtasks of jobs. It joins a job manager and offers it slots, each a
share of its memory, and joins again when the connection is lost. Rows go between task managers
directly: their channels listen on loopback unless --data-address says otherwise.
Tables, checkpoints and savepoints must be at the same paths for all processes of a cluster.`,
		Example: `  weir taskmanager --jobmanager 127.0.0.1:6123 --slots 2 --memory 2GiB
  weir taskmanager --jobmanager 10.0.0.1:6123 --data-address 10.0.0.2:6122 --slots 8 -D weir.cluster.token=…`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			v, err := defined(defines)
			if err != nil {
				return err
			}
			if slots != 0 {
				v[engine.OptSlots.Key] = itoa(slots)
			}
			log, err := a.logger(&l)
			if err != nil {
				return err
			}
			size, err := option.Values{engine.OptMemory.Key: memory}.Bytes(engine.OptMemory)
			if err != nil {
				return err
			}
			return runTaskManager(c.Context(), engine.TaskManagerConfig{
				Config: engine.Config{Memory: size, SpillDir: spill, Stdout: a.streams.Out, Log: log},
				ID:     id, JobManager: jobManager, Listen: data, Release: a.version, Options: v,
			})
		},
	}
	l.add(c)
	fs := c.Flags()
	fs.StringVar(&jobManager, "jobmanager", "127.0.0.1:6123", "host:port of the job manager (its --rpc-address)")
	fs.StringVar(&data, "data-address", "127.0.0.1:0", "host:port of this process's channels, where the other task managers reach it; port 0: any")
	fs.IntVar(&slots, "slots", 0, "the most subtasks of one operator at a time (taskmanager.numberOfTaskSlots)")
	fs.StringVar(&memory, "memory", "", "the one memory number of the process, dealt to the slots; default: 60 % of the machine or cgroup")
	fs.StringVar(&spill, "spill-dir", "", "folder for spilled data; default: the system's temporary folder")
	fs.StringVar(&id, "id", "", "name of this task manager; default: of host and process")
	fs.StringArrayVarP(&defines, "define", "D", nil, "any option of a task manager: -D key=value")
	return c
}

// runTaskManager serves until ctx ends.
func runTaskManager(ctx context.Context, c engine.TaskManagerConfig) error {
	t, err := engine.OpenTaskManager(c)
	if err != nil {
		return err
	}
	c.Log.Info("the task manager has its channels", "address", t.Address(), "job manager", c.JobManager)
	return errors.Join(t.Run(ctx), t.Close())
}
