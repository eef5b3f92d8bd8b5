package binder

import (
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
)

// AlterTable binds an action that changes the columns, keys or watermark of a
// table, and gives the table that takes its place. A table is what its CREATE
// TABLE says: the action edits that statement, which is then bound anew, so that
// ALTER allows just what CREATE TABLE allows.
func (b *Binder) AlterTable(p catalog.Path, o catalog.Object, a ast.AlterAction) (t *catalog.Table, err error) {
	parsed, err := parser.ParseStatement(o.Table.DDL(p, o.Temporary))
	if err != nil {
		return nil, err
	}
	create := parsed.(*ast.CreateTable)
	create.Mode = ast.CreateOrReplace
	if err := editTable(b, &edit{b: b, stmt: create, old: o.Table}, a); err != nil {
		return nil, err
	}
	t, err = b.CreateTable(create)
	return t, placedIn(a, err)
}

func editTable(b *Binder, e *edit, a ast.AlterAction) (err error) {
	defer b.catch(&err)
	switch a := a.(type) {
	case *ast.ChangeColumns:
		e.change(a)
	case *ast.DropColumns:
		e.drop(a)
	case *ast.DropClause:
		e.dropClause(a)
	case *ast.RenameColumn:
		e.rename(a)
	default:
		unsupported(a, "this ALTER TABLE")
	}
	return nil
}

// placedIn gives an error that lies in the old definition the place of the action.
func placedIn(a ast.AlterAction, err error) error {
	e := sqlerr.As(err)
	if e == nil {
		return err
	}
	inside := false
	ast.Inspect(a, func(n ast.Node) bool {
		inside = inside || n.Pos() == e.Pos
		return true
	})
	if !inside {
		e.Pos, e.Width = a.Pos(), 0
	}
	return e
}

// edit changes the statement that made a table.
type edit struct {
	b    *Binder
	stmt *ast.CreateTable
	old  *catalog.Table
}

// find is the place of a column that must be there.
func (e *edit) find(id *ast.Ident) int {
	var names []string
	for i, c := range e.stmt.Columns {
		if c.Name.Text == id.Text {
			return i
		}
		names = append(names, c.Name.Text)
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, id.Pos(), "column `%s` does not exist", id.Text)
	err.Width, err.Hint = len([]rune(id.Text)), suggest(id.Text, names)
	fail(err)
	return 0
}

func (e *edit) has(name string) bool {
	return slices.ContainsFunc(e.stmt.Columns, func(c *ast.ColumnDef) bool { return c.Name.Text == name })
}

// change adds or modifies columns, the watermark and the primary key.
func (e *edit) change(a *ast.ChangeColumns) {
	for _, c := range a.Columns {
		e.place(c, a.Modify)
	}
	for _, w := range a.Watermarks {
		e.clause(w, "WATERMARK", len(e.stmt.Watermarks) > 0, a.Modify)
		e.stmt.Watermarks = []*ast.Watermark{w}
	}
	if k := a.PrimaryKey; k != nil {
		e.clause(k, "primary key", e.stmt.PrimaryKey != nil, a.Modify)
		e.stmt.PrimaryKey = k
	}
}

// clause checks that ADD finds no such clause and MODIFY one.
func (e *edit) clause(n ast.Node, name string, there, modify bool) {
	switch {
	case there && !modify:
		fail(sqlerr.New(sqlerr.InvalidDefinition, n.Pos(), "the table has a %s already", name).WithHint("MODIFY changes it"))
	case !there && modify:
		fail(sqlerr.New(sqlerr.InvalidDefinition, n.Pos(), "the table has no %s", name).WithHint("ADD defines one"))
	}
}

// place puts a column where it is asked for: behind the others, or where the old one stood.
func (e *edit) place(c *ast.PlacedColumn, modify bool) {
	at := len(e.stmt.Columns)
	if modify {
		at = e.find(c.Def.Name)
		e.stmt.Columns = slices.Delete(e.stmt.Columns, at, at+1)
	} else if e.has(c.Def.Name.Text) {
		fail(sqlerr.New(sqlerr.DuplicateColumn, c.Def.Pos(), "column `%s` exists", c.Def.Name.Text).WithHint("MODIFY changes it"))
	}
	switch {
	case c.First:
		at = 0
	case c.After != nil:
		at = e.find(c.After) + 1
	}
	e.stmt.Columns = slices.Insert(e.stmt.Columns, at, c.Def)
}

func (e *edit) drop(a *ast.DropColumns) {
	for _, id := range a.Columns {
		i := e.find(id)
		e.refuseUsed(id, a.Columns)
		e.stmt.Columns = slices.Delete(e.stmt.Columns, i, i+1)
	}
}

func (e *edit) rename(a *ast.RenameColumn) {
	i := e.find(a.From)
	if e.has(a.To.Text) {
		fail(sqlerr.New(sqlerr.DuplicateColumn, a.To.Pos(), "column `%s` exists", a.To.Text))
	}
	if user := e.computedFrom(a.From.Text, nil); user != "" {
		fail(used(a.From, user))
	}
	e.stmt.Columns[i].Name = a.To
	if c := e.stmt.Columns[i]; c.Kind == ast.Metadata && c.MetadataKey == nil {
		c.MetadataKey = &ast.StringLit{At: a.From.At, Value: a.From.Text}
	}
	if k := e.stmt.PrimaryKey; k != nil {
		renameIn(k.Columns, a)
	}
	renameIn(e.stmt.PartitionBy, a)
	for _, w := range e.stmt.Watermarks {
		renameIn(w.Column.Parts[:1], a)
		ast.Inspect(w.Expr, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				renameIn([]*ast.Ident{id}, a)
			}
			return true
		})
	}
}

func renameIn(ids []*ast.Ident, a *ast.RenameColumn) {
	for _, id := range ids {
		if id.Text == a.From.Text {
			id.Text = a.To.Text
		}
	}
}

// refuseUsed refuses to drop a column that others need which stay.
func (e *edit) refuseUsed(id *ast.Ident, dropped []*ast.Ident) {
	named := func(ids []*ast.Ident) bool {
		return slices.ContainsFunc(ids, func(c *ast.Ident) bool { return c.Text == id.Text })
	}
	switch {
	case e.stmt.PrimaryKey != nil && named(e.stmt.PrimaryKey.Columns):
		fail(used(id, "the primary key"))
	case named(e.stmt.PartitionBy):
		fail(used(id, "PARTITIONED BY"))
	}
	for _, w := range e.stmt.Watermarks {
		if w.Column.Last().Text == id.Text || names(w.Expr, id.Text) {
			fail(used(id, "the WATERMARK"))
		}
	}
	if user := e.computedFrom(id.Text, dropped); user != "" {
		fail(used(id, user))
	}
}

// computedFrom names a computed column that is made from a column and is not itself dropped.
func (e *edit) computedFrom(name string, dropped []*ast.Ident) string {
	for _, c := range e.stmt.Columns {
		gone := slices.ContainsFunc(dropped, func(d *ast.Ident) bool { return d.Text == c.Name.Text })
		if c.Kind == ast.Computed && !gone && names(c.Expr, name) {
			return "the computed column `" + c.Name.Text + "`"
		}
	}
	return ""
}

func used(id *ast.Ident, by string) *sqlerr.Error {
	err := sqlerr.New(sqlerr.InvalidDefinition, id.Pos(), "column `%s` is used by %s", id.Text, by)
	err.Width = len([]rune(id.Text))
	return err
}

// names reports whether an expression names a column.
func names(x ast.Expr, column string) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Text == column
		return !found
	})
	return found
}

func (e *edit) dropClause(a *ast.DropClause) {
	k := e.stmt.PrimaryKey
	switch a.Clause {
	case "WATERMARK":
		e.clause(a, "WATERMARK", len(e.stmt.Watermarks) > 0, true)
		e.stmt.Watermarks = nil
		return
	case "CONSTRAINT":
		if k == nil || k.Name.Text != a.Constraint.Text {
			err := sqlerr.New(sqlerr.UndefinedObject, a.Constraint.Pos(), "constraint `%s` does not exist", a.Constraint.Text)
			if k != nil {
				err = err.WithHint("the primary key is `%s`", k.Name.Text)
			}
			fail(err)
		}
	default:
		e.clause(a, "primary key", k != nil, true)
	}
	e.stmt.PrimaryKey = nil
}

// keyName is the name of a primary key: the one written, or Flink's for one without.
func keyName(k *ast.PrimaryKey) string {
	if k.Name != nil {
		return k.Name.Text
	}
	cols := make([]string, len(k.Columns))
	for i, c := range k.Columns {
		cols[i] = c.Text
	}
	return "PK_" + strings.Join(cols, "_")
}
