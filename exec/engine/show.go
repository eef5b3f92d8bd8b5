package engine

import (
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/io/connector"
)

func (s *Session) show(st *ast.Show) (*Result, error) {
	switch st.Object {
	case "COLUMNS":
		return s.describeTable(st.From, func(name string) bool { return matches(st, name) })
	case "CREATE TABLE", "CREATE VIEW":
		return s.showCreate(st)
	case "CREATE CATALOG":
		return s.showCreateCatalog(st)
	case "FULL MODULES":
		r := newRows("module name", "used BOOLEAN")
		r.add("core", true)
		return r.result(), nil
	case "JOBS":
		return s.showJobs(), nil
	}
	names, column, err := s.shown(st)
	if err != nil {
		return nil, at(st, err)
	}
	sort.Strings(names)
	r := newRows(column)
	for _, n := range names {
		if matches(st, n) {
			r.add(n)
		}
	}
	return r.result(), nil
}

// shown lists the names of a SHOW that lists names, and what their column is called.
func (s *Session) shown(st *ast.Show) (names []string, column string, err error) {
	here := s.shownNamespace(st)
	column = strings.ToLower(strings.TrimSuffix(st.Object, "S")) + " name"
	switch st.Object {
	case "TABLES":
		names, err = s.catalog.Tables(here)
	case "VIEWS":
		names, err = s.catalog.Views(here)
	case "CATALOGS":
		names = s.catalog.Catalogs()
	case "DATABASES":
		c := here.Catalog
		if st.From != nil {
			c = st.From.Strings()[0]
		}
		names, err = s.catalog.Databases(c)
	case "PARTITIONS":
		names, err = s.partitions(st)
	case "FUNCTIONS":
		names = functionNames()
	case "USER FUNCTIONS": // a session makes none
		column = "function name"
	case "MODULES":
		names = []string{"core"}
	case "JARS": // nothing here runs on a JVM
		column = "jars"
	case "CURRENT CATALOG":
		names, column = []string{here.Catalog}, "current catalog name"
	case "CURRENT DATABASE":
		names, column = []string{here.Database}, "current database name"
	default:
		err = sqlerr.Unsupported(st.Pos(), "SHOW "+st.Object)
	}
	return names, column, err
}

// partitions lists the partitions of a table as its connector finds them.
func (s *Session) partitions(st *ast.Show) ([]string, error) {
	o, err := s.catalog.Lookup(s.catalog.Resolve(st.From.Strings()))
	if err != nil {
		return nil, at(st.From, err)
	}
	if o.Table == nil || len(o.Table.PartitionBy) == 0 {
		return nil, sqlerr.New(sqlerr.InvalidDefinition, st.From.Pos(), "`%s` is not a partitioned table", st.From.Last().Text)
	}
	f, err := s.engine.registry.Find(o.Table)
	if err != nil {
		return nil, err
	}
	p, ok := f.(connector.PartitionedFactory)
	if !ok {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, st.From.Pos(), "connector '%s' has no partitions", f.Name())
	}
	return p.Partitions(withStorage(f, o.Table, s.options))
}

// shownNamespace is what FROM names, or the current namespace.
func (s *Session) shownNamespace(st *ast.Show) catalog.Namespace {
	here := s.catalog.Current()
	if st.From != nil {
		parts := st.From.Strings()
		here.Database = parts[len(parts)-1]
		if len(parts) > 1 {
			here.Catalog = parts[0]
		}
	}
	return here
}

// showCreate prints the statement that makes a table or view.
func (s *Session) showCreate(st *ast.Show) (*Result, error) {
	p := s.catalog.Resolve(st.From.Strings())
	o, err := s.catalog.Lookup(p)
	if err != nil {
		return nil, at(st.From, err)
	}
	r := newRows("result")
	switch {
	case o.View != nil && st.Object == "CREATE VIEW":
		r.add(o.View.DDL(p, o.Temporary))
	case o.Table != nil && st.Object == "CREATE TABLE":
		shown := *o.Table
		shown.Options = shown.Options.Masked()
		r.add(shown.DDL(p, o.Temporary))
	default:
		return nil, sqlerr.New(sqlerr.UndefinedTable, st.From.Pos(), "SHOW %s does not fit what `%s` is", st.Object, p.Object)
	}
	return r.result(), nil
}

func (s *Session) showCreateCatalog(st *ast.Show) (*Result, error) {
	name := st.From.Last().Text
	info, err := s.catalog.Info(name)
	if err != nil {
		return nil, at(st.From, err)
	}
	r := newRows("result")
	r.add(info.DDL(name))
	return r.result(), nil
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
