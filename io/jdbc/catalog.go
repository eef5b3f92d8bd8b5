package jdbc

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// column is a column of the database's table.
type column struct {
	name  string // quoted
	typ   string // quoted, with its schema: it takes no length, so that no cast cuts a text
	short string // name of the type, of its elements where it is an array
	text  bool   // it is a text in the database too
}

// columns asks the database for the types of some columns.
func (c *config) columns(ctx context.Context, conn *pgconn.PgConn, ordinals []int) ([]column, error) {
	const sql = `SELECT a.attname, quote_ident(n.nspname) || '.' || quote_ident(t.typname), coalesce(e.typname, t.typname), t.typcategory = 'S'
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`
	r := conn.ExecParams(ctx, sql, [][]byte{[]byte(c.name)}, nil, nil, nil).Read()
	if r.Err != nil {
		return nil, c.failed(r.Err, "read its columns")
	}
	out := make([]column, len(ordinals))
	for i, o := range ordinals {
		col := &c.table.Columns[o]
		at := slices.IndexFunc(r.Rows, func(row [][]byte) bool { return string(row[0]) == col.Name })
		if at < 0 {
			return nil, sqlerr.Newf(sqlerr.UndefinedColumn, "jdbc: table %s has no column '%s'", c.name, col.Name)
		}
		row := r.Rows[at]
		out[i] = column{name: quote(col.Name), typ: string(row[1]), short: string(row[2]), text: string(row[3]) == "t"}
		if err := fits(col.Name, col.Type, out[i].short); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sources are the database's types that a type reads and writes without loss; texts take any.
var sources = map[types.Kind][]string{
	types.Boolean: {"bool"}, types.SmallInt: {"int2"}, types.Integer: {"int4", "int2"}, types.BigInt: {"int8", "int4", "int2", "oid"},
	types.Decimal: {"numeric", "int2", "int4", "int8"}, types.Float: {"float4"}, types.Double: {"float8", "float4"},
	types.Binary: {"bytea"}, types.Varbinary: {"bytea"}, types.Date: {"date"}, types.Time: {"time"},
	types.Timestamp: {"timestamp"}, types.TimestampLTZ: {"timestamptz"},
}

func fits(name string, t types.Type, short string) error {
	if t.Kind == types.Array {
		t = *t.Elem
	}
	if t.IsString() || slices.Contains(sources[t.Kind], short) {
		return nil
	}
	e := sqlerr.Newf(sqlerr.DatatypeMismatch, "jdbc: column '%s' is %s in the database and cannot be %s", name, short, t.WithNull(true))
	for kind, from := range sources {
		if from[0] == short {
			e = e.WithHint("declare it as %s", types.Type{Kind: kind, Nullable: true, Precision: map[types.Kind]int{types.Decimal: 38, types.Timestamp: 6, types.TimestampLTZ: 6}[kind]})
		}
	}
	return e
}

// selected is the column in a SELECT list, as a text that is read as t.
func (c *column) selected(t types.Type) string {
	switch {
	case t.IsString() && !c.text:
		return c.name + "::text"
	case t.Kind == types.Array && t.Elem.IsString():
		return c.name + "::text[]"
	}
	return c.name
}
