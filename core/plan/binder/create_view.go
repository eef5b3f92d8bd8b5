package binder

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
)

// CreateView binds CREATE VIEW: its query must bind, and its columns get their
// names. It enters nothing into the catalog.
func (b *Binder) CreateView(s *ast.CreateView) (v *catalog.View, err error) {
	defer b.catch(&err)
	b.columnsOnly = true
	defer func() { b.columnsOnly = false }()
	b.refuseTaken(s.Name, s.Temporary, s.Mode == ast.Create && !s.IfNotExists)
	r := b.query(s.Query, b.top())
	v = &catalog.View{Name: b.cat.Resolve(s.Name.Strings()).String(), Query: s.Query, Text: ast.Format(s.Query), Home: b.cat.Current()}
	if s.Comment != nil {
		v.Comment = s.Comment.Value
	}
	names := r.names()
	if len(s.Columns) > 0 {
		names = nil
		for _, c := range s.Columns {
			names = append(names, c.Name.Text)
		}
		renamed(r, names, s.Columns[0], "the view")
	}
	seen := map[string]bool{}
	for i, n := range names {
		if seen[n] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, s.Name.Pos(), "the view has two columns called `%s`", n).
				WithHint("name them: CREATE VIEW %s (…) AS …", strings.Join(s.Name.Strings(), ".")))
		}
		seen[n] = true
		c := catalog.ViewColumn{Name: n}
		if len(s.Columns) > 0 && s.Columns[i].Comment != nil {
			c.Comment = s.Columns[i].Comment.Value
		}
		v.Columns = append(v.Columns, c)
	}
	return v, nil
}
