package engine

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/graph"
	"github.com/weir-engine/weir/exec/job"
	"github.com/weir-engine/weir/exec/worker"
	"github.com/weir-engine/weir/io/connector"
)

// Config is what an engine is made with.
type Config struct {
	Memory   int64 // the promise in bytes; 0: DefaultMemory
	SpillDir string
	Slots    int // most subtasks of one vertex at a time, over all jobs; 0: any number
	// Defaults are what sessions begin with.
	Defaults option.Values
	Log      *slog.Logger
	Stdout   io.Writer // of print sinks; nil: the process's
	// Notice hears what a user should know while a statement runs, such as the
	// checkpoint that a job starts from; nil: nobody does.
	Notice func(text string)
	// Connectors besides the built-in ones.
	Connectors []connector.Factory
	// Functions besides the built-in ones. They are known to the whole process; all
	// processes of a cluster must bring the same.
	Functions []scalar.User
	// WrapSource stands between the engine and every source it reads; nil: nothing does.
	WrapSource func(connector.Source) connector.Source
}

// Engine is a job manager with sessions. Embedded, it is a whole cluster in one
// process: its task manager is called through the interface that otherwise a
// network carries (OpenJobManager). It is safe for concurrent use.
type Engine struct {
	config   Config
	spread   bool // tasks run in other processes
	memory   *memory.Manager
	registry *connector.Registry
	resolver *resolver
	jobs     *job.Manager
	tasks    *worker.Manager // nil: in other processes
	server   *worker.Server  // that they join; nil: the task manager is here
	store    *job.Directory  // nil: jobs end with this process
}

// newEngine has what is the same in all roles.
func newEngine(c Config) (*Engine, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Notice == nil {
		c.Notice = func(string) {}
	}
	if c.Memory == 0 {
		c.Memory = DefaultMemory()
	}
	e := &Engine{config: c}
	e.registry = connector.NewRegistry(append(builtin(c.Stdout), c.Connectors...)...)
	e.resolver = &resolver{connectors: e.registry}
	for _, f := range c.Functions {
		if err := scalar.Define(f); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Open starts an embedded engine: both roles in this process.
func Open(c Config) (*Engine, error) {
	e, err := newEngine(c)
	if err != nil {
		return nil, err
	}
	if e.memory, err = split(e.config.Memory); err != nil {
		return nil, err
	}
	e.jobs = job.NewManager(job.Config{Sources: e.source, Store: e.checkpointStore, Slots: c.Slots, Log: e.config.Log})
	e.tasks, err = worker.NewManager(worker.Config{
		Factory: e.operator, Backends: e.backend, Memory: e.memory, SpillDir: c.SpillDir,
		Env: environment, Log: e.config.Log, Jobs: e.jobs,
	})
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	e.jobs.Attach(e.tasks)
	return e, nil
}

// Close cancels all jobs and gives everything back. Jobs that are recorded go on
// with the next job manager.
func (e *Engine) Close() error {
	e.jobs.Suspend()
	if e.server != nil {
		e.server.Close()
		return e.closeStore()
	}
	return e.tasks.Close()
}

// Jobs is the engine's job manager.
func (e *Engine) Jobs() *job.Manager { return e.jobs }

// Memory is the engine's account of the one number.
func (e *Engine) Memory() *memory.Manager { return e.memory }

// Connectors is the registry of connectors.
func (e *Engine) Connectors() *connector.Registry { return e.registry }

// source makes the source of a scan for the job's enumerator; nil for literal rows.
func (e *Engine) source(spec *graph.OperatorSpec, j *graph.Job) (connector.Source, error) {
	if spec.Name != "TableSourceScan" {
		return nil, nil
	}
	return e.newSource(spec, j)
}

// environment is what expressions of a job may know.
func environment(j *graph.Job) *kernel.Env {
	return NewEnv(j.Config.Options)
}
