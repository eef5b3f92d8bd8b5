package parquet_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/parquet"
)

// nestedLines is what testdata/make_nested.py says lies in the nested files, a row a line.
func nestedLines(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/nested.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// TestNestedFiles reads files of another writer, in both versions of pages, with
// and without dictionaries, over many pages and row groups.
func TestNestedFiles(t *testing.T) {
	want := nestedLines(t)
	for _, name := range []string{"v1", "v2", "plain", "groups"} {
		for _, batch := range []int{1, 7, 8192} {
			t.Run(fmt.Sprintf("%s/%d", name, batch), func(t *testing.T) {
				f, err := parquet.Open("testdata/nested-" + name + ".parquet")
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				compareLines(t, jsonLines(t, f, batch, 0), want)
			})
		}
	}
}

// TestNestedFrom goes to a row in the middle of a row group.
func TestNestedFrom(t *testing.T) {
	f, err := parquet.Open("testdata/nested-plain.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	compareLines(t, jsonLines(t, f, 10, 123), nestedLines(t)[123:])
}

// TestNestedRoundTrip writes what the files hold and reads it back.
func TestNestedRoundTrip(t *testing.T) {
	f, err := parquet.Open("testdata/nested-v1.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema := &types.Schema{}
	for _, c := range f.Columns {
		schema.Fields = append(schema.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	path := filepath.Join(t.TempDir(), "out.parquet")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := parquet.NewWriter(out, schema, parquet.WriterOptions{GroupRows: 70})
	if err != nil {
		t.Fatal(err)
	}
	scanAll(t, f, 30, func(b *stream.Batch) {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	back, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	for i, c := range back.Columns {
		if !c.Type.Equal(f.Columns[i].Type) {
			t.Errorf("column %s comes back as %s, not %s", c.Name, c.Type, f.Columns[i].Type)
		}
	}
	compareLines(t, jsonLines(t, back, 33, 0), nestedLines(t))
}

// TestNestedAs reads columns as other types: fields by name and only those asked
// for, and what does not fit is refused.
func TestNestedAs(t *testing.T) {
	f, err := parquet.Open("testdata/nested-v1.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	row := types.RowType(types.Field{Name: "l", Type: types.ArrayType(types.BigIntType)}, types.Field{Name: "q", Type: types.StringType})
	got := scanJSON(t, f, []parquet.Want{{Column: f.Column("r"), Type: row}, {Column: f.Column("a"), Type: types.ArrayType(types.BigIntType)}}, 1000, 0)
	if want := `{"l":[2,3],"q":"w2"} [20,21]`; got[2] != want {
		t.Errorf("got %s, want %s", got[2], want)
	}
	for _, c := range []struct {
		column string
		as     types.Type
		want   string
	}{
		{"a", types.IntType, "column a"},
		{"a", types.ArrayType(types.StringType), "declares"},
		{"r", types.RowType(types.Field{Name: "none", Type: types.IntType}), "no field none"},
		{"m", types.ArrayType(types.DoubleType), "column m"},
	} {
		_, err := parquet.NewScanner(f, []parquet.Want{{Column: f.Column(c.column), Type: c.as}}, 10, new(parquet.Pool))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as %s: got %v", c.column, c.as, err)
		}
	}
}

func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
}

// jsonLines reads all columns; each row is an object.
func jsonLines(t *testing.T, f *parquet.File, batch int, from int64) []string {
	t.Helper()
	row := types.RowType()
	var wants []parquet.Want
	for i, c := range f.Columns {
		wants = append(wants, parquet.Want{Column: i, Type: c.Type})
		row.Fields = append(row.Fields, types.Field{Name: c.Name})
	}
	lines := scanJSON(t, f, wants, batch, from)
	for i, line := range lines {
		fields := strings.Split(line, " \x00")
		for k := range fields {
			fields[k] = `"` + f.Columns[k].Name + `":` + fields[k]
		}
		lines[i] = "{" + strings.Join(fields, ",") + "}"
	}
	return lines
}

// scanJSON reads columns as JSON values.
func scanJSON(t *testing.T, f *parquet.File, wants []parquet.Want, batch int, from int64) (out []string) {
	t.Helper()
	s, err := parquet.NewScanner(f, wants, batch, new(parquet.Pool))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	separator := " \x00"
	if len(wants) < len(f.Columns) {
		separator = " "
	}
	for g := range f.Groups() {
		if err := s.Open(g, from, nil); err != nil {
			t.Fatal(err)
		}
		from = 0
		var batches []func()
		for {
			b, release, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for r := range b.Rows {
				var line []string
				for i, w := range wants {
					line = append(line, string(kernel.AppendJSON(nil, w.Type, &b.Cols[i], r, nil)))
				}
				out = append(out, strings.Join(line, separator))
			}
			batches = append(batches, release)
		}
		for _, release := range batches {
			release()
		}
	}
	return out
}
