package file_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/file"
)

// TestFilesAreReadInEventOrder writes files whose names say nothing of their times.
func TestFilesAreReadInEventOrder(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	millis := types.TimestampType(3)
	tab := table(dir, "parquet", column("at", millis))
	for i, at := range []int64{300, 100, 500, 200, 400} {
		tab.Options["path"] = filepath.Join(out, strconv.Itoa(i))
		j := openJob(t, tab, "job", false)
		b := stream.NewBuilder([]types.Type{millis})
		b.Column(0).AppendValue(types.IntValue(at))
		b.Column(0).AppendValue(types.IntValue(at + 50))
		b.Advance(2, stream.Insert)
		if err := j.w.Write(context.Background(), b.Finish()); err != nil {
			t.Fatal(err)
		}
		j.commit(j.prepare(), connector.Committed)
		written, err := filepath.Glob(filepath.Join(out, strconv.Itoa(i), "*.parquet"))
		if err != nil || len(written) != 1 {
			t.Fatalf("%v, %v: want one file", written, err)
		}
		if err := os.Rename(written[0], filepath.Join(dir, strconv.Itoa(i)+".parquet")); err != nil {
			t.Fatal(err)
		}
	}
	tab.Options["path"] = dir
	read := func(streaming bool) (out []int64) {
		t.Helper()
		s, err := file.NewFactory().NewSource(tab, connector.ScanSpec{Columns: []int{0}, Limit: -1, StreamingMode: streaming})
		if err != nil {
			t.Fatal(err)
		}
		if err := drain(t, s, nil, func(f connector.Fetch) {
			for i := range rowsOf(f.Batch) {
				out = append(out, f.Batch.Cols[0].ValueAt(i).I)
			}
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	byName := read(true)
	tab.Watermark = &catalog.Watermark{Column: 0}
	if got := read(true); !slices.IsSorted(got) || len(got) != 10 {
		t.Errorf("streaming reads %v, not in the order of the watermark's column", got)
	}
	if got := read(false); !slices.Equal(got, byName) {
		t.Errorf("batch reads %v, want the order of the names %v", got, byName)
	}
}
