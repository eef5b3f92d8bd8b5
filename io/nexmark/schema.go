package nexmark

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

var (
	bigint = types.BigIntType
	text   = types.StringType
	time3  = types.TimestampType(3)
)

func row(nameTypes ...any) types.Type {
	var fields []types.Field
	for i := 0; i < len(nameTypes); i += 2 {
		fields = append(fields, types.Field{Name: nameTypes[i].(string), Type: nameTypes[i+1].(types.Type)})
	}
	return types.RowType(fields...)
}

// Schema is the produced columns of every nexmark table.
var Schema = types.NewSchema(
	types.Field{Name: "event_type", Type: types.IntType},
	types.Field{Name: "person", Type: row("id", bigint, "name", text, "emailAddress", text, "creditCard", text,
		"city", text, "state", text, "dateTime", time3, "extra", text)},
	types.Field{Name: "auction", Type: row("id", bigint, "itemName", text, "description", text, "initialBid", bigint, "reserve", bigint,
		"dateTime", time3, "expires", time3, "seller", bigint, "category", bigint, "extra", text)},
	types.Field{Name: "bid", Type: row("auction", bigint, "bidder", bigint, "price", bigint, "channel", text, "url", text,
		"dateTime", time3, "extra", text)},
)

// checkSchema refuses tables whose physical columns are not the suite's.
func checkSchema(t *catalog.Table) error {
	produced := t.Produced()
	if len(produced) != Schema.Len() {
		return schemaError(t)
	}
	for i, c := range produced {
		if t.Columns[c].Name != Schema.Fields[i].Name || !t.Columns[c].Type.WithNull(true).Same(Schema.Fields[i].Type) {
			return schemaError(t)
		}
	}
	return nil
}

func schemaError(t *catalog.Table) error {
	e := sqlerr.Newf(sqlerr.InvalidDefinition, "table %s does not have the columns of the nexmark source", t.Name)
	hint := ""
	for i, f := range Schema.Fields {
		if i > 0 {
			hint += ", "
		}
		hint += f.Name + " " + f.Type.String()
	}
	return e.WithHint("physical columns must be, in this order: %s", hint)
}
