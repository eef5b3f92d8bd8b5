package file_test

import (
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// TestPrune scans a file of three row groups (rows 0–299, 300–599, 600–699; req = row/3, nulls all NULL).
func TestPrune(t *testing.T) {
	req := expr.Col(0, "req", types.IntType.NotNull())
	num := func(i int64) *expr.Expr { return expr.Lit(types.IntType, types.IntValue(i)) }
	cmp := func(op string, a, b *expr.Expr) *expr.Expr { return expr.NewCall(op, types.BooleanType, a, b) }
	nulls := expr.Col(1, "nulls", types.BigIntType)
	for _, tc := range []struct {
		name   string
		filter *expr.Expr
		rows   int
	}{
		{"below all", cmp(expr.Lt, req, num(0)), 0},
		{"first group", cmp(expr.Lt, req, num(100)), 300},
		{"mirrored", cmp(expr.Gt, num(100), req), 300},
		{"last group", cmp(expr.Ge, req, num(200)), 100},
		{"equal", cmp(expr.Eq, req, num(150)), 300},
		{"either", expr.NewCall(expr.Or, types.BooleanType, cmp(expr.Eq, req, num(5)), cmp(expr.Eq, req, num(210))), 400},
		{"in", expr.NewCall(expr.In, types.BooleanType, req, num(-4), num(199), num(1000)), 300},
		{"with NULL", cmp(expr.Eq, req, expr.Lit(types.IntType, types.NullValue())), 0},
		{"is null", expr.NewCall(expr.IsNull, types.BooleanType, req), 0},
		{"is not null", expr.NewCall(expr.IsNotNull, types.BooleanType, nulls), 0},
	} {
		tab := table(fixtures+"v2-zstd.parquet", "parquet", catalog.Column{Name: "req", Type: types.IntType}, column("nulls", types.BigIntType))
		s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1}, Limit: -1, Filters: []*expr.Expr{tc.filter}})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		if err := drain(t, s, nil, func(f connector.Fetch) {
			if f.Batch != nil {
				rows += f.Batch.Rows
			}
		}); err != nil {
			t.Fatal(err)
		}
		// Batches in which no row survives are left out too: there may be fewer rows, never fewer that match.
		if rows > tc.rows || tc.rows > 0 && rows == 0 {
			t.Errorf("%s: %d rows were read, want %d at most", tc.name, rows, tc.rows)
		}
	}
}

// TestFilterKeepsMatches checks that skipping loses no row that matches.
func TestFilterKeepsMatches(t *testing.T) {
	tab := table(fixtures+"v1-snappy.parquet", "parquet", column("req", types.IntType), column("uniq", types.StringType))
	filter := expr.NewCall(expr.Eq, types.BooleanType, expr.Col(0, "req", types.IntType), expr.Lit(types.IntType, types.IntValue(77)))
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1}, Limit: -1, Filters: []*expr.Expr{filter}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	rows := 0
	if err := drain(t, s, nil, func(f connector.Fetch) {
		if f.Batch == nil {
			return
		}
		rows += f.Batch.Rows
		for i := range f.Batch.Rows {
			if f.Batch.Cols[0].ValueAt(i).I == 77 {
				got = append(got, string(f.Batch.Cols[1].Bytes(i)))
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{"value number 231 of a column without repeats", "value number 232 of a column without repeats", "value number 233 of a column without repeats"}
	if len(got) != 3 || got[0] != want[0] || got[2] != want[2] {
		t.Errorf("got %q, want %q", got, want)
	}
	if rows > 128 {
		t.Errorf("%d rows were handed out; batches without a match must be skipped", rows)
	}
}
