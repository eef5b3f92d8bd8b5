package file_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
	"github.com/weir-engine/weir/io/format/parquet"
)

// pagedFile is a file of 10,000 rows in one row group with pages of 100 rows: a is
// the row's number, b is even and scattered, s is a text of b.
func pagedFile(t *testing.T) string {
	t.Helper()
	schema := types.NewSchema(types.Field{Name: "a", Type: types.BigIntType}, types.Field{Name: "b", Type: types.IntType}, types.Field{Name: "s", Type: types.StringType})
	path := filepath.Join(t.TempDir(), "paged.parquet")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := parquet.NewWriter(out, schema, parquet.WriterOptions{PageRows: 100, Default: parquet.ColumnOptions{Bloom: true, BloomError: 1e-6}})
	if err != nil {
		t.Fatal(err)
	}
	b := stream.NewBuilder(schema.Types())
	for i := range int64(10_000) {
		scattered := i * 7919 % 10_007 * 2
		b.Column(0).AppendValue(types.IntValue(i))
		b.Column(1).AppendValue(types.IntValue(scattered))
		b.Column(2).AppendValue(types.BytesValue([]byte{'t', byte(scattered), byte(scattered >> 8)}))
		b.Advance(1, stream.Insert)
	}
	if err := w.Write(b.Finish()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrunePages counts the rows of pages that filters leave to be read.
func TestPrunePages(t *testing.T) {
	path := pagedFile(t)
	a, b, s := expr.Col(0, "a", types.BigIntType), expr.Col(1, "b", types.IntType), expr.Col(2, "s", types.StringType)
	big := func(i int64) *expr.Expr { return expr.Lit(types.BigIntType, types.IntValue(i)) }
	num := func(i int64) *expr.Expr { return expr.Lit(types.IntType, types.IntValue(i)) }
	text := func(x string) *expr.Expr { return expr.Lit(types.StringType, types.BytesValue([]byte(x))) }
	call := func(op string, args ...*expr.Expr) *expr.Expr { return expr.NewCall(op, types.BooleanType, args...) }
	for _, tc := range []struct {
		name string
		of   *expr.Expr
		most int // rows that are looked at
		hits int64
	}{
		{"a page", call(expr.Eq, a, big(4242)), 100, 1},
		{"the last rows", call(expr.Ge, a, big(9950)), 100, 50},
		{"two pages", call(expr.Or, call(expr.Lt, a, big(3)), call(expr.Eq, a, big(7777))), 200, 4},
		{"between", call(expr.And, call(expr.Ge, a, big(1000)), call(expr.Lt, a, big(1250))), 300, 250},
		{"in", call(expr.In, a, big(5), big(905), big(9905)), 300, 3},
		{"never", call(expr.And, call(expr.Lt, a, big(1000)), call(expr.Gt, a, big(2000))), 0, 0},
		{"an odd number, by the Bloom filter", call(expr.Eq, b, num(4243)), 0, 0},
		{"two odd ones", call(expr.In, b, num(4243), num(77)), 0, 0},
		{"an even one", call(expr.Eq, b, num(4242)), 10_000, 1},
		{"a text, by the Bloom filter", call(expr.Eq, s, text("t\x01")), 0, 0},
		{"with another column", call(expr.And, call(expr.Lt, a, big(200)), call(expr.Gt, b, num(-1))), 200, 200},
	} {
		tab := table(path, "parquet", column("a", types.BigIntType), column("b", types.IntType), column("s", types.StringType))
		src, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1, 2}, Limit: -1, Filters: []*expr.Expr{tc.of}})
		if err != nil {
			t.Fatal(err)
		}
		looked, kept := 0, int64(0)
		if err := drain(t, src, nil, func(f connector.Fetch) {
			if f.Batch == nil {
				return
			}
			looked += f.Batch.Rows
			kept += int64(f.Batch.Len())
		}); err != nil {
			t.Fatal(err)
		}
		if looked > tc.most || kept < tc.hits {
			t.Errorf("%s: %d rows were read and %d handed on, want %d at most and %d at least", tc.name, looked, kept, tc.most, tc.hits)
		}
	}
}

// TestPruneMembers reads only pages that hold values a join knows, and none where
// the Bloom filter denies them all.
func TestPruneMembers(t *testing.T) {
	path := pagedFile(t)
	tab := table(path, "parquet", column("a", types.BigIntType), column("b", types.IntType))
	src, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0, 1}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		of   connector.Members
		rows int
	}{
		{"two values of one page", connector.Members{Column: 0, Low: 4201, Bits: []uint64{1<<40 | 1}}, 100},
		{"odd numbers", connector.Members{Column: 1, Low: 1001, Bits: []uint64{1 | 1<<20, 1 << 8}}, 0},
	} {
		if got := rowsAmong(t, src, &tc.of); got != tc.rows {
			t.Errorf("%s: %d rows were read, want %d", tc.name, got, tc.rows)
		}
	}
}

// rowsAmong counts the rows that are read while a join knows its members.
func rowsAmong(t *testing.T, src connector.Source, m *connector.Members) (rows int) {
	t.Helper()
	ctx := context.Background()
	e, err := src.Enumerate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := src.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 8192, Members: func() []*connector.Members { return []*connector.Members{m} }})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		f, err := r.Next(ctx)
		if errors.Is(err, connector.ErrNeedSplits) {
			splits, done, err := e.Assign(ctx, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			if done {
				return rows
			}
			if err := r.Assign(splits); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Batch != nil {
			rows += f.Batch.Rows
		}
		if f.Release != nil {
			f.Release()
		}
	}
}

// TestAbsentColumn reads a column that was added to the table after the file was written.
func TestAbsentColumn(t *testing.T) {
	path := pagedFile(t)
	added := types.ArrayType(types.StringType)
	tab := table(path, "parquet", column("later", types.StringType), column("a", types.BigIntType), column("nested", added))
	f := file.NewFactory()
	info, err := f.Info(tab)
	if err != nil {
		t.Fatal(err)
	}
	if info.Rows != 10_000 || info.Columns[0].Nulls != 10_000 {
		t.Errorf("got %v rows, %d of them without the column", info.Rows, info.Columns[0].Nulls)
	}
	src, err := f.NewSource(tab, connector.ScanSpec{Columns: []int{0, 1, 2}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	rows := int64(0)
	if err := drain(t, src, nil, func(f connector.Fetch) {
		if f.Batch == nil {
			return
		}
		for r := range f.Batch.Rows {
			c := f.Batch.Cols
			if c[0].IsValid(r) || c[2].IsValid(r) || c[1].ValueAt(r).I != rows {
				t.Fatalf("row %d: got %v, %v, %v", rows, c[0].ValueAt(r), c[1].ValueAt(r), c[2].IsValid(r))
			}
			rows++
		}
	}); err != nil {
		t.Fatal(err)
	}
	if rows != 10_000 {
		t.Errorf("%d rows", rows)
	}
}
