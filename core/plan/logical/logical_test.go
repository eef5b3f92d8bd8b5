package logical

import (
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
)

func scan(name string, ids ...int) *Scan {
	s := &Scan{Table: &catalog.Table{Name: name}, Limit: -1}
	for i, id := range ids {
		s.Cols = append(s.Cols, Column{ID: id, Name: string(rune('a' + i)), Type: types.IntType})
		s.Ordinals = append(s.Ordinals, i)
	}
	return s
}

func eq(a, b Column) *expr.Expr { return expr.NewCall(expr.Eq, types.BooleanType, a.Ref(), b.Ref()) }

func ids(list []*expr.Expr) []int {
	var out []int
	for _, e := range list {
		out = append(out, e.Col)
	}
	return out
}

func TestOuterFindsWhatASubtreeDoesNotProduce(t *testing.T) {
	outer, inner := scan("t", 1, 2), scan("u", 3, 4)
	filter := &Filter{Input: inner, Cond: eq(inner.Cols[0], outer.Cols[1])}
	pass := &Project{Input: filter, Assigns: []Assign{
		{Col: inner.Cols[0], Expr: inner.Cols[0].Ref()},
		{Col: Column{ID: 5, Name: "o", Type: types.IntType}, Expr: outer.Cols[0].Ref()},
	}}
	for name, tc := range map[string]struct {
		node Node
		want []int
	}{
		"scan":                     {inner, nil},
		"filter":                   {filter, []int{2}},
		"in order of first use":    {pass, []int{1, 2}},
		"bound by Apply":           {&Apply{Kind: Semi, Left: outer, Right: pass}, nil},
		"a column passed by id":    {&Project{Input: inner, Assigns: []Assign{{Col: outer.Cols[0], Expr: outer.Cols[0].Ref()}}}, []int{1}},
		"mark column of the join":  {&Filter{Input: &Join{Kind: Mark, Left: inner, Right: outer, MarkCol: Column{ID: 9}}, Cond: expr.Col(9, "m", types.BooleanType)}, nil},
		"the keys of an aggregate": {&Aggregate{Input: filter, Keys: inner.Cols}, []int{2}},
	} {
		got := ids(Outer(tc.node))
		if len(got) != len(tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
			continue
		}
		for i := range got {
			if got[i] != tc.want[i] {
				t.Errorf("%s: got %v, want %v", name, got, tc.want)
			}
		}
	}
}

func TestFormatValue(t *testing.T) {
	for _, tc := range []struct {
		t    types.Type
		v    types.Value
		want string
	}{
		{types.IntType, types.NullValue(), "NULL"},
		{types.BigIntType, types.IntValue(-7), "-7"},
		{types.BooleanType, types.BoolValue(true), "TRUE"},
		{types.DoubleType, types.FloatValue(0.5), "5e-01"},
		{types.DecimalType(5, 2), types.IntValue(-5), "-0.05"},
		{types.DecimalType(38, 0), types.Int128Value(types.Int128{Lo: 0, Hi: 1}), "18446744073709551616"},
		{types.StringType, types.StringValue("it's"), "'it''s'"},
		{types.BytesType, types.BytesValue([]byte{0, 255}), "x'00ff'"},
		{types.DateType, types.IntValue(-1), "DATE '1969-12-31'"},
		{types.TimestampType(3), types.IntValue(-1), "TIMESTAMP '1969-12-31 23:59:59.999'"},
		{types.TimestampType(6), types.IntValue(1), "TIMESTAMP '1970-01-01 00:00:00.000001'"},
		{types.DaySecond, types.IntValue(1500), "INTERVAL '1.5' SECOND"},
		{types.YearMonth, types.IntValue(14), "INTERVAL '14' MONTH"},
		{types.ArrayType(types.IntType), types.Value{Items: []types.Value{types.IntValue(1), types.NullValue()}}, "ARRAY[1, NULL]"},
	} {
		if got := FormatValue(tc.t, tc.v); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.t, got, tc.want)
		}
	}
}
