package catalog

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

func enter(t *testing.T, c *Catalog, temporary bool, name ...string) *Table {
	t.Helper()
	p := c.Resolve(name)
	table := &Table{Name: p.String(), Options: option.Values{}}
	if _, err := c.Create(p, Object{Table: table, Temporary: temporary}, Fail); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestNames(t *testing.T) {
	c := New()
	orders := enter(t, c, false, "orders")
	if err := c.CreateDatabase([]string{"other"}, nil, "", false); err != nil {
		t.Fatal(err)
	}
	lines := enter(t, c, false, "other", "lines")
	for _, tc := range []struct {
		name []string
		want *Table
	}{
		{[]string{"orders"}, orders},
		{[]string{"default_database", "orders"}, orders},
		{[]string{"default_catalog", "default_database", "orders"}, orders},
		{[]string{"other", "lines"}, lines},
		{[]string{"default_catalog", "other", "lines"}, lines},
	} {
		o, err := c.Lookup(c.Resolve(tc.name))
		if err != nil || o.Table != tc.want {
			t.Errorf("%v: %v, %v", tc.name, o.Table, err)
		}
	}
	if err := c.UseDatabase([]string{"other"}); err != nil {
		t.Fatal(err)
	}
	if o, err := c.Lookup(c.Resolve([]string{"lines"})); err != nil || o.Table != lines {
		t.Errorf("after USE: %v, %v", o.Table, err)
	}
}

func TestTemporaryHidesPermanent(t *testing.T) {
	c := New()
	permanent := enter(t, c, false, "t")
	temporary := enter(t, c, true, "t")
	p := c.Resolve([]string{"t"})
	if o, _ := c.Lookup(p); o.Table != temporary {
		t.Error("the temporary table must come first")
	}
	wantCode(t, c.Drop(p, false, false, false), sqlerr.InvalidDefinition)
	if err := c.Drop(p, false, true, false); err != nil {
		t.Fatal(err)
	}
	if o, _ := c.Lookup(p); o.Table != permanent {
		t.Error("the permanent table must be seen again")
	}
	if names, err := c.Tables(c.Current()); err != nil || !reflect.DeepEqual(names, []string{"t"}) {
		t.Errorf("SHOW TABLES: %v, %v", names, err)
	}
}

func TestErrors(t *testing.T) {
	c := New()
	enter(t, c, false, "orders")
	orders := c.Resolve([]string{"orders"})
	_, undefined := c.Lookup(c.Resolve([]string{"ordres"}))
	wantCode(t, undefined, sqlerr.UndefinedTable)
	if e := sqlerr.As(undefined); !strings.Contains(e.Hint, "`orders`") {
		t.Errorf("hint %q does not name the nearest table", e.Hint)
	}
	_, err := c.Lookup(c.Resolve([]string{"nowhere", "orders"}))
	wantCode(t, err, sqlerr.UndefinedObject)
	_, err = c.Create(orders, Object{Table: &Table{}}, Fail)
	wantCode(t, err, sqlerr.DuplicateTable)
	_, err = c.Create(orders, Object{View: &View{}}, Replace)
	wantCode(t, err, sqlerr.DuplicateTable)
	if entered, err := c.Create(orders, Object{Table: &Table{}}, Keep); entered || err != nil {
		t.Errorf("IF NOT EXISTS: %v, %v", entered, err)
	}
	wantCode(t, c.Drop(orders, true, false, false), sqlerr.UndefinedTable)
	wantCode(t, c.DropDatabase([]string{"default_database"}, false, false), sqlerr.InvalidDefinition)
	wantCode(t, c.CreateCatalog("x", option.Values{"type": "hive"}, "", false), sqlerr.InvalidOption)
	if err := c.Drop(c.Resolve([]string{"gone"}), false, false, true); err != nil {
		t.Errorf("IF EXISTS: %v", err)
	}
}

func TestRenameAndAlterLeaveOldPlansAlone(t *testing.T) {
	c := New()
	old := enter(t, c, false, "a")
	a, b := c.Resolve([]string{"a"}), c.Resolve([]string{"b"})
	if err := c.Rename(a, b); err != nil {
		t.Fatal(err)
	}
	o, err := c.Lookup(b)
	if err != nil {
		t.Fatal(err)
	}
	changed := *o.Table
	changed.Options = option.Values{"k": "v"}
	if err := c.Put(b, Object{Table: &changed}); err != nil {
		t.Fatal(err)
	}
	o, err = c.Lookup(b)
	if err != nil || o.Table.Name != b.String() || o.Table.Options["k"] != "v" {
		t.Errorf("renamed: %+v, %v", o.Table, err)
	}
	if old.Name != a.String() || len(old.Options) != 0 {
		t.Errorf("the table that plans hold has changed: %+v", old)
	}
}

func wantCode(t *testing.T, err error, code sqlerr.Code) {
	t.Helper()
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got error %v, want code %s", err, code)
	}
}
