package binder

import (
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// simple are the types without parameters.
var simple = map[string]types.Type{
	"BOOLEAN": types.BooleanType, "TINYINT": types.TinyIntType, "SMALLINT": types.SmallType, "INT": types.IntType,
	"BIGINT": types.BigIntType, "FLOAT": types.FloatType, "DOUBLE": types.DoubleType, "DATE": types.DateType,
	"STRING": types.StringType, "BYTES": types.BytesType, "NULL": types.NullType,
}

// dataType is the type that a text means.
func dataType(d *ast.DataType) types.Type {
	t, ok := simple[d.Name]
	if !ok {
		t = parameterised(d)
	}
	return t.WithNull(!d.NotNull)
}

func parameterised(d *ast.DataType) types.Type {
	switch d.Name {
	case "CHAR":
		return types.CharType(parameter(d, 0, 1, 1, types.MaxLength))
	case "VARCHAR":
		return types.VarcharType(parameter(d, 0, types.MaxLength, 1, types.MaxLength))
	case "BINARY":
		return types.Type{Kind: types.Binary, Length: parameter(d, 0, 1, 1, types.MaxLength)}
	case "VARBINARY":
		return types.Type{Kind: types.Varbinary, Length: parameter(d, 0, types.MaxLength, 1, types.MaxLength)}
	case "DECIMAL":
		p := parameter(d, 0, 10, 1, types.MaxDecimalPrecision)
		return types.DecimalType(p, parameter(d, 1, 0, 0, p))
	case "TIME":
		return types.Type{Kind: types.Time, Precision: parameter(d, 0, 0, 0, 9)}
	case "TIMESTAMP":
		return types.TimestampType(parameter(d, 0, 6, 0, 9))
	case "TIMESTAMP_LTZ":
		return types.TimestampLTZType(parameter(d, 0, 6, 0, 9))
	case "INTERVAL":
		if d.Interval.YearMonth() {
			return types.YearMonth
		}
		return types.DaySecond
	case "ARRAY":
		return types.ArrayType(dataType(d.Args[0]))
	case "MULTISET":
		elem := dataType(d.Args[0])
		return types.Type{Kind: types.Multiset, Elem: &elem}
	case "MAP":
		return types.MapType(dataType(d.Args[0]), dataType(d.Args[1]))
	case "ROW":
		return types.RowType(fields(d)...)
	}
	switch d.Name {
	case "VARIANT":
		return types.VariantType
	case "BITMAP":
		return types.BitmapType
	}
	unsupported(d, "the type "+d.Name)
	return types.Type{}
}

func fields(d *ast.DataType) []types.Field {
	out := make([]types.Field, len(d.Fields))
	seen := map[string]bool{}
	for i, f := range d.Fields {
		if seen[f.Name.Text] {
			fail(sqlerr.New(sqlerr.DuplicateColumn, f.Pos(), "field `%s` occurs twice", f.Name.Text))
		}
		seen[f.Name.Text] = true
		out[i] = types.Field{Name: f.Name.Text, Type: dataType(f.Type)}
	}
	return out
}

// parameter is the i-th number behind a type's name.
func parameter(d *ast.DataType, i, otherwise, least, most int) int {
	if i >= len(d.Params) {
		return otherwise
	}
	n := d.Params[i]
	if n < least || n > most {
		what := "length"
		switch {
		case i == 1:
			what = "scale"
		case d.Name == "DECIMAL" || d.Name == "TIME" || d.Name == "TIMESTAMP" || d.Name == "TIMESTAMP_LTZ":
			what = "precision"
		}
		fail(sqlerr.New(sqlerr.InvalidDefinition, d.Pos(), "the %s of %s must lie between %d and %d, not %d", what, d.Name, least, most, n))
	}
	return n
}
