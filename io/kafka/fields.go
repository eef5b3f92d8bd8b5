package kafka

import (
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// fields says which columns a record's key holds, and which its value: ordinals of
// Table.Columns, in the order of the record.
type fields struct {
	key, value []int
	prefix     string // of the key's columns in the table alone
}

func parseFields(c *config) (f fields, err error) {
	v := c.table.Options
	f.prefix = v.Text(optKeyPrefix)
	if f.key, err = keyColumns(c); err != nil {
		return f, err
	}
	include, err := v.Enum(optInclude)
	if err != nil {
		return f, err
	}
	except := include == "EXCEPT_KEY"
	if f.prefix != "" && !except {
		return f, sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs '%s' = 'EXCEPT_KEY': the value's columns have no prefix", optKeyPrefix.Key, optInclude.Key)
	}
	for _, k := range f.key {
		if name := c.table.Columns[k].Name; !strings.HasPrefix(name, f.prefix) {
			return f, sqlerr.Newf(sqlerr.InvalidOption, "key column '%s' does not begin with '%s' = '%s'", name, optKeyPrefix.Key, f.prefix)
		}
	}
	for i := range c.table.Columns {
		if c.table.Columns[i].Kind == catalog.Physical && (!except || !slices.Contains(f.key, i)) {
			f.value = append(f.value, i)
		}
	}
	return f, nil
}

// keyColumns are the primary key of upsert-kafka, else those of 'key.fields'.
func keyColumns(c *config) ([]int, error) {
	if c.upsert {
		return slices.Sorted(slices.Values(c.table.PrimaryKey)), nil
	}
	named := c.table.Options.Has(optKeyFields)
	switch {
	case named && c.key == nil:
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs the option '%s'", optKeyFields.Key, optKeyFormat.Key)
	case !named && c.key != nil:
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' needs the option '%s'", optKeyFormat.Key, optKeyFields.Key).
			WithHint("the columns that are the key; a key as it is can be read as metadata: k BYTES METADATA FROM 'key' VIRTUAL")
	}
	var out []int
	for _, name := range list(c.table.Options.Text(optKeyFields)) {
		at := slices.IndexFunc(c.table.Columns, func(col catalog.Column) bool { return col.Name == name && col.Kind == catalog.Physical })
		if at < 0 {
			return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "'%s' names '%s', which is no stored column of table %s", optKeyFields.Key, name, c.table.Name)
		}
		if slices.Contains(out, at) {
			return nil, sqlerr.Newf(sqlerr.InvalidOption, "'%s' names '%s' twice", optKeyFields.Key, name)
		}
		out = append(out, at)
	}
	return out, nil
}

// schema is what a key or value holds; names lose their prefix.
func (c *config) schema(ordinals []int, prefix string) *types.Schema {
	s := &types.Schema{}
	for _, o := range ordinals {
		col := &c.table.Columns[o]
		s.Fields = append(s.Fields, types.Field{Name: strings.TrimPrefix(col.Name, prefix), Type: col.Type})
	}
	return s
}
