package arrow_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/kernel"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/arrow"
)

const samples = "../../../testdata/arrow/"

var names = []string{"plain.arrow", "lz4.arrows", "zstd.arrow", "types.arrow"}

// readAll reads all columns of all records, as inferred.
func readAll(path string, visit func(b *stream.Batch)) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	f, err := arrow.NewFile(path, in)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	defer f.Close()
	for i := 0; f.Records() < 0 || i < f.Records(); i++ {
		rec, err := f.Record(i)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b := &stream.Batch{Rows: int(rec.NumRows())}
		for c := range f.Columns {
			if f.Columns[c].Err != nil {
				continue
			}
			v, err := arrow.Vector(rec.Column(c), f.Columns[c].Type)
			if err != nil {
				return err
			}
			if v.Len != b.Rows {
				return errors.New("columns have different lengths")
			}
			b.Cols = append(b.Cols, v)
		}
		if visit != nil {
			visit(b)
		}
	}
	return nil
}

func schemaOf(t *testing.T, path string) *types.Schema {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := arrow.NewFile(path, in)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema := &types.Schema{}
	for _, c := range f.Columns {
		schema.Fields = append(schema.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	return schema
}

func lines(t *testing.T, path string, schema *types.Schema) (out []string) {
	t.Helper()
	if err := readAll(path, func(b *stream.Batch) {
		for r := range b.Rows {
			line := ""
			for i := range b.Cols {
				if schema.Fields[i].Name == "ats" {
					continue // seconds come back as milliseconds, which print otherwise
				}
				line += string(kernel.AppendJSON(nil, schema.Fields[i].Type, &b.Cols[i], r, nil)) + "\t"
			}
			out = append(out, line)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRoundTrip writes what the samples hold, as files and streams, and reads it back.
func TestRoundTrip(t *testing.T) {
	for _, name := range []string{"plain.arrow", "types.arrow"} {
		schema := schemaOf(t, samples+name)
		want := lines(t, samples+name, schema)
		for _, s := range []arrow.Settings{{Rows: 7}, {Rows: 100, Compression: "LZ4"}, {Rows: 50, Compression: "ZSTD", Stream: true}, {Rows: 1 << 20, Stream: true}} {
			path := filepath.Join(t.TempDir(), name)
			out, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			w, err := arrow.NewWriter(out, schema, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := readAll(samples+name, func(b *stream.Batch) {
				if err := w.Write(b); err != nil {
					t.Fatal(err)
				}
			}); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Close(), out.Close()); err != nil {
				t.Fatal(err)
			}
			back := schemaOf(t, path)
			for i, f := range back.Fields {
				// Bytes of fixed length come back as bytes.
				if want := schema.Fields[i].Type; !f.Type.Equal(want) && want.Kind != types.Binary && f.Name != "ats" {
					t.Errorf("%+v: column %s comes back as %s, not %s", s, f.Name, f.Type, schema.Fields[i].Type)
				}
			}
			got := lines(t, path, back)
			if len(got) != len(want) {
				t.Fatalf("%s, %+v: %d rows, want %d", name, s, len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s, %+v, row %d:\n got %s\nwant %s", name, s, i, got[i], want[i])
				}
			}
		}
	}
}

// TestStreamGoesBack reads a record of a stream again after later ones.
func TestStreamGoesBack(t *testing.T) {
	in, err := os.Open(samples + "lz4.arrows")
	if err != nil {
		t.Fatal(err)
	}
	f, err := arrow.NewFile("lz4.arrows", in)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, i := range []int{1, 0, 1} {
		rec, err := f.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		if want := []int64{45, 15}[i]; rec.NumRows() != want {
			t.Errorf("record %d has %d rows, want %d", i, rec.NumRows(), want)
		}
	}
	if _, err := f.Record(2); !errors.Is(err, io.EOF) {
		t.Errorf("got %v behind the last record", err)
	}
}

// TestDamagedFiles flips bytes and cuts files: there may be an error, never a panic.
func TestDamagedFiles(t *testing.T) {
	for _, name := range names {
		whole, err := os.ReadFile(samples + name)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(5, 9))
		path, failed := filepath.Join(t.TempDir(), "bad.arrow"), 0
		for i := range 150 {
			bad := append([]byte(nil), whole...)
			if i%4 == 0 {
				bad = bad[:r.IntN(len(bad))]
			} else {
				for range 1 + r.IntN(20) {
					bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
				}
			}
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			if readAll(path, touch) != nil {
				failed++
			}
		}
		if failed < 20 {
			t.Errorf("%s: only %d of 150 damaged files were refused", name, failed)
		}
	}
}

// touch reads every value, so that what lies outside of its buffer is found.
func touch(b *stream.Batch) {
	for i := range b.Cols {
		if b.Cols[i].Phys >= types.PhysList {
			continue
		}
		for r := range b.Rows {
			_ = b.Cols[i].ValueAt(r)
		}
	}
}

// FuzzFile reads whatever is given as a file: there may be an error, never a panic.
func FuzzFile(f *testing.F) {
	for _, name := range names {
		b, err := os.ReadFile(samples + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "any.arrow")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := readAll(path, touch); err != nil && strings.Contains(err.Error(), "no such file") {
			t.Fatal(err)
		}
	})
}
