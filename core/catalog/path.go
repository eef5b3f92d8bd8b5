package catalog

import "strings"

// Path is the full name of a table or view.
type Path struct {
	Catalog, Database, Object string
}

// String is catalog.database.object, as plans and errors print it.
func (p Path) String() string { return p.Catalog + "." + p.Database + "." + p.Object }

// Quoted is `catalog`.`database`.`object`, as SQL reads it.
func (p Path) Quoted() string {
	return Quote(p.Catalog) + "." + Quote(p.Database) + "." + Quote(p.Object)
}

// Quote puts back-ticks around an identifier.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Namespace is the catalog and database that a name with fewer than three parts is looked up in.
type Namespace struct {
	Catalog, Database string
}

// Path completes a name of one to three parts.
func (n Namespace) Path(parts []string) Path {
	switch len(parts) {
	case 1:
		return Path{n.Catalog, n.Database, parts[0]}
	case 2:
		return Path{n.Catalog, parts[0], parts[1]}
	}
	last := len(parts) - 1
	return Path{strings.Join(parts[:last-1], "."), parts[last-1], parts[last]}
}
