package file_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// A join that finishes in mid-scan narrows the next batches: no row that it asks
// for is lost, and batches that have few of them come without the others.
func TestMembersNarrowRows(t *testing.T) {
	f := file.NewFactory()
	files, _ := filepath.Glob(fixtures + "v?-*.parquet")
	tab := table(files[0], "parquet")
	if err := f.Infer(tab); err != nil {
		t.Fatal(err)
	}
	req := slices.IndexFunc(tab.Columns, func(c catalog.Column) bool { return c.Name == "req" })
	s, err := f.NewSource(tab, connector.ScanSpec{Columns: []int{req, (req + 1) % len(tab.Columns)}, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	var members []*connector.Members
	read := func(narrowAt int) (values []int64) {
		members = nil
		ctx := context.Background()
		r, err := s.Open(ctx, connector.ReaderContext{Parallelism: 1, BatchRows: 64, Members: func() []*connector.Members { return members }})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		e, err := s.Enumerate(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; ; at++ {
			if at == narrowAt {
				members = []*connector.Members{{Column: 0, Low: 5, Bits: []uint64{1 | 1<<40}}} // 5 and 45
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
				k := i
				if fetch.Batch.Sel != nil {
					k = int(fetch.Batch.Sel[i])
				}
				values = append(values, fetch.Batch.Cols[0].ValueAt(k).I)
			}
			if fetch.Release != nil {
				fetch.Release()
			}
		}
	}
	asked := func(x int64) bool { return x == 5 || x == 45 }
	all := read(-1)
	want := slices.DeleteFunc(slices.Clone(all), func(x int64) bool { return !asked(x) })
	if len(want) == 0 || len(want) == len(all) {
		t.Fatal("the file does not have what this test needs")
	}
	if got := read(0); !slices.Equal(got, want) {
		t.Errorf("narrowed from the start: %v, want %v", got, want)
	}
	got := read(4)
	if kept := slices.DeleteFunc(slices.Clone(got), func(x int64) bool { return !asked(x) }); !slices.Equal(kept, want) {
		t.Errorf("narrowed in mid-scan: %v, want %v among them", kept, want)
	}
	if len(got) <= len(want) || len(got) >= len(all)/2 {
		t.Errorf("narrowed in mid-scan: %d rows of %d", len(got), len(all))
	}
}
