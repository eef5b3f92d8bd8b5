package sink

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

// required are the columns that may hold NULL in the input but not in the table.
type required struct {
	table  string
	column []int
	name   []string
}

// requiredOf compares a table with the schema of the rows for it.
func requiredOf(t *catalog.Table, in *types.Schema) required {
	r := required{table: t.Name}
	for i, c := range t.Persisted() {
		if col := t.Columns[c]; !col.Type.Nullable && in.Fields[i].Type.Nullable {
			r.column, r.name = append(r.column, i), append(r.name, col.Name)
		}
	}
	return r
}

// check fails on the first NULL where there must be none; b is dense.
func (r *required) check(b *stream.Batch) error {
	for i, c := range r.column {
		v := &b.Cols[c]
		if v.Valid == nil && v.RowValid() == nil {
			continue
		}
		for row := range b.Rows {
			if !v.IsValid(row) {
				return sqlerr.Newf(sqlerr.NotNullViolation, "column `%s` of sink `%s` is NOT NULL and gets a NULL", r.name[i], r.table).
					WithHint("leave such rows out: WHERE … IS NOT NULL; or put a value in their place with COALESCE")
			}
		}
	}
	return nil
}
