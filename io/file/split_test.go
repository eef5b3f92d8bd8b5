package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/metric"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
	"github.com/weir-engine/weir/io/format/csv"
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
		f := &textSource{place: place{fs.Local{}, path}, format: "json", names: []string{"i"}, types: []types.Type{types.IntType}, bytes: size}
		seen := map[int64]int{}
		for _, i := range readInts(t, f) {
			seen[i]++
		}
		for i := range int64(50) {
			if seen[i] != 1 {
				t.Fatalf("splits of %d bytes: record %d was read %d times", size, i, seen[i])
			}
		}
	}
}

// TestPiecesKeepRecords decodes a CSV file in pieces of every size: quoted line ends part no record, and all come in order.
func TestPiecesKeepRecords(t *testing.T) {
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "%d,\"%s\"\"\n\",x\"y\r\n", i, strings.Repeat("a\n", i%7))
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	names, columns := []string{"i", "s", "u"}, []types.Type{types.IntType, types.StringType, types.StringType}
	for size := 1; size < 160; size++ {
		f := &textSource{place: place{fs.Local{}, path}, format: "csv", names: names, types: columns, csv: csv.Settings{Delimiter: ',', Quote: '"'}, piece: size}
		got := readInts(t, f)
		for i, x := range got {
			if x != int64(i) {
				t.Fatalf("pieces of %d bytes: record %d is the one of %d", size, i, x)
			}
		}
		if len(got) != 50 {
			t.Fatalf("pieces of %d bytes: %d records", size, len(got))
		}
	}
}

// readInts reads the first column of a file, which is INT, in the order of one reader.
func readInts(t *testing.T, f *textSource) (out []int64) {
	t.Helper()
	all := &constants{layout: &layout{}, finder: &finder{place: f.place}, types: f.types[:1], data: []int{0}}
	s := &source{constants: all, format: f, columns: []int{0}, names: f.names[:1], types: f.types[:1], limit: -1}
	ctx := context.Background()
	e, err := s.Enumerate(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := metric.NewGroup()
	r, err := s.Open(ctx, connector.ReaderContext{BatchRows: 3, Metric: m})
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
				out = append(out, fe.Batch.Cols[0].ValueAt(i).I)
			}
			fe.Release()
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if read, there := m.Counter(connector.MetricInputBytes).Value(), e.(connector.Sized).Bytes(); read != there || there == 0 {
		t.Errorf("%d bytes are said to be read, of %d", read, there)
	}
	return out
}
