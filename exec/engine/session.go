package engine

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/implement"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// Session is one client's catalog and options. One goroutine uses it.
type Session struct {
	engine  *Engine
	catalog *catalog.Catalog
	options option.Values
	initial option.Values // what RESET goes back to
}

// NewSession starts a session with these options set.
func (e *Engine) NewSession(initial option.Values) (*Session, error) {
	all := e.config.Defaults.Clone()
	maps.Copy(all, initial)
	s := &Session{engine: e, catalog: catalog.New(), options: option.Values{}, initial: all}
	for k, v := range all {
		if err := s.set(k, v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Options is a copy of what the session has set.
func (s *Session) Options() option.Values { return s.options.Clone() }

// Names lists the tables and views of the current database.
func (s *Session) Names() []string {
	names, err := s.catalog.Tables(s.catalog.Current())
	if err != nil {
		return nil // the database has been dropped
	}
	return names
}

func (s *Session) set(key, value string) error {
	trial := option.Values{key: value}
	if err := trial.Check("the session", Options()); err != nil {
		return err
	}
	if err := checkValue(trial, key); err != nil {
		return err
	}
	s.options[key] = value
	return nil
}

// change is SET within a session: what the process was started with stays.
func (s *Session) change(key, value string) error {
	if key == OptMemory.Key || key == OptTempDir.Key {
		return sqlerr.Newf(sqlerr.InvalidOption, "option '%s' is the process's and cannot change while it runs", key).
			WithHint("give it at the start: -D %s=%s", key, value)
	}
	return s.set(key, value)
}

// checkValue reads a value once by its definition, so that a wrong one is refused at SET.
func checkValue(v option.Values, key string) (err error) {
	for _, d := range Options() {
		if d.Key != key && !slices.Contains(d.Aliases, key) {
			continue
		}
		switch d.Type {
		case "int":
			_, err = v.Int(d)
		case "boolean":
			_, err = v.Bool(d)
		case "duration":
			_, err = v.Duration(d)
		case "memory":
			_, err = v.Bytes(d)
		case "enum":
			_, err = v.Enum(d)
		}
		if d == OptDisabled {
			_, err = implement.ParseAlgorithms(v.Text(d))
		}
	}
	return err
}

// Execute runs one statement. For a query the result streams the rows of a job
// that is already running; an INSERT has run to its end unless table.dml-sync is off.
func (s *Session) Execute(ctx context.Context, stmt ast.Statement) (r *Result, err error) {
	defer s.guard(&err)
	switch st := stmt.(type) {
	case *ast.Query:
		return s.query(ctx, st)
	case *ast.Insert:
		return s.insert(ctx, []*ast.Insert{st})
	case *ast.StatementSet:
		return s.insert(ctx, st.Inserts)
	case *ast.Explain:
		return s.explain(ctx, st)
	}
	return s.define(ctx, stmt)
}

// parallelism is the session's default parallelism.
func (s *Session) parallelism() (int, error) {
	p, err := s.options.Int(OptParallelism)
	if err != nil {
		return 0, err
	}
	if p < 0 {
		return 0, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be %d", OptParallelism.Key, p)
	}
	if p == 0 {
		return s.engine.allCores(), nil
	}
	return int(p), nil
}

// allCores is the parallelism that uses everything: of a cluster, its slots.
func (e *Engine) allCores() int {
	if !e.spread {
		return runtime.GOMAXPROCS(0)
	}
	slots := 0
	for _, w := range e.jobs.Workers() {
		slots += w.Slots
	}
	return max(slots, 1)
}

// zone is the session's time zone.
func (s *Session) zone() (*time.Location, error) {
	name := s.options.Text(OptZone)
	if name == "default" || name == "" {
		return time.Local, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "unknown time zone '%s'", name).WithHint("such as UTC or Europe/Zurich")
	}
	return loc, nil
}

var jobSeq = make(chan int, 1)

func init() { jobSeq <- 1 }

// newJobID is unique among the jobs of this process and of earlier ones.
func newJobID() string {
	n := <-jobSeq
	jobSeq <- n + 1
	return fmt.Sprintf("%016x%016x", time.Now().UnixNano(), n)
}
