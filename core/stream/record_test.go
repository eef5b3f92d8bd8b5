package stream_test

import (
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
)

func TestRecordShowsWhatTheBatchHolds(t *testing.T) {
	row := types.RowType(types.Field{Name: "a", Type: types.IntType})
	schema := types.NewSchema(
		types.Field{Name: "i", Type: types.BigIntType}, types.Field{Name: "s", Type: types.StringType},
		types.Field{Name: "d", Type: types.DecimalType(10, 2)}, types.Field{Name: "b", Type: types.BooleanType},
		types.Field{Name: "l", Type: types.ArrayType(types.StringType)}, types.Field{Name: "m", Type: types.MapType(types.StringType, types.IntType)},
		types.Field{Name: "r", Type: row}, types.Field{Name: "t", Type: types.TimestampType(3)})
	b := stream.NewBuilder(schema.Types())
	long := strings.Repeat("x", 20)
	for i, v := range []types.Value{
		types.IntValue(7), types.StringValue(long), types.IntValue(-12345), types.BoolValue(true),
		{Items: []types.Value{types.StringValue("p"), types.NullValue()}},
		{Items: []types.Value{types.StringValue("k"), types.IntValue(3)}},
		{Items: []types.Value{types.IntValue(9)}},
		types.IntValue(1000),
	} {
		b.Column(i).AppendValue(v)
		b.Column(i).AppendNull()
	}
	b.Advance(2, stream.Insert)
	rec, err := b.Finish().Record(schema)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	want := []string{
		"[7 (null)]", `["` + long + `" (null)]`, "[{18446744073709539271 -1} (null)]", "[true (null)]", `[["p" (null)] (null)]`,
		`[{["k"] [3]} (null)]`, "{[9 (null)]}", "[1000 (null)]",
	}
	for i, w := range want {
		if got := rec.Column(i).String(); got != w {
			t.Errorf("column %s: %s, want %s", schema.Fields[i].Name, got, w)
		}
		if rec.Column(i).IsValid(1) {
			t.Errorf("column %s: row 1 is not NULL", schema.Fields[i].Name)
		}
	}
}
