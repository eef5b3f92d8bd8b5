package engine

import (
	"context"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/plan/binder"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// define runs the statements that make no job: they change or show the
// session's catalog and options.
func (s *Session) define(ctx context.Context, stmt ast.Statement) (*Result, error) {
	switch st := stmt.(type) {
	case *ast.CreateTable:
		return s.createTable(ctx, st)
	case *ast.CreateView:
		return &Result{}, s.createView(st)
	case *ast.CreateCatalog:
		return &Result{}, s.catalog.CreateCatalog(st.Name.Text, optionValues(st.Options), text(st.Comment), st.IfNotExists)
	case *ast.CreateDatabase:
		return &Result{}, s.catalog.CreateDatabase(st.Name.Strings(), optionValues(st.Options), text(st.Comment), st.IfNotExists)
	case *ast.Drop:
		return &Result{}, at(st, s.drop(st))
	case *ast.Alter:
		return &Result{}, at(st, s.alter(st))
	case *ast.Use:
		if st.Catalog {
			return &Result{}, at(st, s.catalog.UseCatalog(st.Name.Strings()[0]))
		}
		return &Result{}, at(st, s.catalog.UseDatabase(st.Name.Strings()))
	case *ast.Set:
		return s.setOption(st)
	case *ast.Reset:
		return &Result{}, at(st, s.reset(st))
	case *ast.Show:
		return s.show(st)
	case *ast.Describe:
		return s.describe(st)
	case *ast.StopJob:
		return s.stopJob(ctx, st)
	case *ast.Analyze:
		return s.countStatistics(ctx, st)
	}
	return nil, sqlerr.Unsupported(stmt.Pos(), statementName(stmt))
}

// statementName is what a statement that is not supported is called.
func statementName(stmt ast.Statement) string {
	if _, ok := stmt.(*ast.CreateFunction); ok {
		return "CREATE FUNCTION" // its class would be one of the JVM
	}
	return "this statement"
}

// at gives an error the place of the statement, unless it has one.
func at(n ast.Node, err error) error {
	if e := sqlerr.As(err); e != nil && !e.Pos.IsValid() {
		e.Pos = n.Pos()
	}
	return err
}

func text(l *ast.StringLit) string {
	if l == nil {
		return ""
	}
	return l.Value
}

func optionValues(opts []*ast.Option) option.Values {
	out := option.Values{}
	for _, o := range opts {
		out[o.Key.Value] = o.Value.Value
	}
	return out
}

func (s *Session) newBinder(streaming bool) *binder.Binder {
	return binder.New(s.catalog, &resolver{connectors: s.engine.registry, session: s.options}, binder.Options{Streaming: streaming, Zone: s.zoneName()})
}

// zoneName is the zone for the binder: empty means UTC, so the local zone goes by its name.
func (s *Session) zoneName() string {
	z, err := s.zone()
	if err != nil {
		return s.options.Text(OptZone) // the binder refuses it with a place
	}
	return z.String()
}

func conflict(mode ast.CreateMode, ifNotExists bool) catalog.Conflict {
	switch {
	case ifNotExists:
		return catalog.Keep
	case mode != ast.Create:
		return catalog.Replace
	}
	return catalog.Fail
}

func (s *Session) createView(st *ast.CreateView) error {
	v, err := s.newBinder(true).CreateView(st)
	if err != nil {
		return err
	}
	_, err = s.catalog.Create(s.catalog.Resolve(st.Name.Strings()), catalog.Object{View: v, Temporary: st.Temporary}, conflict(st.Mode, st.IfNotExists))
	return at(st.Name, err)
}

func (s *Session) drop(st *ast.Drop) error {
	switch st.Object {
	case ast.Table, ast.View:
		return s.catalog.Drop(s.catalog.Resolve(st.Name.Strings()), st.Object == ast.View, st.Temporary, st.IfExists)
	case ast.Catalog:
		return s.catalog.DropCatalog(st.Name.Strings()[0], st.IfExists)
	case ast.Database:
		return s.catalog.DropDatabase(st.Name.Strings(), st.IfExists, st.Cascade)
	}
	if st.IfExists {
		return nil // a session has no functions of its own
	}
	return sqlerr.New(sqlerr.UndefinedFunction, st.Name.Pos(), "function %s is not the session's to drop", strings.Join(st.Name.Strings(), "."))
}

func (s *Session) setOption(st *ast.Set) (*Result, error) {
	if st.Key != nil {
		return &Result{}, at(st, s.change(st.Key.Value, st.Value.Value))
	}
	r := newRows("key", "value")
	shown := s.options.Masked()
	for _, d := range Options() {
		if v := shown.Text(d); v != "" {
			r.add(d.Key, v)
		}
	}
	return r.result(), nil
}

func (s *Session) reset(st *ast.Reset) error {
	if st.Key == nil {
		s.options = s.initial.Clone()
		return nil
	}
	k := st.Key.Value
	if err := (option.Values{k: ""}).Check("the session", Options()); err != nil {
		return err
	}
	delete(s.options, k)
	if v, ok := s.initial[k]; ok {
		s.options[k] = v
	}
	return nil
}
