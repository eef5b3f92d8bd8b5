package engine

import (
	"context"
	"sort"
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
	case *ast.AlterTable:
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
	}
	return nil, sqlerr.Unsupported(stmt.Pos(), statementName(stmt))
}

// statementName is what a statement that is not supported is called.
func statementName(stmt ast.Statement) string {
	switch stmt.(type) {
	case *ast.CreateFunction:
		return "CREATE FUNCTION"
	case *ast.Analyze:
		return "ANALYZE TABLE"
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
	return binder.New(s.catalog, s.engine.resolver, binder.Options{Streaming: streaming, Zone: s.zoneName()})
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
	return sqlerr.Unsupported(st.Pos(), "DROP FUNCTION")
}

func (s *Session) alter(st *ast.AlterTable) error {
	p := s.catalog.Resolve(st.Name.Strings())
	if _, err := s.catalog.Lookup(p); err != nil && st.IfExists {
		return nil
	}
	switch a := st.Action.(type) {
	case *ast.RenameTable:
		return s.catalog.Rename(p, s.catalog.Resolve(a.To.Strings()))
	case *ast.SetOptions:
		return s.alterOptions(p, func(v option.Values) {
			for k, x := range optionValues(a.Options) {
				v[k] = x
			}
		})
	case *ast.ResetOptions:
		return s.alterOptions(p, func(v option.Values) {
			for _, k := range a.Keys {
				delete(v, k.Value)
			}
		})
	}
	return sqlerr.Unsupported(st.Pos(), "this ALTER TABLE")
}

// alterOptions refuses options that the connector would refuse at CREATE TABLE.
func (s *Session) alterOptions(p catalog.Path, change func(option.Values)) error {
	o, err := s.catalog.Lookup(p)
	if err != nil {
		return err
	}
	if o.Table != nil {
		trial := *o.Table
		trial.Options = o.Table.Options.Clone()
		change(trial.Options)
		if err := s.engine.resolver.Check(&trial); err != nil {
			return err
		}
	}
	_, err = s.catalog.Alter(p, change)
	return err
}

func (s *Session) setOption(st *ast.Set) (*Result, error) {
	if st.Key != nil {
		return &Result{}, at(st, s.change(st.Key.Value, st.Value.Value))
	}
	var rows [][]string
	for _, d := range Options() {
		if v := s.options.Text(d); v != "" {
			rows = append(rows, []string{d.Key, v})
		}
	}
	return textTable([]string{"key", "value"}, rows), nil
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

func (s *Session) show(st *ast.Show) (*Result, error) {
	here := s.catalog.Current()
	if st.From != nil {
		parts := st.From.Strings()
		here.Database = parts[len(parts)-1]
		if len(parts) > 1 {
			here.Catalog = parts[0]
		}
	}
	var names []string
	var err error
	column := strings.ToLower(strings.TrimSuffix(st.Object, "S")) + " name"
	switch st.Object {
	case "TABLES":
		names, err = s.catalog.Tables(here)
	case "VIEWS":
		names, err = s.catalog.Views(here)
	case "CATALOGS":
		names = s.catalog.Catalogs()
	case "DATABASES":
		c := s.catalog.Current().Catalog
		if st.From != nil {
			c = st.From.Strings()[0]
		}
		names, err = s.catalog.Databases(c)
	case "FUNCTIONS":
		names = functionNames()
	case "CURRENT CATALOG":
		names, column = []string{s.catalog.Current().Catalog}, "current catalog name"
	case "CURRENT DATABASE":
		names, column = []string{s.catalog.Current().Database}, "current database name"
	case "COLUMNS":
		return s.describeTable(st.From)
	case "CREATE TABLE", "CREATE VIEW":
		return s.showCreate(st)
	default:
		return nil, sqlerr.Unsupported(st.Pos(), "SHOW "+st.Object)
	}
	if err != nil {
		return nil, at(st, err)
	}
	rows := [][]string{}
	for _, n := range names {
		if matches(st, n) {
			rows = append(rows, []string{n})
		}
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i][0] < rows[j][0] })
	return textTable([]string{column}, rows), nil
}

// matches applies SHOW … [NOT] LIKE | ILIKE.
func matches(st *ast.Show, name string) bool {
	if st.Pattern == nil {
		return true
	}
	pattern := st.Pattern.Value
	if st.ILike {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	return like(name, pattern) != st.Not
}

// like matches % and _ over code points.
func like(s, pattern string) bool {
	if pattern == "" {
		return s == ""
	}
	r := []rune(pattern)
	if r[0] == '%' {
		rest := string(r[1:])
		for i := range s {
			if like(s[i:], rest) {
				return true
			}
		}
		return like("", rest)
	}
	first := []rune(s)
	if len(first) == 0 || r[0] != '_' && r[0] != first[0] {
		return false
	}
	return like(string(first[1:]), string(r[1:]))
}
