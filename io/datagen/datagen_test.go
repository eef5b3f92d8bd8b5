package datagen

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func table(opts option.Values) *catalog.Table {
	opts["connector"] = "datagen"
	return &catalog.Table{Name: "g", Options: opts, Columns: []catalog.Column{
		{Name: "id", Type: types.BigIntType}, {Name: "v", Type: types.IntType}, {Name: "s", Type: types.VarcharType(5)},
	}}
}

func read(t *testing.T, tab *catalog.Table, parallelism int) (ids []int64, vs []int64, lens []int) {
	t.Helper()
	src, err := Factory{}.NewSource(tab, connector.ScanSpec{Columns: []int{0, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	en, _ := src.Enumerate(ctx, nil)
	for p := range parallelism {
		r, err := src.Open(ctx, connector.ReaderContext{BatchRows: 16})
		if err != nil {
			t.Fatal(err)
		}
		splits, _, _ := en.Assign(ctx, p, parallelism)
		if err := r.Assign(splits); err != nil {
			t.Fatal(err)
		}
		for {
			f, err := r.Next(ctx)
			if errors.Is(err, connector.ErrNeedSplits) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range f.Batch.Rows {
				ids = append(ids, f.Batch.Cols[0].ValueAt(i).I)
				vs = append(vs, f.Batch.Cols[1].ValueAt(i).I)
				lens = append(lens, len(f.Batch.Cols[2].Bytes(i)))
			}
		}
	}
	return ids, vs, lens
}

func TestSequenceAndBounds(t *testing.T) {
	opts := option.Values{
		"rows-per-second": "0", "fields.id.kind": "sequence", "fields.id.start": "10", "fields.id.end": "109",
		"fields.v.min": "1", "fields.v.max": "6",
	}
	ids, vs, lens := read(t, table(opts), 3)
	if len(ids) != 100 {
		t.Fatalf("%d rows, want the 100 of the sequence", len(ids))
	}
	seen := map[int64]bool{}
	for i := range ids {
		seen[ids[i]] = true
		if vs[i] < 1 || vs[i] > 6 || lens[i] != 5 {
			t.Fatalf("row %d: v %d, string of %d", ids[i], vs[i], lens[i])
		}
	}
	if len(seen) != 100 || !seen[10] || !seen[109] {
		t.Fatalf("%d distinct ids", len(seen))
	}
}

func TestSequenceNeedsEnds(t *testing.T) {
	_, err := Factory{}.Info(table(option.Values{"fields.id.kind": "sequence", "fields.id.start": "1"}))
	if err == nil {
		t.Fatal("a sequence without end was accepted")
	}
}
