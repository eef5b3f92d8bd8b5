package engine

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

func (s *Session) describe(st *ast.Describe) (*Result, error) {
	if st.Object != ast.Table {
		return nil, sqlerr.Unsupported(st.Pos(), "DESCRIBE of anything but a table or view")
	}
	return s.describeTable(st.Name)
}

// describeTable answers with the six columns of Flink's DESCRIBE, and a seventh
// where there are comments; what does not apply is NULL.
func (s *Session) describeTable(name *ast.Name) (*Result, error) {
	cols, t, err := s.columnsOf(name)
	if err != nil {
		return nil, err
	}
	names := []string{"name", "type", "null", "key", "extras", "watermark"}
	commented := slices.ContainsFunc(cols, func(c catalog.Column) bool { return c.Comment != "" })
	if commented {
		names = append(names, "comment")
	}
	var rows [][]string
	for i, c := range cols {
		row := []string{c.Name, describeType(c), fmt.Sprintf("%t", c.Type.Nullable), "", "", ""}
		if t != nil {
			row[3], row[4] = keyText(t, i), extras(&t.Columns[i])
			if t.Watermark != nil && t.Watermark.Column == i {
				row[5] = t.Watermark.ExprText
			}
		}
		if commented {
			row = append(row, c.Comment)
		}
		rows = append(rows, row)
	}
	return textCells(names, rows, true), nil
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

// showCreate prints the statement that makes a table or view.
func (s *Session) showCreate(st *ast.Show) (*Result, error) {
	p := s.catalog.Resolve(st.From.Strings())
	o, err := s.catalog.Lookup(p)
	if err != nil {
		return nil, at(st.From, err)
	}
	text := ""
	switch {
	case o.View != nil && st.Object == "CREATE VIEW":
		text = fmt.Sprintf("CREATE VIEW %s AS %s", p.Quoted(), o.View.Text)
	case o.Table != nil && st.Object == "CREATE TABLE":
		text = createTableText(p, o.Table)
	default:
		return nil, sqlerr.New(sqlerr.UndefinedTable, st.From.Pos(), "SHOW %s does not fit what `%s` is", st.Object, p.Object)
	}
	return textTable([]string{"result"}, [][]string{{text}}), nil
}

func createTableText(p catalog.Path, t *catalog.Table) string {
	var items []string
	for i := range t.Columns {
		c := &t.Columns[i]
		item := "  " + catalog.Quote(c.Name)
		if c.Kind == catalog.Computed {
			item += " AS " + c.ExprText
		} else {
			item += " " + c.Type.String()
			if e := extras(c); e != "" {
				item += " " + e
			}
		}
		items = append(items, item)
	}
	if w := t.Watermark; w != nil {
		items = append(items, fmt.Sprintf("  WATERMARK FOR %s AS %s", catalog.Quote(t.Columns[w.Column].Name), w.ExprText))
	}
	if len(t.PrimaryKey) > 0 {
		items = append(items, fmt.Sprintf("  PRIMARY KEY (%s) NOT ENFORCED", columnList(t, t.PrimaryKey)))
	}
	text := fmt.Sprintf("CREATE TABLE %s (\n%s\n)", p.Quoted(), strings.Join(items, ",\n"))
	if len(t.PartitionBy) > 0 {
		text += fmt.Sprintf("\nPARTITIONED BY (%s)", columnList(t, t.PartitionBy))
	}
	return text + "\nWITH (\n" + strings.Join(optionTexts(t), ",\n") + "\n)"
}

func columnList(t *catalog.Table, cols []int) string {
	var out []string
	for _, c := range cols {
		out = append(out, catalog.Quote(t.Columns[c].Name))
	}
	return strings.Join(out, ", ")
}

func optionTexts(t *catalog.Table) []string {
	var out []string
	for k, v := range t.Options {
		out = append(out, fmt.Sprintf("  '%s' = '%s'", k, strings.ReplaceAll(v, "'", "''")))
	}
	sort.Strings(out)
	return out
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
