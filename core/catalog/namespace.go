package catalog

import (
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// UseCatalog makes a catalog current, and its default database.
func (c *Catalog) UseCatalog(name string) error {
	s := c.catalogs[name]
	if s == nil {
		return c.undefinedCatalog(name)
	}
	c.current = Namespace{Catalog: name}
	if s.databases[s.first] != nil {
		c.current.Database = s.first
	}
	return nil
}

// UseDatabase makes a database current; name is [catalog.]database.
func (c *Catalog) UseDatabase(name []string) error {
	n := c.databaseName(name)
	if _, err := c.database(Path{n.Catalog, n.Database, ""}); err != nil {
		return err
	}
	c.current = n
	return nil
}

// databaseName completes [catalog.]database.
func (c *Catalog) databaseName(name []string) Namespace {
	p := c.current.Path(append(append([]string{}, name...), ""))
	return Namespace{p.Catalog, p.Database}
}

// Catalogs lists the catalogs, sorted.
func (c *Catalog) Catalogs() []string { return keys(c.catalogs) }

// Databases lists the databases of a catalog, sorted; "" is the current one.
func (c *Catalog) Databases(catalog string) ([]string, error) {
	if catalog == "" {
		catalog = c.current.Catalog
	}
	s := c.catalogs[catalog]
	if s == nil {
		return nil, c.undefinedCatalog(catalog)
	}
	return keys(s.databases), nil
}

// CreateCatalog makes a catalog in memory. Its options say what it is: only the
// type generic_in_memory is known, with the option default-database.
func (c *Catalog) CreateCatalog(name string, options option.Values, comment string, ifNotExists bool) error {
	if c.catalogs[name] != nil {
		if ifNotExists {
			return nil
		}
		return sqlerr.Newf(sqlerr.DuplicateObject, "catalog `%s` exists", name)
	}
	if err := checkCatalog(options); err != nil {
		return err
	}
	first := options["default-database"]
	if first == "" {
		first = "default"
	}
	s := newStore(first)
	s.options, s.comment = options, comment
	c.catalogs[name] = s
	return nil
}

func checkCatalog(options option.Values) error {
	for k, v := range options {
		switch {
		case k == "type" && v != "generic_in_memory":
			return sqlerr.Newf(sqlerr.InvalidOption, "catalogs of type '%s' are not supported", v).
				WithHint("there is 'generic_in_memory'")
		case k != "type" && k != "default-database":
			return sqlerr.Newf(sqlerr.InvalidOption, "unknown option '%s' for a catalog", k).
				WithHint("there are 'type' and 'default-database'")
		}
	}
	if options["type"] == "" {
		return sqlerr.Newf(sqlerr.InvalidOption, "a catalog needs the option 'type'").WithHint("'type' = 'generic_in_memory'")
	}
	return nil
}

// Info is what CREATE CATALOG and ALTER CATALOG have said of a catalog.
type Info struct {
	Comment string
	Options option.Values
}

// Info tells of a catalog.
func (c *Catalog) Info(name string) (Info, error) {
	s := c.catalogs[name]
	if s == nil {
		return Info{}, c.undefinedCatalog(name)
	}
	return Info{Comment: s.comment, Options: s.options.Clone()}, nil
}

// AlterCatalog changes what is said of a catalog.
func (c *Catalog) AlterCatalog(name string, change func(*Info)) error {
	info, err := c.Info(name)
	if err != nil {
		return err
	}
	change(&info)
	if err := checkCatalog(info.Options); err != nil {
		return err
	}
	c.catalogs[name].comment, c.catalogs[name].options = info.Comment, info.Options
	return nil
}

// AlterDatabase sets options of a database; name is [catalog.]database.
func (c *Catalog) AlterDatabase(name []string, options option.Values) error {
	n := c.databaseName(name)
	d, err := c.database(Path{n.Catalog, n.Database, ""})
	if err != nil {
		return err
	}
	changed := option.Values{}
	for _, values := range []option.Values{d.options, options} {
		for k, v := range values {
			changed[k] = v
		}
	}
	d.options = changed
	return nil
}

// DropCatalog forgets a catalog and all in it.
func (c *Catalog) DropCatalog(name string, ifExists bool) error {
	switch {
	case c.catalogs[name] == nil && ifExists:
		return nil
	case c.catalogs[name] == nil:
		return c.undefinedCatalog(name)
	case c.current.Catalog == name:
		return sqlerr.Newf(sqlerr.InvalidDefinition, "catalog `%s` is in use", name).WithHint("USE CATALOG another one first")
	}
	delete(c.catalogs, name)
	c.dropTemporary(func(p Path) bool { return p.Catalog == name })
	return nil
}

// CreateDatabase makes a database; name is [catalog.]database.
func (c *Catalog) CreateDatabase(name []string, options option.Values, comment string, ifNotExists bool) error {
	n := c.databaseName(name)
	s := c.catalogs[n.Catalog]
	if s == nil {
		return c.undefinedCatalog(n.Catalog)
	}
	if s.databases[n.Database] != nil {
		if ifNotExists {
			return nil
		}
		return sqlerr.Newf(sqlerr.DuplicateObject, "database `%s` exists in catalog `%s`", n.Database, n.Catalog)
	}
	s.databases[n.Database] = &database{comment: comment, options: options, objects: map[string]Object{}}
	return nil
}

// DropDatabase forgets a database; one that has tables only with cascade.
func (c *Catalog) DropDatabase(name []string, ifExists, cascade bool) error {
	n := c.databaseName(name)
	d, err := c.database(Path{n.Catalog, n.Database, ""})
	switch {
	case err != nil && ifExists:
		return nil
	case err != nil:
		return err
	case c.current == n:
		return sqlerr.Newf(sqlerr.InvalidDefinition, "database `%s` is in use", n.Database).WithHint("USE another one first")
	case len(d.objects) > 0 && !cascade:
		return sqlerr.Newf(sqlerr.InvalidDefinition, "database `%s` is not empty", n.Database).
			WithHint("DROP DATABASE %s CASCADE drops its tables too", Quote(n.Database))
	}
	delete(c.catalogs[n.Catalog].databases, n.Database)
	c.dropTemporary(func(p Path) bool { return p.Catalog == n.Catalog && p.Database == n.Database })
	return nil
}

func (c *Catalog) dropTemporary(in func(Path) bool) {
	for p := range c.temporary {
		if in(p) {
			delete(c.temporary, p)
		}
	}
}
