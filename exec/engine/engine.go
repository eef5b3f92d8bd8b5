package engine

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/memory"
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
	Log      *slog.Logger
	Stdout   io.Writer // of print sinks; nil: the process's
	// Notice hears what a user should know while a statement runs, such as the
	// checkpoint that a job starts from; nil: nobody does.
	Notice func(text string)
	// Connectors besides the built-in ones.
	Connectors []connector.Factory
	// WrapSource stands between the engine and every source it reads; nil: nothing does.
	WrapSource func(connector.Source) connector.Source
}

// Engine is a whole cluster in one process: a JobManager and a TaskManager that
// talk through the interfaces a network would carry. It is safe for concurrent use.
type Engine struct {
	config   Config
	memory   *memory.Manager
	registry *connector.Registry
	resolver *resolver
	jobs     *job.Manager
	tasks    *worker.Manager
}

// Open starts an engine.
func Open(c Config) (*Engine, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Notice == nil {
		c.Notice = func(string) {}
	}
	if c.Memory == 0 {
		c.Memory = DefaultMemory()
	}
	pages, err := split(c.Memory)
	if err != nil {
		return nil, err
	}
	e := &Engine{config: c, memory: memory.NewManager(pages)}
	e.registry = connector.NewRegistry(append(builtin(c.Stdout), c.Connectors...)...)
	e.resolver = &resolver{connectors: e.registry}
	e.jobs = job.NewManager(job.Config{Sources: e.source, Store: e.checkpointStore, Slots: c.Slots, Log: c.Log})
	e.tasks, err = worker.NewManager(worker.Config{
		Factory: e.operator, Backends: e.backend, Memory: e.memory, SpillDir: c.SpillDir,
		Env: environment, Log: c.Log, Jobs: e.jobs,
	})
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	e.jobs.Attach(e.tasks)
	return e, nil
}

// Close cancels all jobs and gives everything back.
func (e *Engine) Close() error {
	e.jobs.Close()
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
	return newEnv(j.Config.Options)
}
