package parquet_test

import (
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/io/format/parquet"
)

// scanAll reads the named columns of every row group, as inferred.
func scanAll(t testing.TB, f *parquet.File, batchRows int, visit func(b *stream.Batch), columns ...string) int {
	t.Helper()
	var wants []parquet.Want
	for i, c := range f.Columns {
		if columns == nil || contains(columns, c.Name) {
			wants = append(wants, parquet.Want{Column: i, Type: c.Type})
		}
	}
	s, err := parquet.NewScanner(f, wants, batchRows, new(parquet.Pool))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows := 0
	for g := range f.Groups() {
		if err := s.Open(g, 0, nil); err != nil {
			t.Fatal(err)
		}
		for {
			b, release, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			rows += b.Rows
			if visit != nil {
				visit(b)
			}
			release()
		}
	}
	return rows
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// BenchmarkScan reads columns of TPC-H's lineitem; WEIR_TPCH names the directory.
func BenchmarkScan(b *testing.B) {
	dir := os.Getenv("WEIR_TPCH")
	if dir == "" {
		b.Skip("WEIR_TPCH is not set")
	}
	for _, columns := range []string{
		"l_quantity,l_extendedprice,l_discount,l_tax,l_returnflag,l_linestatus,l_shipdate",
		"l_quantity,l_extendedprice,l_discount,l_shipdate",
		"l_comment", "l_shipmode", "l_orderkey",
	} {
		b.Run(columns, func(b *testing.B) {
			n, start := 0, cpuMillis(b)
			for b.Loop() {
				f, err := parquet.Open(dir + "/lineitem.parquet")
				if err != nil {
					b.Fatal(err)
				}
				scanAll(b, f, stream.BatchRows, nil, strings.Split(columns, ",")...)
				f.Close()
				n++
			}
			b.ReportMetric((cpuMillis(b)-start)/float64(n), "cpu-ms/op")
		})
	}
}

// cpuMillis is the processor time of this process: what counts on a machine that others use too.
func cpuMillis(b *testing.B) float64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}

// text writes a value as testdata/make.py does: decimals and times as the numbers they are stored as.
func text(v *vector.Vector, t types.Type, i int) string {
	x := v.ValueAt(i)
	switch {
	case x.Null:
		return "NULL"
	case t.Kind == types.Boolean:
		return strconv.FormatBool(x.Bool())
	case t.IsApproximate():
		return strconv.FormatFloat(x.Float(), 'g', -1, 64)
	case t.IsString():
		return x.Str()
	case t.IsBinary():
		return hex.EncodeToString(x.B)
	case t.Phys() == types.PhysInt128:
		return types.FormatDecimal(x.Int128(), 0)
	}
	return strconv.FormatInt(x.I, 10)
}

// TestFixtures reads files that pyarrow and DuckDB wrote, in batches that fit
// their pages well and badly, and from rows in mid-group.
func TestFixtures(t *testing.T) {
	for name, expected := range map[string]string{
		"v1-snappy": "all", "v2-zstd": "all", "v1-gzip-plain": "all", "v2-lz4-plain": "all", "v1-none-fallback": "all",
		"short-decimals": "all", "delta-split": "all", "int96": "all", "empty": "empty", "duckdb": "duckdb",
	} {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile("testdata/" + expected + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(string(want), "\n"), "\n")
			f, err := parquet.Open("testdata/" + name + ".parquet")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, rows := range []int{8192, 64, 17, 1} {
				for _, from := range []int64{0, 1, 131} {
					compareRows(t, f, lines, rows, from)
				}
			}
		})
	}
}

func compareRows(t *testing.T, f *parquet.File, lines []string, batchRows int, from int64) {
	t.Helper()
	names := strings.Split(lines[0], "\t")
	var wants []parquet.Want
	for _, n := range names {
		w := parquet.Want{Column: f.Column(n), Type: f.Columns[f.Column(n)].Type}
		if p, ok := map[string]int{"ts3": 3, "ts6": 6, "ltz": 6}[n]; ok { // INT96 has one unit for all
			w.Type.Precision = p
		}
		wants = append(wants, w)
	}
	pool := new(parquet.Pool)
	s, err := parquet.NewScanner(f, wants, batchRows, pool)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at, seen := 1, 0
	var held []func()
	for g := range f.Groups() {
		first := min(from, f.GroupRows(g))
		if err := s.Open(g, first, nil); err != nil {
			t.Fatal(err)
		}
		row := at + int(first)
		at += int(f.GroupRows(g))
		for {
			b, release, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if held = append(held, release); len(held) > 3 { // batches outlive the next ones
				held[0]()
				held = held[1:]
			}
			for i := range b.Rows {
				want := strings.Split(lines[row], "\t")
				for c, w := range wants {
					if got := text(&b.Cols[c], w.Type, i); !sameText(got, want[c]) {
						t.Fatalf("batches of %d from %d: group %d, row %d, column %s: got %q, want %q", batchRows, from, g, row, names[c], got, want[c])
					}
				}
				row++
				seen++
			}
		}
	}
	if from == 0 && seen != len(lines)-1 {
		t.Fatalf("got %d rows, want %d", seen, len(lines)-1)
	}
	for _, r := range held {
		r()
	}
}

// sameText also takes Python's hexadecimal floats.
func sameText(got, want string) bool {
	if got == want {
		return true
	}
	a, err := strconv.ParseFloat(got, 64)
	if err != nil {
		return false
	}
	b, err := strconv.ParseFloat(want, 64)
	return err == nil && strings.Contains(want, "0x") && a == b
}

// TestDamagedFiles flips bytes and cuts files: there may be an error, never a panic.
func TestDamagedFiles(t *testing.T) {
	indexed := parquet.WriterOptions{PageRows: 40, GroupRows: 200, NoChecksums: true, Default: parquet.ColumnOptions{Bloom: true}}
	for name, path := range map[string]string{
		"v1-snappy": "", "v2-zstd": "", "delta-split": "", "v1-none-fallback": "", "nested-v1": "", "nested-v2": "",
		"indexed": rewritten(t, "v1-snappy", indexed), "nested, indexed": rewritten(t, "nested-v1", indexed),
	} {
		if path == "" {
			path = "testdata/" + name + ".parquet"
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(7, 11))
		failed := 0
		for i := range 200 {
			bad := append([]byte(nil), whole...)
			if i%4 == 0 {
				bad = bad[:r.IntN(len(bad))]
			} else {
				for range 1 + r.IntN(8) {
					bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
				}
			}
			path := filepath.Join(t.TempDir(), "bad.parquet")
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := readDamaged(path); err != nil {
				failed++
				if !strings.Contains(err.Error(), "bad.parquet") {
					t.Fatalf("the error does not name the file: %v", err)
				}
			}
		}
		if failed < 50 {
			t.Errorf("%s: only %d of 200 damaged files were refused", name, failed)
		}
	}
}

func readDamaged(path string) error {
	f, err := parquet.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var wants []parquet.Want
	for i, c := range f.Columns {
		if c.Err == nil {
			wants = append(wants, parquet.Want{Column: i, Type: c.Type})
		}
	}
	s, err := parquet.NewScanner(f, wants, 100, new(parquet.Pool))
	if err != nil {
		return err
	}
	defer s.Close()
	for g := range f.Groups() {
		rows, err := indexedRows(f, g)
		if err != nil {
			return err
		}
		for _, wanted := range [][]parquet.Rows{nil, rows} {
			if err := readGroup(s, g, wanted); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexedRows are those of every other page of the last column that has an index.
func indexedRows(f *parquet.File, g int) (rows []parquet.Rows, err error) {
	for i := range f.Columns {
		if _, err := f.Bloom(g, i); err != nil {
			return nil, err
		}
		pages, err := f.Pages(g, i)
		if err != nil {
			return nil, err
		}
		for n, p := range pages {
			if n == 0 {
				rows = rows[:0]
			}
			if n%2 == 1 {
				rows = append(rows, p.Rows)
			}
		}
	}
	return rows, nil
}

func readGroup(s *parquet.Scanner, g int, wanted []parquet.Rows) error {
	if err := s.Open(g, 0, wanted); err != nil {
		return err
	}
	for {
		_, release, err := s.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		release()
	}
}

// FuzzFile reads whatever is given as a file: there may be an error that names it, never a panic.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"duckdb", "nested", "nested-v2", "empty"} {
		b, err := os.ReadFile("testdata/" + name + ".parquet")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "any.parquet")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := readDamaged(path); err != nil && !strings.Contains(err.Error(), "any.parquet") {
			t.Fatalf("the error does not name the file: %v", err)
		}
	})
}

func TestChangedFileIsNamed(t *testing.T) {
	whole, err := os.ReadFile("testdata/v1-snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "growing.parquet")
	if err := os.WriteFile(path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(path, append(whole, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := parquet.NewScanner(f, []parquet.Want{{Column: 3, Type: f.Columns[3].Type}}, 10, new(parquet.Pool))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Open(0, 0, nil); err == nil || !strings.Contains(err.Error(), "growing.parquet was changed") {
		t.Errorf("got %v", err)
	}
}
