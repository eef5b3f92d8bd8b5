package catalog

import (
	"fmt"
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/option"
)

// DDL is the CREATE TABLE that makes the table again, as SHOW CREATE TABLE prints it.
func (t *Table) DDL(p Path, temporary bool) string {
	var b strings.Builder
	b.WriteString("CREATE " + temporaryWord(temporary) + "TABLE " + p.Quoted() + " (\n")
	lines := make([]string, 0, len(t.Columns)+2)
	for _, c := range t.Columns {
		lines = append(lines, c.ddl())
	}
	if w := t.Watermark; w != nil {
		lines = append(lines, "WATERMARK FOR "+Quote(t.Columns[w.Column].Name)+" AS "+w.ExprText)
	}
	if len(t.PrimaryKey) > 0 {
		lines = append(lines, fmt.Sprintf("CONSTRAINT %s PRIMARY KEY (%s) NOT ENFORCED", Quote(t.KeyName), quoteAll(t.names(t.PrimaryKey))))
	}
	b.WriteString("  " + strings.Join(lines, ",\n  ") + "\n)")
	if t.Comment != "" {
		b.WriteString("\nCOMMENT " + quoteText(t.Comment))
	}
	if len(t.PartitionBy) > 0 {
		b.WriteString("\nPARTITIONED BY (" + quoteAll(t.names(t.PartitionBy)) + ")")
	}
	b.WriteString("\nWITH (\n  " + strings.Join(optionLines(t.Options), ",\n  ") + "\n)\n")
	return b.String()
}

func (c *Column) ddl() string {
	s := Quote(c.Name) + " "
	switch c.Kind {
	case Computed:
		s += "AS " + c.ExprText
	case Metadata:
		s += c.Type.String() + " METADATA"
		if c.MetadataKey != c.Name {
			s += " FROM " + quoteText(c.MetadataKey)
		}
		if c.Virtual {
			s += " VIRTUAL"
		}
	default:
		s += c.Type.String()
	}
	if c.Comment != "" {
		s += " COMMENT " + quoteText(c.Comment)
	}
	return s
}

// DDL is the CREATE VIEW that makes the view again, as SHOW CREATE VIEW prints it.
func (v *View) DDL(p Path, temporary bool) string {
	names := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		names[i] = Quote(c.Name)
		if c.Comment != "" {
			names[i] += " COMMENT " + quoteText(c.Comment)
		}
	}
	s := "CREATE " + temporaryWord(temporary) + "VIEW " + p.Quoted() + " (\n  " + strings.Join(names, ",\n  ") + "\n)\n"
	if v.Comment != "" {
		s += "COMMENT " + quoteText(v.Comment) + "\n"
	}
	return s + "AS " + v.Text + "\n"
}

// DDL is the CREATE CATALOG that makes the catalog again, as SHOW CREATE CATALOG prints it.
func (c *Info) DDL(name string) string {
	s := "CREATE CATALOG " + Quote(name) + "\n"
	if c.Comment != "" {
		s += "COMMENT " + quoteText(c.Comment) + "\n"
	}
	return s + "WITH (\n  " + strings.Join(optionLines(c.Options), ",\n  ") + "\n)\n"
}

func (t *Table) names(ordinals []int) []string {
	out := make([]string, len(ordinals))
	for i, o := range ordinals {
		out[i] = t.Columns[o].Name
	}
	return out
}

func optionLines(options map[string]string) []string {
	out := make([]string, 0, len(options))
	for k, v := range option.Values(options).Masked() {
		out = append(out, quoteText(k)+" = "+quoteText(v))
	}
	sort.Strings(out)
	return out
}

func temporaryWord(temporary bool) string {
	if temporary {
		return "TEMPORARY "
	}
	return ""
}

func quoteAll(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Quote(n)
	}
	return strings.Join(out, ", ")
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
