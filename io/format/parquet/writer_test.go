package parquet_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/parquet"
)

// TestWriterRoundTrip writes what the fixtures hold, in every codec, and reads it back.
func TestWriterRoundTrip(t *testing.T) {
	f, err := parquet.Open("testdata/v1-snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema := &types.Schema{}
	for _, c := range f.Columns {
		schema.Fields = append(schema.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	for _, codec := range []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW", "LZ4", "BROTLI"} {
		t.Run(codec, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.parquet")
			if keep := os.Getenv("WEIR_KEEP"); keep != "" {
				path = filepath.Join(keep, codec+".parquet")
			}
			out, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			w, err := parquet.NewWriter(out, schema, parquet.WriterOptions{Codec: codec, GroupRows: 250})
			if err != nil {
				t.Fatal(err)
			}
			scanAll(t, f, 100, func(b *stream.Batch) {
				if err := w.Write(b); err != nil {
					t.Fatal(err)
				}
			})
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			compareFiles(t, f, path)
		})
	}
}

func compareFiles(t *testing.T, want *parquet.File, path string) {
	t.Helper()
	got, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	a, b := texts(t, want), texts(t, got)
	if len(a) != len(b) {
		t.Fatalf("got %d rows, want %d", len(b), len(a))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("row %d:\n got %s\nwant %s", i, b[i], a[i])
		}
	}
}

func texts(t *testing.T, f *parquet.File) (out []string) {
	t.Helper()
	var wants []parquet.Want
	for i, c := range f.Columns {
		wants = append(wants, parquet.Want{Column: i, Type: c.Type})
	}
	s, err := parquet.NewScanner(f, wants, 97, new(parquet.Pool))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
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
			for i := range b.Rows {
				line := ""
				for c, w := range wants {
					line += text(&b.Cols[c], w.Type, i) + "\t"
				}
				out = append(out, line)
			}
			release()
		}
	}
	return out
}
