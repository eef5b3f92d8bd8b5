package catalog

import (
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// The names that a new session begins with.
const (
	DefaultCatalog  = "default_catalog"
	DefaultDatabase = "default_database"
)

// Catalog is all that a session knows by name.
type Catalog struct {
	current   Namespace
	catalogs  map[string]*store
	temporary map[Path]Object
}

// store is one catalog in memory.
type store struct {
	first     string // the database that USE CATALOG makes current
	comment   string
	options   option.Values
	databases map[string]*database
}

type database struct {
	comment string
	options option.Values
	objects map[string]Object
}

// Object is what a Path names: just one of Table and View is set.
type Object struct {
	Table     *Table
	View      *View
	Temporary bool
}

func (o Object) kind() string {
	if o.View != nil {
		return "view"
	}
	return "table"
}

// New makes a catalog with the default names in it.
func New() *Catalog {
	c := &Catalog{
		current:   Namespace{DefaultCatalog, DefaultDatabase},
		catalogs:  map[string]*store{},
		temporary: map[Path]Object{},
	}
	c.catalogs[DefaultCatalog] = newStore(DefaultDatabase)
	c.catalogs[DefaultCatalog].options = option.Values{"type": "generic_in_memory", "default-database": DefaultDatabase}
	return c
}

func newStore(first string) *store {
	return &store{first: first, databases: map[string]*database{first: {objects: map[string]Object{}}}}
}

// Current is the namespace that short names are looked up in.
func (c *Catalog) Current() Namespace { return c.current }

// Resolve completes a name by the current namespace. It does not ask whether there is such an object.
func (c *Catalog) Resolve(name []string) Path { return c.current.Path(name) }

// Lookup finds a table or view; temporary ones come first.
func (c *Catalog) Lookup(p Path) (Object, error) {
	if o, ok := c.find(p); ok {
		return o, nil
	}
	if _, err := c.database(p); err != nil {
		return Object{}, err
	}
	err := sqlerr.Newf(sqlerr.UndefinedTable, "table `%s` does not exist", p.Object)
	if near := c.nearest(p); near != "" {
		err = err.WithHint("nearest: %s", near)
	} else {
		err = err.WithHint("there is no table in %s.%s; SHOW TABLES lists those there are", p.Catalog, p.Database)
	}
	return Object{}, err
}

func (c *Catalog) find(p Path) (Object, bool) {
	if o, ok := c.temporary[p]; ok {
		return o, true
	}
	if s := c.catalogs[p.Catalog]; s != nil && s.databases[p.Database] != nil {
		o, ok := s.databases[p.Database].objects[p.Object]
		return o, ok
	}
	return Object{}, false
}

// database is where an object of this path lies, or the error that says what is missing.
func (c *Catalog) database(p Path) (*database, error) {
	s := c.catalogs[p.Catalog]
	if s == nil {
		return nil, c.undefinedCatalog(p.Catalog)
	}
	d := s.databases[p.Database]
	if d == nil {
		return nil, sqlerr.Newf(sqlerr.UndefinedObject, "database `%s` does not exist in catalog `%s`", p.Database, p.Catalog).
			WithHint("it has %s", quotedList(keys(s.databases)))
	}
	return d, nil
}

func (c *Catalog) undefinedCatalog(name string) error {
	return sqlerr.Newf(sqlerr.UndefinedObject, "catalog `%s` does not exist", name).
		WithHint("there are %s", quotedList(keys(c.catalogs)))
}

// nearest names the objects beside p whose names resemble it most.
func (c *Catalog) nearest(p Path) string {
	near := option.Nearest(p.Object, c.names(Namespace{p.Catalog, p.Database}, anyObject), 3)
	return quotedList(near)
}

func anyObject(Object) bool { return true }

// names lists the objects of a namespace that pass, temporary ones included.
func (c *Catalog) names(n Namespace, pass func(Object) bool) []string {
	set := map[string]bool{}
	if s := c.catalogs[n.Catalog]; s != nil && s.databases[n.Database] != nil {
		for name, o := range s.databases[n.Database].objects {
			set[name] = pass(o)
		}
	}
	for p, o := range c.temporary {
		if p.Catalog == n.Catalog && p.Database == n.Database {
			set[p.Object] = pass(o)
		}
	}
	for name, in := range set {
		if !in {
			delete(set, name)
		}
	}
	return keys(set)
}

// Tables lists tables and views of a namespace, sorted, as SHOW TABLES does.
func (c *Catalog) Tables(n Namespace) ([]string, error) {
	if _, err := c.database(Path{n.Catalog, n.Database, ""}); err != nil {
		return nil, err
	}
	return c.names(n, anyObject), nil
}

// Views lists the views of a namespace, sorted.
func (c *Catalog) Views(n Namespace) ([]string, error) {
	if _, err := c.database(Path{n.Catalog, n.Database, ""}); err != nil {
		return nil, err
	}
	return c.names(n, func(o Object) bool { return o.View != nil }), nil
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// quotedList is `a`, `b` or `c`.
func quotedList(names []string) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(Quote(n))
	}
	return b.String()
}
