package order_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/join/jointest"
	"github.com/weir-engine/weir/exec/operator/order"
)

var timedTypes = []types.Type{types.BigIntType, types.TimestampType(3), types.BigIntType}

func overSpec(unit logical.FrameUnit, from logical.Bound, calls ...physical.Agg) *physical.OverAggregate {
	spec := &physical.OverAggregate{PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1}}, Unit: unit, From: from, Unbounded: true}
	for _, c := range calls {
		if c.Func == "LAG" {
			spec.Lag = 1
		}
		c.Filter, c.Type = -1, types.BigIntType
		for _, a := range c.Args {
			c.ArgTypes = append(c.ArgTypes, timedTypes[a])
		}
		spec.Calls = append(spec.Calls, c)
	}
	return spec
}

func timedCall(fn string, args ...int) physical.Agg { return physical.Agg{Func: fn, Args: args} }

// TestStreamOverAgainstBounded sends rows with many equal times, a partition of
// more rows than a block has, and watermarks in between; the bounded operator, over
// the same rows in order, is the oracle.
func TestStreamOverAgainstBounded(t *testing.T) {
	all := logical.Bound{Unbounded: true}
	specs := map[string]*physical.OverAggregate{
		"range":         overSpec(logical.Range, all, timedCall("SUM", 2), timedCall("COUNT"), timedCall("MAX", 2), timedCall("LAST_VALUE", 2), timedCall("FIRST_VALUE", 2)),
		"rows":          overSpec(logical.Rows, all, timedCall("COUNT"), timedCall("ROW_NUMBER"), timedCall("FIRST_VALUE", 2)),
		"rank":          overSpec(logical.Range, all, timedCall("RANK"), timedCall("DENSE_RANK"), timedCall("SUM", 2)),
		"rows back":     overSpec(logical.Rows, logical.Bound{Offset: -3}, timedCall("COUNT", 2), timedCall("ROW_NUMBER")),
		"interval back": overSpec(logical.Range, logical.Bound{Offset: -50}, timedCall("COUNT"), timedCall("MIN", 2), timedCall("SUM", 2), timedCall("FIRST_VALUE", 2)),
		"current time":  overSpec(logical.Range, logical.Bound{}, timedCall("COUNT"), timedCall("SUM", 2)),
	}
	kinds := jointest.Kinds
	if testing.Short() {
		kinds = kinds[1:2]
	}
	for name, spec := range specs {
		for _, kind := range kinds {
			t.Run(name+"/"+kind, func(t *testing.T) { overAgainstBounded(t, spec, kind) })
		}
	}
}

func overAgainstBounded(t *testing.T, spec *physical.OverAggregate, kind string) {
	r := newRand(t)
	rows := overRows(r, spec.Unit == logical.Rows)
	bounded := *spec
	bounded.Unbounded = false
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b row) int {
		if a[0].I != b[0].I {
			return int(a[0].I - b[0].I)
		}
		return int(a[1].I - b[1].I)
	})
	want, err := run(t, order.NewOver(&bounded), newContext(t, plenty, schemaOf(timedTypes...)), cut(timedTypes, sorted, 1000))
	if err != nil {
		t.Fatal(err)
	}
	got := overStream(t, spec, kind, rows, r)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		for i := range min(len(want), len(got)) {
			if want[i] != got[i] {
				t.Fatalf("%d rows, want %d; row %d is %s, want %s", len(got), len(want), i, got[i], want[i])
			}
		}
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

// overRows are rows of which the times ascend roughly; one partition has most.
func overRows(r *rand.Rand, distinct bool) []row {
	var out []row
	for i := range 12000 {
		k := int64(0)
		if r.IntN(20) == 0 {
			k = 1 + r.Int64N(50)
		}
		at := int64(i)/40 + r.Int64N(30)
		if distinct { // the order of rows of one time is that of arrival, which frames of rows show
			at = int64(i)*30 + r.Int64N(20)
		}
		out = append(out, row{types.IntValue(k), types.IntValue(at), types.IntValue(r.Int64N(1000))})
		if r.IntN(10) == 0 {
			out[i][2] = types.NullValue()
		}
	}
	return out
}

// overStream feeds the rows with watermarks that make none of them late, and
// restarts the operator now and then.
func overStream(t *testing.T, spec *physical.OverAggregate, kind string, rows []row, r *rand.Rand) []string {
	state := jointest.New(t, kind)
	out := &sink{}
	var op *order.StreamOver
	open := func(parts [][]byte) {
		ctx := newContext(t, plenty, schemaOf(timedTypes...))
		ctx.Store, ctx.Restored = state.Store(), parts
		op = order.NewStreamOver(spec)
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
	}
	open(nil)
	at := 0
	for at < len(rows) {
		n := min(len(rows)-at, 1+r.IntN(1500))
		out.Room = 1
		if err := op.Process(0, batchOf(timedTypes, rows[at:at+n]), out); err != nil {
			t.Fatal(err)
		}
		at += n
		low := int64(stream.MaxWatermark)
		for _, x := range rows[at:] {
			low = min(low, x[1].I-1)
		}
		if r.IntN(4) == 0 && at < len(rows) { // all but the last rows wait for one watermark now and then
			low = -1
		}
		if _, err := op.Watermark(low, out); err != nil {
			t.Fatal(err)
		}
		if err := drain(op, out); err != nil {
			t.Fatal(err)
		}
		if r.IntN(3) == 0 {
			parts, err := op.Snapshot(1)
			if err != nil {
				t.Fatal(err)
			}
			state.Restart()
			open(parts)
		}
	}
	return out.Rows
}

// TestStreamOverForgets: what no frame to come has is not in state.
func TestStreamOverForgets(t *testing.T) {
	for name, spec := range map[string]*physical.OverAggregate{
		"interval back": overSpec(logical.Range, logical.Bound{Offset: -50}, timedCall("COUNT")),
		"current time":  overSpec(logical.Range, logical.Bound{}, timedCall("COUNT")),
	} {
		t.Run(name, func(t *testing.T) {
			state := jointest.New(t, "model")
			ctx := newContext(t, plenty, schemaOf(timedTypes...))
			ctx.Store = state.Store()
			op, out := order.NewStreamOver(spec), &sink{}
			if err := op.Open(ctx); err != nil {
				t.Fatal(err)
			}
			for i := range int64(100) {
				out.Room = 1 << 20
				b := batchOf(timedTypes, []row{{types.IntValue(i), types.IntValue(i), types.IntValue(1)}})
				if err := op.Process(0, b, out); err != nil {
					t.Fatal(err)
				}
			}
			for _, w := range []int64{50, 99, 160} {
				if _, err := op.Watermark(w, out); err != nil {
					t.Fatal(err)
				}
			}
			rows := ctx.Store.(interface{ Rows() int }).Rows()
			if rows != 0 || len(out.Rows) != 100 {
				t.Errorf("%d rows of state are left, %d rows came out", rows, len(out.Rows))
			}
		})
	}
}

var _ operator.Operator = (*order.StreamOver)(nil)

func BenchmarkStreamOver(b *testing.B) {
	for _, keys := range []int64{10, 10_000} {
		for name, spec := range map[string]*physical.OverAggregate{
			"running": overSpec(logical.Range, logical.Bound{Unbounded: true}, timedCall("SUM", 2), timedCall("COUNT")),
			"rows":    overSpec(logical.Rows, logical.Bound{Offset: -3}, timedCall("SUM", 2), timedCall("COUNT")),
		} {
			b.Run(fmt.Sprintf("%s/keys=%d", name, keys), func(b *testing.B) { benchmarkOver(b, spec, keys) })
		}
	}
}

func benchmarkOver(b *testing.B, spec *physical.OverAggregate, keys int64) {
	state := jointest.New(b, "hashmap")
	ctx := newContext(b, plenty, schemaOf(timedTypes...))
	ctx.Store = state.Store()
	op, out := order.NewStreamOver(spec), &discard{}
	if err := op.Open(ctx); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	at := int64(0)
	for b.Loop() {
		rows := stream.NewBuilder(timedTypes)
		for range stream.BatchRows {
			rows.Column(0).AppendValue(types.IntValue(r.Int64N(keys)))
			rows.Column(1).AppendValue(types.IntValue(at))
			rows.Column(2).AppendValue(types.IntValue(1))
			rows.Advance(1, stream.Insert)
			at++
		}
		if err := op.Process(0, rows.Finish(), out); err != nil {
			b.Fatal(err)
		}
		if _, err := op.Watermark(at-1, out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*stream.BatchRows), "ns/row")
}

type discard struct{}

func (discard) Full() bool               { return false }
func (discard) Emit(*stream.Batch) error { return nil }
