package plantest

import (
	"errors"
	"fmt"

	"github.com/weir-engine/weir/core/catalog"
	_ "github.com/weir-engine/weir/core/function/aggregate" // functions that queries name
	_ "github.com/weir-engine/weir/core/function/ranking"
	_ "github.com/weir-engine/weir/core/function/scalar"
	"github.com/weir-engine/weir/core/plan/binder"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
)

// ErrPending is of a statement whose functions are not declared in this build.
var ErrPending = errors.New("the statement uses a function that is not there")

// Session binds statements.
type Session struct {
	Streaming bool
	cat       *catalog.Catalog
	world     world
}

// New is a session without tables.
func New() *Session { return &Session{cat: catalog.New(), world: world{}} }

func (s *Session) binder() *binder.Binder {
	return binder.New(s.cat, s.world, binder.Options{Streaming: s.Streaming, Zone: "UTC"})
}

// Define runs CREATE TABLE and CREATE VIEW statements.
func (s *Session) Define(text string) error {
	stmts, err := parser.ParseScript(text)
	if err != nil {
		return err
	}
	for _, stmt := range stmts {
		if err := s.create(stmt); err != nil {
			return pending(err)
		}
	}
	return nil
}

func (s *Session) create(stmt ast.Statement) error {
	var o catalog.Object
	var name *ast.Name
	var err error
	switch stmt := stmt.(type) {
	case *ast.CreateTable:
		name = stmt.Name
		o.Table, err = s.binder().CreateTable(stmt)
	case *ast.CreateView:
		name = stmt.Name
		o.View, err = s.binder().CreateView(stmt)
	default:
		return fmt.Errorf("%T defines nothing", stmt)
	}
	if err != nil {
		return err
	}
	_, err = s.cat.Create(s.cat.Resolve(name.Strings()), o, catalog.Fail)
	return err
}

// Bind is the logical plan of a query or an INSERT, as the binder makes it.
func (s *Session) Bind(text string) (logical.Node, error) {
	stmt, err := parser.ParseStatement(text)
	if err != nil {
		return nil, err
	}
	switch stmt := stmt.(type) {
	case *ast.Query:
		root, _, err := s.binder().Query(stmt)
		return root, pending(err)
	case *ast.Insert:
		root, err := s.binder().Insert(stmt)
		return root, pending(err)
	}
	return nil, fmt.Errorf("%T has no plan", stmt)
}

func pending(err error) error {
	if e := sqlerr.As(err); e != nil && (e.Code == sqlerr.UndefinedFunction || e.Code == sqlerr.UndefinedTable) {
		return fmt.Errorf("%w: %w", ErrPending, err)
	}
	return err
}
