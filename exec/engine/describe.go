package engine

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func (s *Session) describe(st *ast.Describe) (*Result, error) {
	switch st.Object {
	case ast.Catalog:
		return s.describeCatalog(st)
	case ast.Function:
		return describeFunction(st)
	case ast.Job:
		return s.describeJob(st)
	}
	return s.describeTable(st.Name, func(string) bool { return true })
}

// describeTable answers with the six columns of Flink's DESCRIBE, and a seventh
// where there are comments; what does not apply is NULL.
func (s *Session) describeTable(name *ast.Name, shown func(column string) bool) (*Result, error) {
	cols, t, err := s.columnsOf(name)
	if err != nil {
		return nil, err
	}
	names := []string{"name", "type", "null BOOLEAN", "key", "extras", "watermark"}
	commented := slices.ContainsFunc(cols, func(c catalog.Column) bool { return c.Comment != "" })
	if commented {
		names = append(names, "comment")
	}
	r := newRows(names...)
	for i, c := range cols {
		if !shown(c.Name) {
			continue
		}
		row := []any{c.Name, describeType(c), c.Type.Nullable, nil, nil, nil}
		if t != nil {
			row[3], row[4] = orNull(keyText(t, i)), orNull(extras(&t.Columns[i]))
			if t.Watermark != nil && t.Watermark.Column == i {
				row[5] = t.Watermark.ExprText
			}
		}
		if commented {
			row = append(row, orNull(c.Comment))
		}
		r.add(row...)
	}
	return r.result(), nil
}

// orNull is NULL for what does not apply.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *Session) describeCatalog(st *ast.Describe) (*Result, error) {
	name := st.Name.Last().Text
	info, err := s.catalog.Info(name)
	if err != nil {
		return nil, at(st.Name, err)
	}
	r := newRows("info name", "info value")
	r.add("name", name)
	r.add("type", info.Options["type"])
	r.add("comment", orNull(info.Comment))
	if st.Extended {
		for _, k := range slices.Sorted(maps.Keys(info.Options)) {
			if k != "type" {
				r.add("option:"+k, info.Options[k])
			}
		}
	}
	return r.result(), nil
}

func describeFunction(st *ast.Describe) (*Result, error) {
	name := st.Name.Last().Text
	f, ok := function.Lookup(name)
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedFunction, st.Name.Pos(), "function %s does not exist", name).
			WithHint("nearest: %s", strings.Join(function.Nearest(name, 3), ", "))
	}
	r := newRows("info name", "info value")
	r.add("is system function", "true")
	r.add("is temporary", "false")
	if st.Extended {
		r.add("kind", kindText(f.Kind))
		r.add("is deterministic", strconv.FormatBool(!f.Volatile && !f.Stable))
		r.add("supports constant folding", strconv.FormatBool(!f.Volatile))
		r.add("signature", f.Doc.Syntax)
	}
	return r.result(), nil
}

// columnsOf is the columns of a table or view; t is nil for a view.
func (s *Session) columnsOf(name *ast.Name) ([]catalog.Column, *catalog.Table, error) {
	o, err := s.catalog.Lookup(s.catalog.Resolve(name.Strings()))
	if err != nil {
		return nil, nil, at(name, err)
	}
	if o.Table != nil {
		return o.Table.Columns, o.Table, nil
	}
	schema, err := s.newBinder(true).View(o.View)
	if err != nil {
		return nil, nil, err
	}
	var cols []catalog.Column
	for _, f := range schema.Fields {
		cols = append(cols, catalog.Column{Name: f.Name, Type: f.Type, Time: f.Time})
	}
	return cols, nil, nil
}

func describeType(c catalog.Column) string {
	t := c.Type.WithNull(true).String()
	switch c.Time {
	case types.Rowtime:
		t += " *ROWTIME*"
	case types.Proctime:
		t += " *PROCTIME*"
	}
	return t
}

func keyText(t *catalog.Table, column int) string {
	var names []string
	in := false
	for _, k := range t.PrimaryKey {
		names = append(names, t.Columns[k].Name)
		in = in || k == column
	}
	if !in {
		return ""
	}
	return "PRI(" + strings.Join(names, ", ") + ")"
}

func extras(c *catalog.Column) string {
	switch c.Kind {
	case catalog.Computed:
		return "AS " + c.ExprText
	case catalog.Metadata:
		e := "METADATA"
		if c.MetadataKey != "" && c.MetadataKey != c.Name {
			e += " FROM '" + c.MetadataKey + "'"
		}
		if c.Virtual {
			e += " VIRTUAL"
		}
		return e
	}
	return ""
}

func kindText(k function.Kind) string {
	if k == function.Scalar {
		return "SCALAR"
	}
	return "AGGREGATE"
}

func functionNames() []string {
	var out []string
	for _, f := range function.All() {
		if f.Name[0] >= 'A' && f.Name[0] <= 'Z' && !strings.Contains(f.Name, " ") {
			out = append(out, strings.ToLower(f.Name))
		}
	}
	return out
}
