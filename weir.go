package weir

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/io/connector"
)

// Config is what Open makes an engine with. The zero value is an engine with
// what `weir options` lists as defaults.
type Config struct {
	// Options are those of the session, by their keys, such as execution.runtime-mode.
	Options map[string]string
	// Memory is what the engine promises to stay within, in bytes; 0: the default.
	Memory int64
	// SpillDir is where what outgrows memory goes; empty: the system's temporary directory.
	SpillDir string
	// Stdout is where print tables write; nil: the process's.
	Stdout io.Writer
	// Functions and Connectors are known besides the built-in ones.
	Functions  []Function
	Connectors []connector.Factory
}

// Function is a scalar function that SQL can call: see RegisterFunction.
type Function = scalar.User

// Call is one evaluation of a Function over a batch.
type Call = kernel.Call

// RegisterFunction makes a scalar function known to all statements of this
// process that are planned from now on. A built-in function cannot be replaced.
func RegisterFunction(f Function) error { return scalar.Define(f) }

// DB is an engine in this process with one session: its tables, views and
// options. One goroutine uses it at a time; jobs run on goroutines of their own.
type DB struct {
	engine  *engine.Engine
	session *engine.Session
}

// Open starts an engine. Close ends it, with all jobs that still run.
func Open(c Config) (*DB, error) {
	e, err := engine.Open(engine.Config{
		Memory: c.Memory, SpillDir: c.SpillDir, Stdout: c.Stdout, Functions: c.Functions, Connectors: c.Connectors,
	})
	if err != nil {
		return nil, err
	}
	s, err := e.NewSession(option.Values(c.Options))
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return &DB{engine: e, session: s}, nil
}

// Exec runs the statements of a script one after the other; rows that queries
// among them give are dropped. An INSERT has run to its end when Exec returns,
// unless table.dml-sync is false. Errors are those that the command line shows,
// with code and place.
func (db *DB) Exec(ctx context.Context, script string) error {
	stmts, err := parser.ParseScript(script)
	if err != nil {
		return err
	}
	for _, stmt := range stmts {
		r, err := db.session.Execute(ctx, stmt)
		if err != nil {
			return err
		}
		if err := drain(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func drain(ctx context.Context, r *engine.Result) error {
	for {
		_, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return r.Close()
		}
		if err != nil {
			return errors.Join(err, r.Close())
		}
	}
}

// Query runs one statement and gives its rows as they come: of a streaming
// query that does not end, for ever, and with the kind of each change.
func (db *DB) Query(ctx context.Context, query string) (*Rows, error) {
	stmts, err := parser.ParseScript(query)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, fmt.Errorf("query: it has %d statements; Exec runs scripts", len(stmts))
	}
	r, err := db.session.Execute(ctx, stmts[0])
	if err != nil {
		return nil, err
	}
	return &Rows{ctx: ctx, result: r, row: -1}, nil
}

// Close ends all jobs and gives memory and files back.
func (db *DB) Close() error { return db.engine.Close() }
