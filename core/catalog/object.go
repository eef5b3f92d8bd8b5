package catalog

import "github.com/weir-engine/weir/core/sqlerr"

// Conflict is what CREATE does when the name is taken.
type Conflict uint8

// The answers to a name that is taken.
const (
	Fail    Conflict = iota // an error
	Keep                    // IF NOT EXISTS: the old one stays
	Replace                 // OR REPLACE: the new one takes its place
)

// Taken reports what is at a path already, among the temporary objects or the others.
func (c *Catalog) Taken(p Path, temporary bool) (Object, bool) {
	objects, err := c.shelf(p, temporary)
	if err != nil {
		return Object{}, false
	}
	return objects.get(p)
}

// Create enters a table or view. It reports whether the object was entered:
// false when Keep has left an old one in place.
func (c *Catalog) Create(p Path, o Object, conflict Conflict) (bool, error) {
	objects, err := c.shelf(p, o.Temporary)
	if err != nil {
		return false, err
	}
	if old, taken := objects.get(p); taken {
		switch {
		case conflict == Keep:
			return false, nil
		case conflict == Replace && old.kind() == o.kind():
		default:
			return false, sqlerr.Newf(sqlerr.DuplicateTable, "%s `%s` exists", old.kind(), p.Object).
				WithHint("CREATE … IF NOT EXISTS leaves it alone; DROP %s %s removes it", upper(old.kind()), Quote(p.Object))
		}
	}
	objects.put(p, o)
	return true, nil
}

// Drop forgets a table or view. A temporary object hides a permanent one of its
// name, and must be dropped first, as such.
func (c *Catalog) Drop(p Path, view, temporary, ifExists bool) error {
	want := Object{Table: &Table{}}
	if view {
		want = Object{View: &View{}}
	}
	if _, hidden := c.temporary[p]; hidden && !temporary {
		return sqlerr.Newf(sqlerr.InvalidDefinition, "a temporary object hides `%s`", p.Object).
			WithHint("DROP TEMPORARY %s %s first", upper(want.kind()), Quote(p.Object))
	}
	objects, err := c.shelf(p, temporary)
	if err != nil {
		if ifExists {
			return nil
		}
		return err
	}
	old, ok := objects.get(p)
	switch {
	case !ok && ifExists:
		return nil
	case !ok && temporary:
		return sqlerr.Newf(sqlerr.UndefinedTable, "temporary %s `%s` does not exist", want.kind(), p.Object)
	case !ok:
		_, err := c.Lookup(p)
		return err
	case old.kind() != want.kind():
		return sqlerr.Newf(sqlerr.UndefinedTable, "`%s` is a %s", p.Object, old.kind()).
			WithHint("DROP %s %s", upper(old.kind()), Quote(p.Object))
	}
	objects.remove(p)
	return nil
}

// Rename gives a table or view another name in its database.
func (c *Catalog) Rename(from, to Path) error {
	o, err := c.Lookup(from)
	if err != nil {
		return err
	}
	if from.Catalog != to.Catalog || from.Database != to.Database {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "a table cannot be renamed into another database")
	}
	if other, taken := c.find(to); taken {
		return sqlerr.Newf(sqlerr.DuplicateTable, "%s `%s` exists", other.kind(), to.Object)
	}
	if o.Table != nil {
		t := *o.Table
		t.Name, o.Table = to.String(), &t
	} else {
		v := *o.View
		v.Name, o.View = to.String(), &v
	}
	objects, err := c.shelf(from, o.Temporary)
	if err != nil {
		return err
	}
	objects.remove(from)
	objects.put(to, o)
	return nil
}

// Put puts a table or view in the place of the one at p, in which a change was
// made: plans that hold the old one are not changed.
func (c *Catalog) Put(p Path, o Object) error {
	objects, err := c.shelf(p, o.Temporary)
	if err != nil {
		return err
	}
	objects.put(p, o)
	return nil
}

// shelf is where the objects of a path's database, or the temporary ones, stand.
type shelf struct {
	temporary map[Path]Object
	permanent map[string]Object
}

func (c *Catalog) shelf(p Path, temporary bool) (shelf, error) {
	d, err := c.database(p)
	if err != nil {
		return shelf{}, err
	}
	if temporary {
		return shelf{temporary: c.temporary}, nil
	}
	return shelf{permanent: d.objects}, nil
}

func (s shelf) get(p Path) (Object, bool) {
	if s.temporary != nil {
		o, ok := s.temporary[p]
		return o, ok
	}
	o, ok := s.permanent[p.Object]
	return o, ok
}

func (s shelf) put(p Path, o Object) {
	if s.temporary != nil {
		s.temporary[p] = o
		return
	}
	s.permanent[p.Object] = o
}

func (s shelf) remove(p Path) {
	if s.temporary != nil {
		delete(s.temporary, p)
		return
	}
	delete(s.permanent, p.Object)
}

func upper(kind string) string {
	if kind == "view" {
		return "VIEW"
	}
	return "TABLE"
}
