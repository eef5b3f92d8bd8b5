package engine

import (
	"maps"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

func (s *Session) alter(st *ast.Alter) error {
	switch st.Object {
	case ast.Catalog:
		return s.catalog.AlterCatalog(st.Name.Last().Text, func(c *catalog.Info) {
			if comment, ok := st.Action.(*ast.SetComment); ok {
				c.Comment = comment.Comment.Value
				return
			}
			changeOptions(c.Options, st.Action)
		})
	case ast.Database:
		return s.catalog.AlterDatabase(st.Name.Strings(), optionValues(st.Action.(*ast.SetOptions).Options))
	case ast.View:
		return s.alterView(st)
	}
	return s.alterTable(st)
}

// changeOptions applies SET (…) or RESET (…).
func changeOptions(v option.Values, a ast.AlterAction) {
	switch a := a.(type) {
	case *ast.SetOptions:
		maps.Copy(v, optionValues(a.Options))
	case *ast.ResetOptions:
		for _, k := range a.Keys {
			delete(v, k.Value)
		}
	}
}

func (s *Session) alterTable(st *ast.Alter) error {
	p := s.catalog.Resolve(st.Name.Strings())
	o, err := s.catalog.Lookup(p)
	switch {
	case err != nil && st.IfExists:
		return nil
	case err != nil:
		return at(st.Name, err)
	case o.Table == nil:
		return sqlerr.New(sqlerr.UndefinedTable, st.Name.Pos(), "`%s` is a view", p.Object).WithHint("ALTER VIEW")
	}
	switch a := st.Action.(type) {
	case *ast.Rename:
		return s.catalog.Rename(p, s.catalog.Resolve(a.To.Strings()))
	case *ast.SetOptions, *ast.ResetOptions:
		o.Table, err = s.withOptions(o.Table, st.Action)
	default:
		o.Table, err = s.newBinder(true).AlterTable(p, o, st.Action)
	}
	if err != nil {
		return err
	}
	return s.catalog.Put(p, o)
}

// withOptions is a table with other options; those are refused that the
// connector would refuse at CREATE TABLE.
func (s *Session) withOptions(t *catalog.Table, a ast.AlterAction) (*catalog.Table, error) {
	changed := *t
	changed.Options, changed.Statistics = t.Options.Clone(), nil // they may name other data
	changeOptions(changed.Options, a)
	return &changed, s.engine.resolver.Check(&changed)
}

func (s *Session) alterView(st *ast.Alter) error {
	p := s.catalog.Resolve(st.Name.Strings())
	o, err := s.catalog.Lookup(p)
	switch {
	case err != nil:
		return at(st.Name, err)
	case o.View == nil:
		return sqlerr.New(sqlerr.UndefinedTable, st.Name.Pos(), "`%s` is a table", p.Object).WithHint("ALTER TABLE")
	}
	if to, ok := st.Action.(*ast.Rename); ok {
		return s.catalog.Rename(p, s.catalog.Resolve(to.To.Strings()))
	}
	create := &ast.CreateView{
		At: st.At, Mode: ast.CreateOrReplace, Temporary: o.Temporary, Name: st.Name,
		Query: st.Action.(*ast.SetQuery).Query,
	}
	v, err := s.newBinder(true).CreateView(create)
	if err != nil {
		return err
	}
	v.Comment = o.View.Comment
	return s.catalog.Put(p, catalog.Object{View: v, Temporary: o.Temporary})
}
