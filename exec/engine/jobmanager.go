package engine

import (
	"time"

	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
)

// JobManagerConfig is what the job manager of a cluster is made with. Memory and
// SpillDir of the Config are not its own business: it runs no tasks.
type JobManagerConfig struct {
	Config
	Address string        // where task managers join; a port of 0: any
	Release string        // of the program; task managers must have the same
	Options option.Values // of the process (ClusterOptions), and defaults of sessions
}

// OpenJobManager starts an engine whose tasks run in the task managers that join
// it. Its sessions plan for several processes.
func OpenJobManager(c JobManagerConfig) (*Engine, error) {
	process, defaults, err := parts(c.Options)
	if err != nil {
		return nil, err
	}
	options, err := readCluster(process)
	if err != nil {
		return nil, err
	}
	e := newEngine(c.Config)
	e.memory, e.defaults, e.spread = memory.NewManager(0), defaults, true
	leader := time.Now().UnixMilli()
	e.jobs = job.NewManager(job.Config{
		Sources: e.source, Store: e.checkpointStore, Log: e.config.Log,
		Resources: job.NewStandalone(options.slots), Leader: leader,
	})
	e.server, err = worker.Serve(worker.ServerConfig{
		Address: c.Address, Members: e.jobs, Release: c.Release, Token: options.token, Leader: leader,
		Interval: options.interval, Timeout: options.timeout, Secure: options.secure, Log: e.config.Log,
	})
	if err != nil {
		e.jobs.Close()
		return nil, err
	}
	return e, nil
}

// Address is where task managers join; empty: this engine has its own in its process.
func (e *Engine) Address() string {
	if e.server == nil {
		return ""
	}
	return e.server.Addr()
}
