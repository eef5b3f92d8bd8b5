package order_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/order"
)

func TestWindowRankEmitsClosedWindows(t *testing.T) {
	r := newRand(t)
	for range 20 {
		rows := randomRows(r, streamTypes, r.IntN(100), 8)
		ts := slices.Clone(streamTypes)
		ts[1] = types.TimestampType(3) // the window's end
		for _, x := range rows {
			x[1] = types.IntValue(int64(1+r.IntN(3)) * 1000)
		}
		spec := &physical.WindowRank{PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 2, Desc: true}}, Start: 1, End: 2, EmitNumber: r.IntN(2) == 0, WindowEnd: 1}
		want := topByHand(rows, &physical.Rank{PartitionBy: []int{0, 1}, OrderBy: spec.OrderBy, Start: 1, End: 2, EmitNumber: spec.EmitNumber})
		for _, size := range []int{1, 7, 8192} {
			store := aggregatetest.NewStore()
			var now stream.Watermark
			ctx := newContext(t, plenty, schemaOf(ts...))
			ctx.Store = store
			op, out := order.NewWindowRank(spec), &sink{}
			if err := op.Open(ctx); err != nil {
				t.Fatal(err)
			}
			for _, half := range []bool{true, false} {
				var part []row
				for _, x := range rows {
					if (x[1].I <= 1000) == half {
						part = append(part, x)
					}
				}
				for _, b := range cut(ts, part, size) {
					if err := op.Process(0, b, out); err != nil {
						t.Fatal(err)
					}
				}
				now = 999
				if !half {
					now = stream.MaxWatermark
				}
				out.Room = 1
				if _, err := op.Watermark(now, out); err != nil {
					t.Fatal(err)
				}
				if err := drain(op, out); err != nil {
					t.Fatal(err)
				}
			}
			slices.Sort(out.Rows)
			if !slices.Equal(out.Rows, want) {
				t.Fatalf("%+v, batches of %d:\n got %v\nwant %v", spec, size, out.Rows, want)
			}
			if n := store.Rows(); n != 0 {
				t.Errorf("%d rows are left in state", n)
			}
		}
	}
}

// A window that was emitted before a restart takes no rows behind it.
func TestWindowRankStaysClosed(t *testing.T) {
	ts := []types.Type{types.BigIntType, types.TimestampType(3)}
	spec := &physical.WindowRank{PartitionBy: []int{1}, OrderBy: []physical.SortKey{{Col: 0}}, Start: 1, End: 2, WindowEnd: 1}
	store, out := aggregatetest.NewStore(), &sink{Room: 9}
	var parts [][]byte
	for range 2 {
		ctx := newContext(t, plenty, schemaOf(ts...))
		ctx.Store, ctx.Restored = store, parts
		op := order.NewWindowRank(spec)
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		for _, b := range cut(ts, []row{{types.IntValue(7), types.IntValue(1000)}}, 1) {
			if err := op.Process(0, b, out); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := op.Watermark(999, out); err != nil {
			t.Fatal(err)
		}
		var err error
		if parts, err = op.Snapshot(1); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"7|1000"}; !slices.Equal(out.Rows, want) {
		t.Errorf("got %v, want %v", out.Rows, want)
	}
}
