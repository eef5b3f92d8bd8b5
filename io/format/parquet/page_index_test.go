package parquet_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/parquet"
)

// rewritten copies a fixture with options of the writer.
func rewritten(t *testing.T, fixture string, o parquet.WriterOptions) string {
	t.Helper()
	f, err := parquet.Open("testdata/" + fixture + ".parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema := &types.Schema{}
	for _, c := range f.Columns {
		schema.Fields = append(schema.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	path := filepath.Join(t.TempDir(), fixture+".parquet")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := parquet.NewWriter(out, schema, o)
	if err != nil {
		t.Fatal(err)
	}
	scanAll(t, f, 50, func(b *stream.Batch) {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// groupLines reads rows of a row group as JSON.
func groupLines(t *testing.T, s *parquet.Scanner, wants []parquet.Want, group int, rows []parquet.Rows) (out []string) {
	t.Helper()
	if err := s.Open(group, 0, rows); err != nil {
		t.Fatal(err)
	}
	for {
		b, release, err := s.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := range b.Rows {
			line := ""
			for i, w := range wants {
				line += string(kernel.AppendJSON(nil, w.Type, &b.Cols[i], r, nil)) + "\t"
			}
			out = append(out, line)
		}
		release()
	}
}

// TestRowsWanted reads random ranges of rows, flat and nested, by page indexes and
// without: exactly those come.
func TestRowsWanted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	paths := []string{"testdata/v2-zstd.parquet", "testdata/nested-plain.parquet"}
	for _, v2 := range []bool{false, true} {
		for _, fixture := range []string{"v1-snappy", "nested-v1"} {
			paths = append(paths, rewritten(t, fixture, parquet.WriterOptions{V2: v2, PageRows: 13, GroupRows: 150}))
		}
	}
	for _, path := range paths {
		f, err := parquet.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		wants := []parquet.Want{{Column: -1, Type: types.ArrayType(types.IntType)}, {Column: -1, Type: types.StringType}}
		for i, c := range f.Columns {
			wants = append(wants, parquet.Want{Column: i, Type: c.Type})
		}
		for _, batch := range []int{7, 64} {
			s, err := parquet.NewScanner(f, wants, batch, new(parquet.Pool))
			if err != nil {
				t.Fatal(err)
			}
			for g := range f.Groups() {
				all := groupLines(t, s, wants, g, nil)
				for range 25 {
					var rows []parquet.Rows
					var want []string
					for at := r.Int64N(40); at < f.GroupRows(g); at += 1 + r.Int64N(60) {
						to := min(f.GroupRows(g), at+1+r.Int64N(30))
						rows = append(rows, parquet.Rows{From: at, To: to})
						want = append(want, all[at:to]...)
						at = to
					}
					if rows == nil {
						continue
					}
					if got := groupLines(t, s, wants, g, slices.Clone(rows)); !slices.Equal(got, want) {
						t.Fatalf("%s, group %d, %v: %d rows, want %d", path, g, rows, len(got), len(want))
					}
				}
			}
			s.Close()
		}
		f.Close()
	}
}

// TestWrittenIndexes holds the bounds of pages in written files against the values in them.
func TestWrittenIndexes(t *testing.T) {
	for _, v2 := range []bool{false, true} {
		f, err := parquet.Open(rewritten(t, "v1-snappy", parquet.WriterOptions{V2: v2, PageRows: 17, GroupRows: 150}))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		pages := 0
		for i, c := range f.Columns {
			s, err := parquet.NewScanner(f, []parquet.Want{{Column: i, Type: c.Type}}, 64, new(parquet.Pool))
			if err != nil {
				t.Fatal(err)
			}
			for g := range f.Groups() {
				index, err := f.Pages(g, i)
				if err != nil {
					t.Fatal(err)
				}
				for n := range index {
					if err := checkPage(s, g, &index[n], c.Type); err != nil {
						t.Errorf("v2 %t, column %s, group %d, page %d: %v", v2, c.Name, g, n, err)
					}
					pages++
				}
			}
			s.Close()
		}
		if pages < 100 {
			t.Errorf("only %d pages have an index", pages)
		}
	}
}

// checkPage reads the rows of a page and compares them with what its index says.
func checkPage(s *parquet.Scanner, g int, page *parquet.Page, t types.Type) error {
	if err := s.Open(g, 0, []parquet.Rows{page.Rows}); err != nil {
		return err
	}
	b, release, err := s.Next()
	if err != nil {
		return err
	}
	defer release()
	nulls, low, high := int64(0), false, false
	for r := range b.Rows {
		v := b.Cols[0].ValueAt(r)
		if v.Null {
			nulls++
		} else if st := &page.Stats; st.Min != nil {
			below, above := compareValues(t, v, *st.Min), compareValues(t, v, *st.Max)
			if below < 0 || above > 0 {
				return fmt.Errorf("row %d: %v is not between %v and %v", r, v, *st.Min, *st.Max)
			}
			low, high = low || below == 0, high || above == 0
		}
	}
	switch st := &page.Stats; {
	case nulls != st.Nulls:
		return fmt.Errorf("%d NULLs, by the index %d", nulls, st.Nulls)
	case st.Min != nil && !t.IsApproximate() && len(st.Min.B) < 60 && (!low || !high):
		return fmt.Errorf("%v and %v are no values of the page", *st.Min, *st.Max)
	case st.Min == nil && nulls < int64(b.Rows) && t.Kind != types.Boolean:
		return errors.New("there are no bounds")
	}
	return nil
}

func compareValues(t types.Type, a, b types.Value) int {
	switch {
	case t.Phys() == types.PhysBytes:
		return bytes.Compare(a.B, b.B)
	case t.Phys() == types.PhysInt128:
		return a.Int128().Cmp(b.Int128())
	case t.IsApproximate():
		return cmp.Compare(a.Float(), b.Float())
	}
	return cmp.Compare(a.I, b.I)
}

// TestBloomFilters asks the filters that are written for values that are there,
// of which they may deny none, and for others, of which they must deny most.
func TestBloomFilters(t *testing.T) {
	path := rewritten(t, "v1-snappy", parquet.WriterOptions{Default: parquet.ColumnOptions{Bloom: true}})
	f, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	asked := 0
	for i, c := range f.Columns {
		b, err := f.Bloom(0, i)
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			continue
		}
		asked++
		found, rows := 0, 0
		scanAll(t, f, 100, func(batch *stream.Batch) {
			for r := range batch.Rows {
				v := batch.Cols[0].ValueAt(r)
				if !b.MayHold(v) {
					t.Fatalf("column %s: the filter denies %v", c.Name, v)
				}
				if v.Null {
					continue
				}
				rows++
				other := types.BytesValue(append([]byte("no such "), v.B...))
				if c.Type.Phys() == types.PhysInt128 {
					other = types.Int128Value(types.MakeInt128(v.Int128().Int64() ^ 0x5A5A5A5A5A5A))
				} else if c.Type.Phys() != types.PhysBytes {
					other = types.IntValue(v.I ^ 0x5A5A5A)
				}
				if b.MayHold(other) {
					found++
				}
			}
		}, c.Name)
		if found*10 > rows*2 {
			t.Errorf("column %s: the filter lets pass %d of %d values that are not there", c.Name, found, rows)
		}
	}
	if asked < 8 {
		t.Errorf("only %d columns have filters", asked)
	}
}

// TestWriterOptions refuses what no file can be written with.
func TestWriterOptions(t *testing.T) {
	schema := types.NewSchema(types.Field{Name: "a", Type: types.IntType})
	for _, v := range []map[string]string{
		{"parquet.compression": "LZO"},
		{"parquet.compression": "ZSTD", "parquet.compression.codec.zstd.level": "40"},
		{"parquet.page.size": "3 b"},
		{"parquet.bloom.filter.fpp": "2"},
		{"parquet.row-group-rows": "0"},
		{"parquet.writer.version": "3"},
		{"parquet.bloom.filter.enabled#b": "true"},
		{"parquet.enable.dictionary#a": "maybe"},
	} {
		o, err := parquet.ReadOptions(v)
		if err == nil {
			_, err = parquet.NewWriter(io.Discard, schema, o)
		}
		if err == nil {
			t.Errorf("%v was taken", v)
		}
	}
	o, err := parquet.ReadOptions(map[string]string{"parquet.bloom.filter.enabled#a": "true", "parquet.bloom.filter.fpp": "0.2"})
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Columns["a"]; !got.Bloom || got.BloomError != 0.2 || o.Default.Bloom {
		t.Errorf("got %+v", o)
	}
}
