package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const fixtures = "../format/parquet/testdata/"

func table(path, format string, columns ...catalog.Column) *catalog.Table {
	return &catalog.Table{Name: "t", Columns: columns, Options: option.Values{"connector": "filesystem", "path": path, "format": format}}
}

func column(name string, t types.Type) catalog.Column { return catalog.Column{Name: name, Type: t} }

// drain reads a source to its end with one reader; visit sees each fetch before it is released.
func drain(t *testing.T, s connector.Source, restored []byte, visit func(f connector.Fetch)) error {
	t.Helper()
	ctx := context.Background()
	e, err := s.Enumerate(ctx, restored)
	if err != nil {
		return err
	}
	defer e.Close()
	r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 64})
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		f, err := r.Next(ctx)
		if errors.Is(err, connector.ErrNeedSplits) {
			splits, done, err := e.Assign(ctx, 0, 1)
			if err != nil || done {
				return err
			}
			if err := r.Assign(splits); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		visit(f)
		if f.Release != nil {
			f.Release()
		}
	}
}

func rowsOf(b *stream.Batch) int {
	if b == nil {
		return 0
	}
	return b.Len()
}

func TestInferAndRead(t *testing.T) {
	f := file.NewFactory()
	tab := table(fixtures+"v?-*.parquet", "parquet")
	if err := f.Infer(tab); err != nil {
		t.Fatal(err)
	}
	info, err := f.Info(tab)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(fixtures + "v?-*.parquet")
	if want := float64(700 * len(files)); info.Rows != want {
		t.Errorf("rows %g, want %g", info.Rows, want)
	}
	req := 0
	for i, c := range tab.Columns {
		if c.Name == "req" {
			req = i
		}
	}
	if st := info.Columns[req]; st.Min == nil || st.Min.I != 0 || st.Max.I != 233 || st.Nulls != 0 || st.Distinct < 200 || st.Distinct > 234 {
		t.Errorf("statistics of req: %+v", st)
	}
	s, err := f.NewSource(tab, connector.ScanSpec{Columns: []int{req}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	sum, rows := int64(0), 0
	err = drain(t, s, nil, func(fe connector.Fetch) {
		rows += rowsOf(fe.Batch)
		for i := range rowsOf(fe.Batch) {
			sum += fe.Batch.Cols[0].ValueAt(i).I
		}
	})
	want := int64(0)
	for i := range 700 {
		want += int64(i / 3)
	}
	if err != nil || rows != 700*len(files) || sum != want*int64(len(files)) {
		t.Errorf("rows %d, sum %d, %v", rows, sum, err)
	}
}

// TestResumeInMidSplit restarts from every position a reader reported.
func TestResumeInMidSplit(t *testing.T) {
	f := file.NewFactory()
	tab := table(fixtures+"v2-zstd.parquet", "parquet", column("uniq", types.StringType))
	s, err := f.NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	checkResume(t, s, 700)
}

func checkResume(t *testing.T, s connector.Source, total int) {
	t.Helper()
	ctx := context.Background()
	var all []string
	texts := func(b *stream.Batch) (out []string) {
		for i := range rowsOf(b) {
			out = append(out, string(b.Cols[0].Bytes(i)))
		}
		return out
	}
	type cut struct {
		split    connector.Split
		finished bool
		rows     int
		left     []byte
	}
	var cuts []cut
	e, err := s.Enumerate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 37})
	if err != nil {
		t.Fatal(err)
	}
	for {
		fe, err := r.Next(ctx)
		if errors.Is(err, connector.ErrNeedSplits) {
			splits, done, err := e.Assign(ctx, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			if done {
				break
			}
			if err := r.Assign(splits); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, texts(fe.Batch)...)
		if fe.Release != nil {
			fe.Release()
		}
		left, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		cuts = append(cuts, cut{connector.Split{ID: fe.Spans[0].Split, Data: fe.Spans[0].After}, fe.Spans[0].Finished, len(all), left})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if len(all) != total {
		t.Fatalf("got %d rows, want %d", len(all), total)
	}
	for _, c := range cuts {
		e, err := s.Enumerate(ctx, c.left)
		if err != nil {
			t.Fatal(err)
		}
		if !c.finished {
			e.AddSplitsBack([]connector.Split{c.split})
		}
		left, err := e.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		got := append([]string{}, all[:c.rows]...)
		if err := drain(t, s, left, func(fe connector.Fetch) { got = append(got, texts(fe.Batch)...) }); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, "\n") != strings.Join(all, "\n") {
			t.Fatalf("resumed behind row %d: %d rows, want %d", c.rows, len(got), total)
		}
	}
}

func TestErrorsNameFileColumnAndTypes(t *testing.T) {
	f := file.NewFactory()
	for _, tc := range []struct {
		name string
		tab  *catalog.Table
		code sqlerr.Code
		says []string
	}{
		{"missing file", table("nowhere/x.parquet", "parquet", column("a", types.IntType)), sqlerr.UndefinedFile, []string{"nowhere/x.parquet"}},
		{"no match", table("nowhere/*.parquet", "parquet", column("a", types.IntType)), sqlerr.UndefinedFile, []string{"nowhere/*.parquet"}},
		{"missing column", table(fixtures+"v2-zstd.parquet", "parquet", column("nope", types.IntType.NotNull())), sqlerr.UndefinedColumn, []string{"v2-zstd.parquet", "nope"}},
		{"other type", table(fixtures+"v2-zstd.parquet", "parquet", column("s", types.IntType)), sqlerr.DatatypeMismatch, []string{"v2-zstd.parquet", "column s", "STRING", "INT"}},
	} {
		_, err := f.Info(tc.tab)
		e := sqlerr.As(err)
		if e == nil || e.Code != tc.code {
			t.Errorf("%s: got %v, want code %s", tc.name, err, tc.code)
			continue
		}
		for _, s := range tc.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", tc.name, err, s)
			}
		}
	}
}

func TestChangedBetweenPlanAndRead(t *testing.T) {
	dir := t.TempDir()
	data, err := os.ReadFile(fixtures + "v2-zstd.parquet")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.parquet")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	tab := table(dir, "parquet", column("req", types.IntType))
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Enumerate(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	left, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := drain(t, s, left, func(connector.Fetch) {}); err == nil || !strings.Contains(err.Error(), path+" was changed") {
		t.Errorf("got %v", err)
	}
}

// TestTextResume reads files with line ends in quotes, long records, packed and plain, from every position.
func TestTextResume(t *testing.T) {
	var csvText, jsonText bytes.Buffer
	for i := range 500 {
		fmt.Fprintf(&csvText, "\"row %d\n%s\",%d\n", i, strings.Repeat("x", i%90), i)
		fmt.Fprintf(&jsonText, "{\"s\":\"row %d\\n%s\",\"i\":%d}\n", i, strings.Repeat("x", i%90), i)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, ".gz") {
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			if _, err := w.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			data = z.Bytes()
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tc := range []struct {
		name, format string
		data         []byte
	}{
		{"a.csv", "csv", csvText.Bytes()},
		{"b.csv.gz", "csv", csvText.Bytes()},
		{"a.json", "json", jsonText.Bytes()},
		{"b.json.gz", "json", bytes.TrimSpace(jsonText.Bytes())},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tab := table(write(tc.name, tc.data), tc.format, column("s", types.StringType), column("i", types.IntType))
			s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1})
			if err != nil {
				t.Fatal(err)
			}
			checkResume(t, s, 500)
		})
	}
}

func TestMalformedTextNamesFileAndRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(path, []byte("i\n1\n2\nx\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tab := table(path, "csv", column("i", types.IntType))
	tab.Options["csv.header"] = "true"
	s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(t, s, nil, func(connector.Fetch) {}); err == nil || !strings.Contains(err.Error(), "bad.csv, record 3") {
		t.Errorf("got %v", err)
	}
}
