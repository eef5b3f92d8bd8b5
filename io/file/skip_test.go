package file_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// Conditions on several columns, of the query and of an operator that knows
// better and better, leave the rows that fulfil all of them.
func TestFiltersNarrowRows(t *testing.T) {
	f := file.NewFactory()
	files, _ := filepath.Glob(fixtures + "v?-*.parquet")
	tab := table(files[0], "parquet")
	if err := f.Infer(tab); err != nil {
		t.Fatal(err)
	}
	column := func(name string) int {
		return slices.IndexFunc(tab.Columns, func(c catalog.Column) bool { return c.Name == name })
	}
	req, text := column("req"), column("s")
	if req < 0 || text < 0 {
		t.Fatalf("the file has columns %v", tab.Columns)
	}
	boolean := types.BooleanType
	number := expr.Col(0, "req", tab.Columns[req].Type)
	below := func(n int64) *expr.Expr {
		return expr.NewCall(expr.Lt, boolean, number, expr.Lit(number.Type, types.IntValue(n)))
	}
	named := expr.NewCall(expr.IsNotNull, boolean, expr.Col(1, "s", tab.Columns[text].Type))
	s, err := f.NewSource(tab, connector.ScanSpec{Columns: []int{req, text, (req + 1) % len(tab.Columns)}, Filters: []*expr.Expr{named}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	var known []*expr.Expr
	read := func(limits ...int64) (values []int64) {
		known = nil
		ctx := context.Background()
		r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 16, Filter: func() []*expr.Expr { return known }})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		e, err := s.Enumerate(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; ; at++ {
			if at < len(limits) {
				known = []*expr.Expr{below(limits[at])}
			}
			fetch, err := r.Next(ctx)
			if errors.Is(err, connector.ErrNeedSplits) {
				splits, done, err := e.Assign(ctx, 0, 1)
				if done {
					return values
				}
				if err = errors.Join(err, r.Assign(splits)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range rowsOf(fetch.Batch) {
				if fetch.Batch.Sel != nil {
					i = int(fetch.Batch.Sel[i])
				}
				if fetch.Batch.Cols[1].IsValid(i) {
					values = append(values, fetch.Batch.Cols[0].ValueAt(i).I)
				}
			}
			if fetch.Release != nil {
				fetch.Release()
			}
		}
	}
	all := read()
	few := func(all []int64) []int64 {
		return slices.DeleteFunc(slices.Clone(all), func(x int64) bool { return x >= 40 })
	}
	if n := len(few(all)); n == 0 || n == len(all) {
		t.Fatalf("the file does not have what this test needs: %v", all)
	}
	for _, limits := range [][]int64{{40}, {400, 300, 200, 100, 50, 40}, {1 << 30, 1 << 20, 40}} {
		got := read(limits...)
		if !slices.Equal(few(got), few(all)) {
			t.Errorf("limits %v: %v, want %v among them", limits, got, few(all))
		}
		if len(got) >= len(all) {
			t.Errorf("limits %v: all of %d rows are read", limits, len(all))
		}
	}
}
