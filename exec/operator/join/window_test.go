package join_test

import (
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/join"
)

func TestWindowJoinMatchesEveryPair(t *testing.T) {
	r := newRand(t)
	ts := [2][]types.Type{{types.BigIntType, types.BigIntType, types.TimestampType(3)}, {types.TimestampType(3), types.StringType, types.BigIntType, types.BigIntType}}
	ends := [2]int{2, 0}
	for _, kind := range []logical.JoinKind{logical.Inner, logical.Left, logical.Right, logical.Full, logical.Semi, logical.Anti} {
		for round := range 6 {
			var rows [2][]row
			for in := range rows {
				rows[in] = randomRows(r, ts[in], r.IntN(80), 6, true)
				for _, x := range rows[in] {
					x[ends[in]] = types.IntValue(int64(1+r.IntN(4)) * 1000)
				}
			}
			spec := &physical.WindowJoin{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{2}, LeftEnd: 2, RightEnd: 0}
			if round%2 == 1 {
				spec.Residual = less(ts[0], ts[1], 1, 3)
			}
			want := reference(kind, rows[0], rows[1], ts[0], ts[1], func(a, b row) tri {
				if spec.Residual != nil && (a[1].Null || b[3].Null || a[1].I >= b[3].I) {
					return no
				}
				return truth(keysEqual(a, b, []int{0, 2}, []int{2, 0}))
			})
			for _, size := range []int{1, 7, 8192} {
				store := aggregatetest.NewStore()
				var now stream.Watermark
				ctx := newContext(t, plenty, schemaOf(ts[0]...), schemaOf(ts[1]...))
				ctx.Store = store
				op, out := join.NewWindow(spec), &sink{}
				if err := op.Open(ctx); err != nil {
					t.Fatal(err)
				}
				// Windows up to 2000 come first and close; then the rest.
				for _, half := range []bool{true, false} {
					for in := range rows {
						var part []row
						for _, x := range rows[in] {
							if (x[ends[in]].I <= 2000) == half {
								part = append(part, x)
							}
						}
						for _, b := range cut(ts[in], part, size) {
							if err := op.Process(in, b, out); err != nil {
								t.Fatal(err)
							}
						}
					}
					now = 2500
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
				// Rows of windows that have closed are late.
				if err := op.Process(0, batchOf(ts[0], rows[0]), out); err != nil {
					t.Fatal(err)
				}
				if got := out.Sorted(); !slices.Equal(got, want) {
					t.Fatalf("%s, residual %v, batches of %d:\n got %v\nwant %v", kind, spec.Residual != nil, size, got, want)
				}
				if n := store.Rows(); n != 0 {
					t.Errorf("%s: %d rows are left in state", kind, n)
				}
			}
		}
	}
}

// TestWindowJoinKeepsEqualRows: rows that are equal are told apart by nothing, in
// one batch or in several, and none of them may be lost.
func TestWindowJoinKeepsEqualRows(t *testing.T) {
	ts := []types.Type{types.BigIntType, types.TimestampType(3)}
	spec := &physical.WindowJoin{Kind: logical.Inner, LeftKeys: []int{0}, RightKeys: []int{0}, LeftEnd: 1, RightEnd: 1}
	backend := aggregatetest.NewHashmap(t)
	out := &sink{}
	open := func() *join.Window {
		ctx := newContext(t, plenty, schemaOf(ts...), schemaOf(ts...))
		ctx.Store = backend.Store()
		op := join.NewWindow(spec)
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		return op
	}
	process := func(op *join.Window, input int, k int64, n int) {
		rows := make([]row, n)
		for i := range rows {
			rows[i] = row{types.IntValue(k), types.IntValue(1000)}
		}
		if err := op.Process(input, batchOf(ts, rows), out); err != nil {
			t.Fatal(err)
		}
	}
	op := open()
	process(op, 0, 1, 3000) // several pieces, the first ones equal
	process(op, 0, 1, 3000)
	process(op, 1, 1, 1)
	process(op, 1, 2, 5)
	backend.Restart()
	op = open()
	process(op, 0, 1, 3000)
	process(op, 0, 1, 10)
	process(op, 0, 2, 2)
	out.Room = 1
	if _, err := op.Watermark(stream.MaxWatermark, out); err != nil {
		t.Fatal(err)
	}
	if err := drain(op, out); err != nil {
		t.Fatal(err)
	}
	pairs := map[string]int{}
	for _, p := range out.Sorted() {
		pairs[p]++
	}
	var counts []int
	for _, n := range pairs {
		counts = append(counts, n)
	}
	if slices.Sort(counts); !slices.Equal(counts, []int{10, 9010}) {
		t.Fatalf("pairs: %v, want 9010 of key 1 and 2·5 of key 2", pairs)
	}
}

// A window that was joined before a restart takes no rows behind it.
func TestWindowJoinStaysClosed(t *testing.T) {
	ts := []types.Type{types.BigIntType, types.TimestampType(3)}
	spec := &physical.WindowJoin{Kind: logical.Left, LeftKeys: []int{0}, RightKeys: []int{0}, LeftEnd: 1, RightEnd: 1}
	store, out := aggregatetest.NewStore(), &sink{Room: 9}
	var parts [][]byte
	for range 2 {
		ctx := newContext(t, plenty, schemaOf(ts...), schemaOf(ts...))
		ctx.Store, ctx.Restored = store, parts
		op := join.NewWindow(spec)
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		if err := op.Process(0, batchOf(ts, []row{{types.IntValue(7), types.IntValue(1000)}}), out); err != nil {
			t.Fatal(err)
		}
		if _, err := op.Watermark(999, out); err != nil {
			t.Fatal(err)
		}
		var err error
		if parts, err = op.Snapshot(1); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"7|1000|NULL|NULL"}; !slices.Equal(out.Rows, want) {
		t.Errorf("got %v, want %v", out.Rows, want)
	}
}
