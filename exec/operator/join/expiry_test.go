package join_test

import (
	"fmt"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/aggregate/aggregatetest"
	"github.com/weir-engine/weir/exec/operator/join"
)

// A row is met until a time to live after it was last written: an association writes it too.
func TestRegularJoinExpires(t *testing.T) {
	ts := [2][]types.Type{{types.BigIntType, types.BigIntType}, {types.BigIntType, types.BigIntType}}
	i := func(x int64) types.Value { return types.IntValue(x) }
	type step struct {
		at int64
		change
	}
	steps := []step{
		{10_000, change{0, stream.Insert, row{i(1), i(10)}}},
		{10_500, change{0, stream.Insert, row{i(1), i(11)}}},
		{10_999, change{1, stream.Insert, row{i(1), i(20)}}}, // meets both
		{11_400, change{1, stream.Insert, row{i(1), i(21)}}}, // meets what still lives
		{11_999, change{0, stream.Insert, row{i(1), i(12)}}}, // 20 is over, 21 lives
		{20_000, change{1, stream.Insert, row{i(1), i(22)}}}, // all are over, though nothing was swept
	}
	for kind, want := range map[logical.JoinKind]string{
		logical.Inner: "[1|10|1|20 1|11|1|20 1|11|1|21 1|12|1|21]",
		// The first match of 10 and 11 wrote their associations at 10 999.
		logical.Left: "[1|10|NULL|NULL 1|11|NULL|NULL -D 1|10|NULL|NULL +I 1|10|1|20 -D 1|11|NULL|NULL +I 1|11|1|20 1|10|1|21 1|11|1|21 1|12|1|21]",
	} {
		for _, unique := range []bool{false, true} {
			spec := &physical.Join{Kind: kind, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTTL: 1000, RightTTL: 1000}
			if unique {
				spec.LeftState, spec.RightState = physical.HasUniqueKey, physical.HasUniqueKey
				spec.LeftUnique, spec.RightUnique = []int{1}, []int{1}
			}
			state := aggregatetest.NewStore()
			now, alarm := int64(0), int64(0)
			ctx := newContext(t, 1<<24, schemaOf(ts[0]...), schemaOf(ts[1]...))
			ctx.Store, ctx.Clock, ctx.Alarm = state, func() int64 { return now }, func(at int64) { alarm = at }
			op, out := join.NewRegular(spec), &sink{}
			now = 10_000
			if err := op.Open(ctx); err != nil {
				t.Fatal(err)
			}
			for _, s := range steps {
				now = s.at
				for _, b := range batches(ts, []change{s.change}, 1) {
					out.Room = 1
					if err := op.Process(b.input, b.b, out); err != nil {
						t.Fatal(err)
					}
					if err := drain(op, out); err != nil {
						t.Fatal(err)
					}
				}
			}
			if got := fmt.Sprint(out.Rows); got != want {
				t.Errorf("%s, unique %t:\n got %v\nwant %v", kind, unique, got, want)
			}
			if alarm == 0 {
				t.Fatal("no alarm was set")
			}
			now = 30_000
			if next, err := op.Tick(now, out); err != nil || next <= now {
				t.Fatalf("Tick: next %d, %v", next, err)
			}
			if n := state.Rows(); n != 0 {
				t.Errorf("%s, unique %t: %d rows are left after the sweep", kind, unique, n)
			}
		}
	}
}

// TestSidesLiveTheirOwnTime: rows of the left live for a second, those of the right for ever.
func TestSidesLiveTheirOwnTime(t *testing.T) {
	ts := [2][]types.Type{{types.BigIntType, types.BigIntType}, {types.BigIntType, types.BigIntType}}
	i := types.IntValue
	for name, test := range map[string]struct {
		left, right int64
		want        string
		rows        int // of state after the sweep
	}{
		"left":     {1000, 0, "[1|12|1|20]", 2},
		"right":    {0, 1000, "[1|10|1|20 1|10|1|22 1|12|1|22]", 2},
		"both":     {1000, 3000, "[1|12|1|20]", 0},
		"for ever": {0, 0, "[1|10|1|20 1|12|1|20 1|10|1|22 1|12|1|22]", 4},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &physical.Join{Kind: logical.Inner, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTTL: test.left, RightTTL: test.right}
			state := aggregatetest.NewStore()
			now, alarm := int64(10_000), int64(0)
			ctx := newContext(t, 1<<24, schemaOf(ts[0]...), schemaOf(ts[1]...))
			ctx.Store, ctx.Clock, ctx.Alarm = state, func() int64 { return now }, func(at int64) { alarm = at }
			op, out := join.NewRegular(spec), &sink{}
			if err := op.Open(ctx); err != nil {
				t.Fatal(err)
			}
			if want := min(test.left, test.right); want > 0 && alarm > now+want {
				t.Errorf("the first alarm is at %d", alarm)
			}
			for _, s := range []struct {
				at int64
				change
			}{
				{10_000, change{0, stream.Insert, row{i(1), i(10)}}},
				{11_500, change{1, stream.Insert, row{i(1), i(20)}}},
				{13_000, change{0, stream.Insert, row{i(1), i(12)}}},
				{15_000, change{1, stream.Insert, row{i(1), i(22)}}},
			} {
				now = s.at
				for _, b := range batches(ts, []change{s.change}, 1) {
					out.Room = 1
					if err := op.Process(b.input, b.b, out); err != nil {
						t.Fatal(err)
					}
					if err := drain(op, out); err != nil {
						t.Fatal(err)
					}
				}
			}
			now = 30_000
			if _, err := op.Tick(now, out); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(out.Rows); got != test.want || state.Rows() != test.rows {
				t.Errorf("got %v, and %d rows of state; want %v, and %d", got, state.Rows(), test.want, test.rows)
			}
		})
	}
}
