package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/fs"
)

// TestSplitsPartRecords cuts a JSON file at every distance: each record belongs to one split.
func TestSplitsPartRecords(t *testing.T) {
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "{\"i\":%d,\"s\":\"%s\"}\n", i, strings.Repeat("x", i%7))
	}
	path := filepath.Join(t.TempDir(), "a.json")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for size := int64(1); size < 130; size++ {
		at := place{fs.Local{}, path}
		f := &textSource{place: at, format: "json", names: []string{"i"}, types: []types.Type{types.IntType}, bytes: size}
		all := &constants{layout: &layout{}, finder: &finder{place: at}, types: f.types, data: []int{0}}
		s := &source{constants: all, format: f, columns: []int{0}, names: f.names, types: f.types, limit: -1}
		seen := map[int64]int{}
		ctx := context.Background()
		e, err := s.Enumerate(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(ctx, connector.ReaderContext{BatchRows: 3})
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
			if fe.Batch != nil {
				for i := range fe.Batch.Rows {
					seen[fe.Batch.Cols[0].ValueAt(i).I]++
				}
				fe.Release()
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for i := range int64(50) {
			if seen[i] != 1 {
				t.Fatalf("splits of %d bytes: record %d was read %d times", size, i, seen[i])
			}
		}
	}
}
