package window_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/optest"
	"github.com/weir-engine/weir/exec/operator/window"
)

func sessionSpec(gap int64, keys []int, aggs ...physical.Agg) *physical.WindowAggregate {
	return &physical.WindowAggregate{
		Keys: keys, Aggs: aggs, Spec: logical.WindowSpec{Kind: logical.Session, Size: gap}, Time: 3,
		Props: []physical.WindowProperty{physical.WindowStart, physical.WindowEnd, physical.WindowTime},
	}
}

// TestSessionsByHand: rows merge when they touch; what touches no open session and is over is late.
func TestSessionsByHand(t *testing.T) {
	r := newRig(t, sessionSpec(10, []int{0}, agg("COUNT"), agg("SUM", 2)))
	r.process(event{k: 1, x: 1, ts: 0}, event{k: 1, x: 2, ts: 10}, event{k: 1, x: 4, ts: 21}, event{k: 2, x: 9, ts: 5})
	r.watermark(13)                       // [5, 15) of key 2 is open still
	r.process(event{k: 1, x: 8, ts: 20})  // touches [0, 20) and bridges to [21, 31)
	r.process(event{k: 2, x: 1, ts: 3})   // over by itself at 13, but part of [5, 15)
	r.process(event{k: 2, x: 1, ts: -20}) // late
	r.restart()
	r.watermark(14)
	r.process(event{k: 2, x: 7, ts: 4}) // [4, 14) is over, and [3, 15) has been fired: late
	late := r.ctx.Metric.Counter("numLateRecordsDropped").Value()
	r.end()
	want := []string{"+I 2 2 10 3 15 14", "+I 1 4 15 0 31 30"}
	if !slices.Equal(r.out.rows, want) || late != 1 {
		t.Errorf("%d late; got %v, want %v", late, r.out.rows, want)
	}
}

// TestSessionsAgainstReference sends rows that are never late, in any order, with restarts.
func TestSessionsAgainstReference(t *testing.T) {
	for _, aggs := range [][]physical.Agg{{agg("COUNT"), agg("SUM", 2)}, {agg("MAX", 2), agg("MIN", 1)}} {
		for _, keys := range [][]int{{0}, {}} {
			for _, size := range []int{1, 7, 500} {
				for seed := range uint64(4) {
					t.Run(fmt.Sprintf("%s/keys=%v/batch=%d/seed=%d", aggs[0].Func, keys, size, seed), func(t *testing.T) {
						spec := sessionSpec(12, keys, aggs...)
						r := newRig(t, spec)
						if seed == 3 {
							r.close()
							r = &rig{t: t, store: aggregatetest.NewStore(), real: aggregatetest.NewHashmap(t), spec: spec, out: &sink{}}
							r.open(nil)
						}
						runSessions(t, r, size, seed)
					})
				}
			}
		}
	}
}

func runSessions(t *testing.T, r *rig, size int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 3))
	var events []event
	for i := range int64(300) {
		events = append(events, event{k: int64(rng.IntN(4)), x: int64(rng.IntN(30)), ts: i*4 + int64(rng.IntN(50)), s: fmt.Sprintf("s%03d", i)})
	}
	mark := int64(-100)
	for from := 0; from < len(events); from += size {
		to := min(from+size, len(events))
		r.process(events[from:to]...)
		low := int64(1 << 60)
		for _, e := range events[to:] {
			low = min(low, e.ts)
		}
		// A row at the very end of a session touches it, but comes after it has fired
		// when the watermark is as high as it may be: leave it one lower.
		if low-2 > mark && low < 1<<60 && rng.IntN(3) == 0 {
			mark = low - 2
			r.watermark(mark)
		}
		if rng.IntN(20) == 0 {
			r.restart()
		}
	}
	r.end()
	got := slices.Clone(r.out.rows)
	slices.Sort(got)
	if want := sessionReference(events, r.spec); !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
}

// sessionReference sorts the rows of a key by time and cuts where the gap is longer.
func sessionReference(events []event, spec *physical.WindowAggregate) (out []string) {
	byKey := map[int64][]event{}
	for _, e := range events {
		k := e.k
		if len(spec.Keys) == 0 {
			k = 0
		}
		byKey[k] = append(byKey[k], e)
	}
	gap := spec.Spec.Size
	for k, es := range byKey {
		slices.SortFunc(es, func(a, b event) int { return int(a.ts - b.ts) })
		for len(es) > 0 {
			n := 1
			for n < len(es) && es[n].ts <= es[n-1].ts+gap {
				n++
			}
			line := "+I"
			if len(spec.Keys) > 0 {
				line += fmt.Sprint(" ", k)
			}
			for _, a := range spec.Aggs {
				line += " " + naive(es[:n], a)
			}
			end := es[n-1].ts + gap
			out = append(out, line+fmt.Sprintf(" %d %d %d", es[0].ts, end, end-1))
			es = es[n:]
		}
	}
	slices.Sort(out)
	return out
}

func TestSessionKit(t *testing.T) {
	spec := sessionSpec(20, []int{0}, agg("COUNT"), agg("MAX", 2))
	spec.Props = spec.Props[:2]
	out := types.NewSchema(types.Field{Name: "k", Type: types.BigIntType}, types.Field{Name: "n", Type: types.BigIntType.NotNull()},
		types.Field{Name: "m", Type: types.BigIntType}, types.Field{Name: "start", Type: types.TimestampType(3)}, types.Field{Name: "end", Type: types.TimestampType(3)})
	optest.Run(t, optest.Case{
		Streaming: true,
		New:       func() operator.Operator { return window.NewAggregate(spec) },
		Inputs:    []*types.Schema{input}, Output: out,
		Events: []optest.Event{
			optest.Rows(0, optest.R(1, "a", 5, 10), optest.R(1, "b", 6, 40), optest.R(2, "a", 7, 49)),
			optest.Watermark(0, 28),
			optest.Rows(0, optest.R(1, "c", 1, 25), optest.R(1, "d", 2, 110), optest.R(2, "f", 9, nil)),
			optest.Watermark(0, 99),
			optest.Rows(0, optest.R(2, "f", 9, 160), optest.R(2, "late", 9, 75)),
			optest.End(0),
		},
		Want: []string{"1, 3, 6, 10, 60", "2, 1, 7, 49, 69", "1, 1, 2, 110, 130", "2, 1, 9, 160, 180"},
	})
}

// TestSessionRowsKit: rows come out when their session has ended, with its bounds.
func TestSessionRowsKit(t *testing.T) {
	ts := types.TimestampType(3)
	spec := sessionSpec(10, []int{0})
	spec.KeepRows = true
	optest.Run(t, optest.Case{
		Name: "rows", Streaming: true,
		New:    func() operator.Operator { return window.NewAggregate(spec) },
		Inputs: []*types.Schema{input},
		Output: types.NewSchema(append(append([]types.Field(nil), input.Fields...), types.Field{Name: "s", Type: ts}, types.Field{Name: "e", Type: ts}, types.Field{Name: "t", Type: ts})...),
		Events: []optest.Event{
			optest.Rows(0, optest.R(1, "a", 1, 0), optest.R(1, "b", 2, 21), optest.R(2, "c", nil, 5), optest.R(1, "d", 3, 10), optest.R(1, "e", 4, nil)),
			optest.Watermark(0, 13),
			optest.Rows(0, optest.R(1, "bridge", 5, 20), optest.R(1, "same time", 6, 20), optest.R(2, "late", 7, -20)),
			optest.Watermark(0, 30),
			optest.Rows(0, optest.R(2, "again", 8, 40)),
			optest.End(0),
		},
		Want: []string{
			"2, c, NULL, 5, 5, 15, 14", "1, a, 1, 0, 0, 31, 30", "1, d, 3, 10, 0, 31, 30", "1, bridge, 5, 20, 0, 31, 30",
			"1, same time, 6, 20, 0, 31, 30", "1, b, 2, 21, 0, 31, 30", "2, again, 8, 40, 40, 50, 49",
		},
	})
}
