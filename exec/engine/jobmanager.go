package engine

import (
	"context"
	"errors"
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
)

// JobManagerConfig is what the job manager of a cluster is made with. Memory and
// SpillDir of the Config are not its own business: it runs no tasks.
type JobManagerConfig struct {
	Config
	Address string        // where task managers join; a port of 0: any
	Release string        // of the program; task managers must have the same
	Options option.Values // ClusterOptions
}

// OpenJobManager starts an engine whose tasks run in the task managers that join
// it. Its sessions plan for several processes.
func OpenJobManager(c JobManagerConfig) (*Engine, error) {
	if err := c.Options.Check("a job manager", ClusterOptions()); err != nil {
		return nil, err
	}
	options, err := readCluster(c.Options)
	if err != nil {
		return nil, err
	}
	e, err := newEngine(c.Config)
	if err != nil {
		return nil, err
	}
	e.memory, e.spread = memory.NewManager(0), true
	config := job.Config{
		Sources: e.source, Store: e.checkpointStore, Log: e.config.Log,
		Resources: job.NewStandalone(options.slots), Leader: time.Now().UnixMilli(),
	}
	if options.storage != "" {
		if e.store, err = job.OpenDirectory(options.storage); err != nil {
			return nil, cannotLead(err, options.storage)
		}
		config.Records, config.Leader = e.store, e.store.Leader
	}
	e.jobs = job.NewManager(config)
	e.server, err = worker.Serve(worker.ServerConfig{
		Address: c.Address, Members: e.jobs, Release: c.Release, Token: options.token, Leader: config.Leader,
		Interval: options.interval, Timeout: options.timeout, Secure: options.secure, Log: e.config.Log,
	})
	if err != nil {
		return nil, errors.Join(err, e.closeStore())
	}
	if err := e.jobs.Resume(context.Background()); err != nil {
		e.config.Notice("a job cannot go on: " + err.Error())
	}
	return e, nil
}

func cannotLead(err error, dir string) error {
	hint := "'%s' names a folder that this process may write"
	if errors.Is(err, job.ErrLed) {
		hint = "one at a time leads the jobs of a '%s'"
	}
	return sqlerr.Wrap(sqlerr.ConnectorFailure, err, "jobs cannot be recorded in '%s'", dir).WithHint(hint, OptStorageDir.Key)
}

// closeStore gives the lead over recorded jobs up.
func (e *Engine) closeStore() error {
	if e.store == nil {
		return nil
	}
	return e.store.Close()
}

// Address is where task managers join; empty: this engine has its own in its process.
func (e *Engine) Address() string {
	if e.server == nil {
		return ""
	}
	return e.server.Addr()
}

// Recorded reports that jobs go on with the next job manager when this one ends.
func (e *Engine) Recorded() bool { return e.store != nil }
