package engine

import (
	"context"
	"errors"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
)

// CreateTable makes a table and moves no rows. fill is the INSERT that CREATE
// TABLE … AS stands for besides; nil where there is none, or where the table was
// there and IF NOT EXISTS leaves it alone.
func (s *Session) CreateTable(st *ast.CreateTable) (fill *ast.Insert, err error) {
	t, err := s.newBinder(true).CreateTable(st)
	if err != nil {
		return nil, err
	}
	if st.As != nil { // before a table that is replaced is hidden
		if fill, err = s.newBinder(true).InsertAs(st); err != nil {
			return nil, err
		}
	}
	made, err := s.catalog.Create(s.catalog.Resolve(st.Name.Strings()), catalog.Object{Table: t, Temporary: st.Temporary}, conflict(st.Mode, st.IfNotExists))
	if err != nil || !made {
		return nil, at(st.Name, err)
	}
	return fill, nil
}

// createTable makes a table and runs the job that fills it, if there is one. A
// query that cannot be planned leaves the catalog as it was; when the job fails,
// the table stays with what was committed, as in Flink.
func (s *Session) createTable(ctx context.Context, st *ast.CreateTable) (*Result, error) {
	undo := s.beforeTable(st)
	fill, err := s.CreateTable(st)
	if err != nil || fill == nil {
		return &Result{}, err
	}
	g, err := s.insertGraph([]*ast.Insert{fill})
	if err != nil {
		return nil, errors.Join(err, undo())
	}
	return s.run(ctx, g)
}

// beforeTable gives what makes the catalog again as it is now.
func (s *Session) beforeTable(st *ast.CreateTable) (undo func() error) {
	p := s.catalog.Resolve(st.Name.Strings())
	old, taken := s.catalog.Taken(p, st.Temporary)
	return func() error {
		if taken {
			_, err := s.catalog.Create(p, old, catalog.Replace)
			return err
		}
		return s.catalog.Drop(p, false, st.Temporary, true)
	}
}
