package engine

import (
	"context"
	"fmt"
	"os"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/worker"
)

// TaskManagerConfig is what a task manager of a cluster is made with.
type TaskManagerConfig struct {
	Config
	ID         string // empty: of host and process
	JobManager string // its address
	Listen     string // address of the channels between task managers; empty: any port of the loopback
	Release    string
	Options    option.Values // ClusterOptions
}

// TaskManager runs the tasks that a job manager gives it.
type TaskManager struct {
	tasks  *worker.Manager
	uplink *worker.Uplink
	data   string
}

// OpenTaskManager makes a task manager; Run joins the job manager.
func OpenTaskManager(c TaskManagerConfig) (*TaskManager, error) {
	if err := c.Options.Check("a task manager", ClusterOptions()); err != nil {
		return nil, err
	}
	options, err := readCluster(c.Options)
	if err != nil {
		return nil, err
	}
	slots, err := c.Options.Int(OptSlots)
	if err != nil {
		return nil, err
	}
	if slots < 1 {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be %d", OptSlots.Key, slots)
	}
	e, err := newEngine(c.Config)
	if err != nil {
		return nil, err
	}
	if e.memory, err = split(e.config.Memory); err != nil {
		return nil, err
	}
	t := &TaskManager{}
	t.uplink = worker.NewUplink(worker.UplinkConfig{
		Address: c.JobManager, Patience: options.registering, Secure: options.secure, Log: e.config.Log,
		Registration: worker.Registration{ID: nameOf(c.ID), Slots: int(slots), Memory: e.memory.Limit(), Release: c.Release, Token: options.token},
	})
	t.tasks, err = worker.NewManager(worker.Config{
		Factory: e.operator, Backends: e.backend, Memory: e.memory, Slots: int(slots), Listen: c.Listen, Secure: options.secure,
		SpillDir: c.SpillDir, Env: environment, Log: e.config.Log, Jobs: t.uplink,
	})
	if err != nil {
		return nil, fmt.Errorf("open task manager: %w", err)
	}
	if t.data, err = t.tasks.DataAddress(); err != nil {
		_ = t.tasks.Close() // the address is what went wrong
		return nil, err
	}
	return t, nil
}

// nameOf is an id that no other task manager has.
func nameOf(id string) string {
	if id != "" {
		return id
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// Address is where the channels of other task managers lead.
func (t *TaskManager) Address() string { return t.data }

// Run keeps the task manager joined until ctx is done. It returns when none of its
// tasks runs any more; an error says why it cannot join.
func (t *TaskManager) Run(ctx context.Context) error { return t.uplink.Run(ctx, t.tasks) }

// Close gives everything back, after Run.
func (t *TaskManager) Close() error { return t.tasks.Close() }
