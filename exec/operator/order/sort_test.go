package order_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/core/vector"
	"github.com/weir-engine/weir/exec/operator/order"
	"github.com/weir-engine/weir/state/spill"
)

var everyType = []types.Type{
	types.BigIntType.NotNull(), types.BigIntType, types.IntType, types.SmallType, types.StringType, types.DoubleType,
	types.DecimalType(38, 2), types.BooleanType, types.FloatType.NotNull(), types.StringType.NotNull(),
}

func randomKeys(r *rand.Rand) []physical.SortKey {
	var keys []physical.SortKey
	for range 1 + r.IntN(3) {
		keys = append(keys, physical.SortKey{Col: r.IntN(len(everyType)), Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
	}
	return keys
}

func TestSortOrdersAsTheKeysSay(t *testing.T) {
	r := newRand(t)
	for range 60 {
		keys := randomKeys(r)
		rows := randomRows(r, everyType, r.IntN(1000), 1+r.IntN(300))
		want := slices.Clone(rows)
		slices.SortStableFunc(want, func(a, b row) int { return compare(a, b, everyType, keys) })
		for _, size := range []int{1, 7, 8192} {
			ctx := newContext(t, plenty, schemaOf(everyType...))
			got, err := run(t, order.NewSort(&physical.Sort{Keys: keys}), ctx, cut(everyType, rows, size))
			if err != nil || !slices.Equal(got, texts(everyType, want)) {
				t.Fatalf("keys %+v, %d rows, batches of %d: %v\n got %.2000v\nwant %.2000v", keys, len(rows), size, err, got, texts(everyType, want))
			}
			offset, limit := r.IntN(20), r.IntN(100)
			ctx = newContext(t, plenty, schemaOf(everyType...))
			got, err = run(t, order.NewSortLimit(&physical.SortLimit{Keys: keys, Offset: int64(offset), Limit: int64(limit)}), ctx, cut(everyType, rows, size))
			from, to := min(offset, len(want)), min(offset+limit, len(want))
			if err != nil || !sameByKeys(got, texts(everyType, want)[from:to], want[from:to], keys) {
				t.Fatalf("keys %+v, %d rows, offset %d, limit %d, batches of %d: %v\n got %.2000v\nwant %.2000v", keys, len(rows), offset, limit, size, err, got, texts(everyType, want)[from:to])
			}
		}
	}
}

// sameByKeys compares the first n rows; the sorts here are stable, so rows are the same.
func sameByKeys(got, want []string, _ []row, _ []physical.SortKey) bool {
	return slices.Equal(got, want)
}

func TestSortSpills(t *testing.T) {
	r := newRand(t)
	ts := []types.Type{types.BigIntType, types.StringType}
	keys := []physical.SortKey{{Col: 0, Desc: true}, {Col: 1, NullsFirst: true}}
	rows := randomRows(r, ts, 60_000, 500)
	want := slices.Clone(rows)
	slices.SortStableFunc(want, func(a, b row) int { return compare(a, b, ts, keys) })
	ctx := newContext(t, 1<<20, schemaOf(ts...))
	got, err := run(t, order.NewSort(&physical.Sort{Keys: keys}), ctx, cut(ts, rows, 1000))
	if err != nil || !slices.Equal(got, texts(ts, want)) {
		t.Fatalf("spilled sort differs: %v", err)
	}
	if n := ctx.Metric.Counter("spilledRows").Value(); n != 60_000 {
		t.Errorf("%d rows were spilled, not all of 60000", n)
	}
	ctx = newContext(t, 1<<20, schemaOf(ts...))
	got, err = run(t, order.NewSortLimit(&physical.SortLimit{Keys: keys, Offset: 7, Limit: 100}), ctx, cut(ts, rows, 1000))
	if err != nil || !slices.Equal(got, texts(ts, want)[7:107]) {
		t.Fatalf("first rows differ: %v", err)
	}
	if n := ctx.Metric.Counter("spilledRows").Value(); n != 0 {
		t.Errorf("%d rows were spilled for a small limit", n)
	}
}

func TestBoundedRankNumbersRowsOfAPartition(t *testing.T) {
	r := newRand(t)
	ts := []types.Type{types.StringType, types.BigIntType, types.IntType}
	for range 20 {
		rows := randomRows(r, ts, r.IntN(20_000), 2+r.IntN(50))
		spec := &physical.Rank{PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1, Desc: true}}, Start: 1 + int64(r.IntN(3)), End: 4, EmitNumber: true, Bounded: true}
		if r.IntN(4) == 0 {
			spec.PartitionBy = nil
		}
		var keys []physical.SortKey
		for _, c := range spec.PartitionBy {
			keys = append(keys, physical.SortKey{Col: c, NullsFirst: true})
		}
		keys = append(keys, spec.OrderBy...)
		slices.SortStableFunc(rows, func(a, b row) int { return compare(a, b, ts, keys) })
		n, want := 0, []string{}
		for i, x := range rows {
			if i > 0 && len(spec.PartitionBy) > 0 && compare(x, rows[i-1], ts, keys[:1]) != 0 {
				n = 0
			}
			if n++; int64(n) >= spec.Start && int64(n) <= spec.End {
				want = append(want, texts(ts, []row{x})[0]+fmt.Sprint("|", n))
			}
		}
		got, err := run(t, order.NewRank(spec), newContext(t, plenty, schemaOf(ts...)), cut(ts, rows, 3000))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%+v: %v\n got %.2000v\nwant %.2000v", spec, err, got, want)
		}
	}
}

type nowhere struct{ rows int }

func (n *nowhere) Full() bool                 { return false }
func (n *nowhere) Emit(b *stream.Batch) error { n.rows += b.Len(); return nil }

func BenchmarkSort(b *testing.B) {
	const rows = 6_000_000
	r := rand.New(rand.NewPCG(1, 2))
	keys := make([]int64, rows)
	for i := range keys {
		keys[i] = r.Int64()
	}
	var in []*stream.Batch
	for from := 0; from < rows; from += stream.BatchRows {
		part := keys[from:min(rows, from+stream.BatchRows)]
		in = append(in, &stream.Batch{Cols: []vector.Vector{vector.Of(types.PhysInt64, part)}, Rows: len(part)})
	}
	for b.Loop() {
		op, out := order.NewSort(&physical.Sort{Keys: []physical.SortKey{{Col: 0}}}), &nowhere{}
		if err := op.Open(newContext(b, 4<<30, schemaOf(types.BigIntType))); err != nil {
			b.Fatal(err)
		}
		for _, x := range in {
			if err := op.Process(0, x, out); err != nil {
				b.Fatal(err)
			}
		}
		if err := op.EndInput(0, out); err != nil {
			b.Fatal(err)
		}
		if out.rows != rows {
			b.Fatal(out.rows)
		}
		_ = op.Close()
	}
}

// TestSortMergesInTwoPasses has more runs than are merged at once: some rows are written twice.
func TestSortMergesInTwoPasses(t *testing.T) {
	r := newRand(t)
	ts := []types.Type{types.StringType, types.BigIntType}
	keys := []physical.SortKey{{Col: 0, Desc: true, NullsFirst: true}, {Col: 1}}
	rows := randomRows(r, ts, 60_000, 5000)
	want := slices.Clone(rows)
	slices.SortStableFunc(want, func(a, b row) int { return compare(a, b, ts, keys) })
	ctx := newContext(t, 40<<10, schemaOf(ts...))
	got, err := run(t, order.NewSort(&physical.Sort{Keys: keys}), ctx, cut(ts, rows, 200))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, texts(ts, want)) {
		t.Fatal("the rows are not in order")
	}
	runs, written := ctx.Metric.Counter("spilledRuns").Value(), ctx.Metric.Counter("spilledRows").Value()
	if runs <= spill.FanIn || written <= int64(len(rows)) {
		t.Errorf("%d runs, %d rows were written: one pass would have merged them", runs, written)
	}
}

// cancelling is a directory whose user is cancelled as soon as it spills.
type cancelling struct {
	dir
	cancel context.CancelFunc
}

func (c cancelling) Dir() (string, error) { c.cancel(); return c.dir.Dir() }

func TestSortStopsSpilling(t *testing.T) {
	ts := []types.Type{types.StringType, types.BigIntType}
	ctx := newContext(t, 4<<20, schemaOf(ts...))
	var cancel context.CancelFunc
	ctx.Ctx, cancel = context.WithCancel(ctx.Ctx)
	ctx.Spill = cancelling{dir(t.TempDir()), cancel}
	_, err := run(t, order.NewSort(&physical.Sort{Keys: []physical.SortKey{{Col: 1}}}), ctx, cut(ts, randomRows(newRand(t), ts, 60_000, 5000), 8000))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("a sort that was cancelled ended with %v", err)
	}
	if n := ctx.Metric.Counter("spilledRows").Value(); n > 0 {
		t.Errorf("%d rows were written after that", n)
	}
}

// A Top-N tells where its rows end as it goes: no row of its answer lies behind
// what it has said, and what it says never goes back.
func TestSortLimitTellsItsLastKey(t *testing.T) {
	r := newRand(t)
	for range 12 {
		keys := randomKeys(r)
		rows := randomRows(r, everyType, 3000, 1+r.IntN(3000))
		limit := 1 + r.IntN(50)
		want := slices.Clone(rows)
		slices.SortStableFunc(want, func(a, b row) int { return compare(a, b, everyType, keys) })
		first := physical.SortKey{Desc: keys[0].Desc, NullsFirst: keys[0].NullsFirst}
		ts := everyType[keys[0].Col : keys[0].Col+1]
		var told []types.Value
		op := order.NewSortLimit(&physical.SortLimit{Keys: keys, Limit: int64(limit)})
		op.OfferLast(func(ty types.Type, last types.Value) {
			if ty.Kind != ts[0].Kind {
				t.Errorf("the type is %v, not %v", ty, ts[0])
			}
			told = append(told, last)
		})
		got, err := run(t, op, newContext(t, plenty, schemaOf(everyType...)), cut(everyType, rows, 100))
		if err != nil || !slices.Equal(got, texts(everyType, want[:limit])) {
			t.Fatalf("keys %+v, limit %d: %v\n got %.2000v\nwant %.2000v", keys, limit, err, got, texts(everyType, want[:limit]))
		}
		if len(told) == 0 {
			t.Fatalf("keys %+v, limit %d: nothing was told of %d rows", keys, limit, len(rows))
		}
		told = append(told, want[limit-1][keys[0].Col])
		for i := range told[1:] {
			if compare(row{told[i]}, row{told[i+1]}, ts, []physical.SortKey{first}) < 0 {
				t.Fatalf("keys %+v, limit %d: %v was told before %v", keys, limit, told[i], told[i+1])
			}
		}
	}
}
