package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/order"
)

var overTypes = []types.Type{types.IntType, types.BigIntType, types.BigIntType, types.BigIntType.NotNull(), types.StringType}

func call(name string, result types.Type, args ...int) physical.Agg {
	a := physical.Agg{Func: name, Args: args, Filter: -1, Type: result}
	for _, c := range args {
		a.ArgTypes = append(a.ArgTypes, overTypes[c])
	}
	return a
}

// frameOf looks at every row of the partition.
func frameOf(rows []row, i, from, to int, spec *physical.OverAggregate) []row {
	var out []row
	key := spec.OrderBy[0]
	before := func(b logical.Bound, j int) bool { // row j lies before the frame's begin
		if b.Unbounded {
			return false
		}
		if spec.Unit == logical.Rows {
			return int64(j) < int64(i)+b.Offset
		}
		x, y := rows[j][key.Col], rows[i][key.Col]
		if b.Offset == 0 || x.Null || y.Null {
			return compare(rows[j], rows[i], overTypes, spec.OrderBy) < 0
		}
		if key.Desc {
			return -x.I < -y.I+b.Offset
		}
		return x.I < y.I+b.Offset
	}
	behind := func(b logical.Bound, j int) bool {
		if b.Unbounded {
			return false
		}
		if spec.Unit == logical.Rows {
			return int64(j) > int64(i)+b.Offset
		}
		x, y := rows[j][key.Col], rows[i][key.Col]
		if b.Offset == 0 || x.Null || y.Null {
			return compare(rows[j], rows[i], overTypes, spec.OrderBy) > 0
		}
		if key.Desc {
			return -x.I > -y.I+b.Offset
		}
		return x.I > y.I+b.Offset
	}
	for j := from; j < to; j++ {
		if !before(spec.From, j) && !behind(spec.To, j) {
			out = append(out, rows[j])
		}
	}
	return out
}

func TestOverMatchesEveryFrame(t *testing.T) {
	r := newRand(t)
	big := types.BigIntType
	bounds := []logical.Bound{{Unbounded: true}, {Offset: -3}, {Offset: -1}, {}, {Offset: 2}, {Offset: 5}}
	for range 120 {
		spec := &physical.OverAggregate{
			PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1, Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}},
			Unit: logical.FrameUnit(r.IntN(2)), From: bounds[r.IntN(4)], To: bounds[r.IntN(len(bounds))],
			Calls: []physical.Agg{
				call("ROW_NUMBER", big), call("RANK", big), call("DENSE_RANK", big), call("SUM", big, 2), call("COUNT", big), call("MIN", types.StringType, 4),
				call("FIRST_VALUE", big, 2), call("LAST_VALUE", big, 2), call("LAG", big, 2), call("LEAD", big, 2),
			},
		}
		if spec.To.Unbounded && r.IntN(2) == 0 {
			spec.From.Unbounded = true
		}
		rows := randomRows(r, overTypes, []int{0, 1, 50, 2000}[r.IntN(4)], []int{3, 40, 300}[r.IntN(3)])
		keys := append([]physical.SortKey{{Col: 0, NullsFirst: true}}, spec.OrderBy...)
		slices.SortStableFunc(rows, func(a, b row) int { return compare(a, b, overTypes, keys) })
		want := overByHand(rows, spec, keys)
		size := []int{1, 7, 8192}[r.IntN(3)]
		got, err := run(t, order.NewOver(spec), newContext(t, plenty, schemaOf(overTypes...)), cut(overTypes, rows, size))
		if err != nil || !slices.Equal(got, want) {
			at := 0
			for at < len(got) && at < len(want) && got[at] == want[at] {
				at++
			}
			t.Fatalf("%+v: %v, row %d of %d:\n got %v\nwant %v", spec, err, at, len(rows), got[at:min(at+3, len(got))], want[at:min(at+3, len(want))])
		}
	}
}

func overByHand(rows []row, spec *physical.OverAggregate, keys []physical.SortKey) []string {
	var out []string
	plain := texts(overTypes, rows)
	for from := 0; from < len(rows); {
		to := from
		for to < len(rows) && compare(rows[to], rows[from], overTypes, keys[:1]) == 0 {
			to++
		}
		rank, dense := 0, 0
		for i := from; i < to; i++ {
			if i == from || compare(rows[i], rows[i-1], overTypes, spec.OrderBy) != 0 {
				rank, dense = i-from+1, dense+1
			}
			frame := frameOf(rows, i, from, to, spec)
			parts := []string{plain[i], fmt.Sprint(i - from + 1), fmt.Sprint(rank), fmt.Sprint(dense)}
			sum, first, last, least := types.NullValue(), types.NullValue(), types.NullValue(), types.NullValue()
			for _, x := range frame {
				if !x[2].Null {
					sum = types.IntValue(sum.I + x[2].I)
					last = x[2]
					if first.Null {
						first = x[2]
					}
				}
				if !x[4].Null && (least.Null || x[4].Str() < least.Str()) {
					least = x[4]
				}
			}
			parts = append(parts, valueText(types.PhysInt64, sum), fmt.Sprint(len(frame)), valueText(types.PhysBytes, least), valueText(types.PhysInt64, first), valueText(types.PhysInt64, last))
			lag, lead := types.NullValue(), types.NullValue()
			if i > from {
				lag = rows[i-1][2]
			}
			if i+1 < to {
				lead = rows[i+1][2]
			}
			out = append(out, strings.Join(append(parts, valueText(types.PhysInt64, lag), valueText(types.PhysInt64, lead)), "|"))
		}
		from = to
	}
	return out
}

// The answers are Flink's, in batch mode.
func TestOverAnswersAsFlinkDoes(t *testing.T) {
	i, null := types.IntValue, types.NullValue()
	rows := []row{
		{i(1), i(1), null, i(-1), null},
		{i(1), i(2), i(5), i(-1), null},
		{i(1), i(3), null, i(-1), null},
		{i(1), i(4), i(7), i(-1), null},
		{i(1), i(4), i(9), i(-1), null},
	}
	double := types.DoubleType
	one := call("LAG", types.BigIntType, 2, 0, 3)
	spec := &physical.OverAggregate{
		PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1, NullsFirst: true}}, Unit: logical.Range, From: logical.Bound{Unbounded: true},
		Calls: []physical.Agg{call("FIRST_VALUE", types.BigIntType, 2), call("LAST_VALUE", types.BigIntType, 2), call("PERCENT_RANK", double), call("CUME_DIST", double), one},
	}
	got, err := run(t, order.NewOver(spec), newContext(t, plenty, schemaOf(overTypes...)), cut(overTypes, rows, 100))
	want := []string{
		"1|1|NULL|-1|NULL|NULL|NULL|0|0.2|-1", "1|2|5|-1|NULL|5|5|0.25|0.4|-1", "1|3|NULL|-1|NULL|5|5|0.5|0.6|5",
		"1|4|7|-1|NULL|5|9|0.75|0.8|-1", "1|4|9|-1|NULL|5|9|0.75|1|7",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%v\n got %v\nwant %v", err, got, want)
	}
}
