package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// visible is a column that can be named.
type visible struct {
	col   logical.Column
	table []string // its table: alias, or catalog, database, name; nil: none
	// merged columns of JOIN USING are seen under their table's name only: one
	// column stands for both.
	merged bool
}

// scope is the columns that an expression may name, and those around them.
type scope struct {
	cols  []visible
	outer *scope
}

// relation is a plan and how its columns are named.
type relation struct {
	node logical.Node
	cols []visible
}

func (r relation) names() []string {
	out := make([]string, len(r.cols))
	for i, c := range r.cols {
		out[i] = c.col.Name
	}
	return out
}

// relationOf is a relation of a node's own columns under one table name.
func relationOf(n logical.Node, table []string) relation {
	r := relation{node: n}
	for _, c := range n.Columns() {
		r.cols = append(r.cols, visible{col: c, table: table})
	}
	return r
}

// is reports whether a qualifier names this column's table.
func (v *visible) is(qualifier []string) bool {
	if len(qualifier) > len(v.table) {
		return false
	}
	tail := v.table[len(v.table)-len(qualifier):]
	for i, q := range qualifier {
		if tail[i] != q {
			return false
		}
	}
	return true
}

// find lists the columns of this name in this scope alone.
func (s *scope) find(qualifier []string, name string) []*visible {
	var out []*visible
	for i := range s.cols {
		v := &s.cols[i]
		if v.col.Name == name && (len(qualifier) == 0 && !v.merged || len(qualifier) > 0 && v.is(qualifier)) {
			out = append(out, v)
		}
	}
	return out
}

// column binds a name: the longest qualifier that fits comes first, inner scopes
// before outer ones; what is left of the name are fields of rows.
func (s *scope) column(ref *ast.ColumnRef) (*expr.Expr, logical.Column) {
	parts := make([]string, len(ref.Parts))
	for i, p := range ref.Parts {
		parts[i] = p.Text
	}
	for at := s; at != nil; at = at.outer {
		for k := len(parts) - 1; k >= 0; k-- {
			found := at.find(parts[:k], parts[k])
			if len(found) == 0 {
				continue
			}
			if len(found) > 1 {
				failAmbiguous(ref, parts[:k+1], found)
			}
			e := found[0].col.Ref()
			e.Pos = ref.Pos()
			for _, f := range ref.Parts[k+1:] {
				e = field(e, f)
			}
			return e, found[0].col
		}
	}
	s.failUndefined(ref, parts)
	return nil, logical.Column{}
}

func failAmbiguous(ref *ast.ColumnRef, parts []string, found []*visible) {
	var from []string
	for _, v := range found {
		if len(v.table) > 0 {
			from = append(from, quoted(v.table[len(v.table)-1:])+"."+quoted(parts[len(parts)-1:]))
		}
	}
	err := sqlerr.New(sqlerr.AmbiguousColumn, ref.Pos(), "column %s is ambiguous", quoted(parts))
	if len(from) > 0 {
		err = err.WithHint("write %s", strings.Join(from, " or "))
	}
	err.Width = width(parts)
	fail(err)
}

func (s *scope) failUndefined(ref *ast.ColumnRef, parts []string) {
	err := sqlerr.New(sqlerr.UndefinedColumn, ref.Pos(), "column %s does not exist", quoted(parts))
	err.Width = width(parts)
	qualifier, name := parts[:len(parts)-1], parts[len(parts)-1]
	if len(qualifier) > 0 && !s.knows(qualifier) && !s.knows(parts[:1]) && len(s.find(nil, parts[0])) == 0 {
		err.Code = sqlerr.UndefinedTable
		err.Message = "table " + quoted(qualifier) + " is not in FROM"
		if tables := s.tables(); len(tables) > 0 {
			err = err.WithHint("FROM has %s", strings.Join(tables, ", "))
		}
		fail(err)
	}
	err.Hint = suggest(name, s.candidates(qualifier))
	fail(err)
}

// knows reports whether a qualifier names a table of this scope or one around it.
func (s *scope) knows(qualifier []string) bool {
	for at := s; at != nil; at = at.outer {
		for i := range at.cols {
			if at.cols[i].is(qualifier) {
				return true
			}
		}
	}
	return false
}

func (s *scope) tables() []string {
	var out []string
	seen := map[string]bool{}
	for at := s; at != nil; at = at.outer {
		for _, v := range at.cols {
			if len(v.table) == 0 {
				continue
			}
			if t := quoted(v.table[len(v.table)-1:]); !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}

// candidates are the names that could have been meant.
func (s *scope) candidates(qualifier []string) []string {
	var out []string
	seen := map[string]bool{}
	for at := s; at != nil; at = at.outer {
		for _, v := range at.cols {
			if (len(qualifier) == 0 || v.is(qualifier)) && !seen[v.col.Name] {
				seen[v.col.Name] = true
				out = append(out, v.col.Name)
			}
		}
	}
	return out
}

// field is row.name.
func field(row *expr.Expr, name *ast.Ident) *expr.Expr {
	var fields []string
	for i, f := range row.Type.Fields {
		if f.Name != name.Text {
			fields = append(fields, f.Name)
			continue
		}
		ordinal := expr.Lit(types.IntType, types.IntValue(int64(i)))
		e := expr.NewCall(expr.Field, f.Type.WithNull(f.Type.Nullable || row.Type.Nullable), row, ordinal)
		e.Pos = name.Pos()
		return e
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, name.Pos(), "%s has no field %s", describe(row.Type), quoted([]string{name.Text}))
	err.Hint = suggest(name.Text, fields)
	fail(err)
	return nil
}

func describe(t types.Type) string {
	if t.Kind == types.Row {
		return "the row"
	}
	return "a value of type " + t.WithNull(true).String()
}

// quoted is `a`.`b`.
func quoted(parts []string) string { return "`" + strings.Join(parts, "`.`") + "`" }

// width is how much a dotted name takes in the text.
func width(parts []string) int {
	n := len(parts) - 1
	for _, p := range parts {
		n += len([]rune(p))
	}
	return n
}
