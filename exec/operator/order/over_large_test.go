package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/plan/physical"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/operator/order"
)

// TestOverFromDisk has partitions that are more than memory holds, and some that are not.
// What memory gives (TestOverMatchesEveryFrame looks at that) disk must give too.
func TestOverFromDisk(t *testing.T) {
	r := newRand(t)
	big, double := types.BigIntType, types.DoubleType
	sum := call("SUM", big, 2)
	slides := []physical.Agg{call("RANK", big), sum, call("MIN", types.StringType, 4), call("LAST_VALUE", big, 2), call("LEAD", types.StringType, 4)}
	all, current := logical.Bound{Unbounded: true}, logical.Bound{}
	back, ahead := logical.Bound{Offset: -int64(1 + r.IntN(40))}, logical.Bound{Offset: int64(1 + r.IntN(40))}
	bounds := [][2]logical.Bound{{all, all}, {all, current}, {all, all}, {all, current}, {all, current}, {back, ahead}, {back, current}, {current, ahead}, {current, current}, {back, {Offset: -1}}}
	odd := r.IntN(2)
	for i, bound := range bounds {
		spec := &physical.OverAggregate{
			PartitionBy: []int{0}, OrderBy: []physical.SortKey{{Col: 1, Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}},
			Unit: []logical.FrameUnit{logical.Rows, logical.Range}[(i+odd)%2], From: bound[0], To: bound[1],
			Calls: []physical.Agg{
				call("ROW_NUMBER", big), call("RANK", big), call("DENSE_RANK", big), call("PERCENT_RANK", double), call("CUME_DIST", double), call("NTILE", big, 3),
				sum, call("COUNT", big), call("AVG", big, 2), call("MIN", types.StringType, 4), call("MAX", types.StringType, 4),
				call("FIRST_VALUE", big, 2), call("LAST_VALUE", types.StringType, 4),
				call("LAG", big, 2), call("LEAD", types.StringType, 4), call("LAG", big, 2, 3), call("LEAD", big, 2, 3, 3),
			},
		}
		if i == 4 { // peers without an order are the partition
			spec.OrderBy, spec.Unit = nil, logical.Range
		}
		for _, domain := range []int{4, 2000}[(i+odd)%2:] {
			n, memory := 20_000, int64(6<<20)
			if !spec.From.Unbounded {
				if n, memory = 40_000, 11<<20; domain < 100 {
					continue // a frame of RANGE is more than memory holds
				}
				spec.Calls = slides
			}
			rows := randomRows(r, overTypes, n, domain)
			for k := range rows {
				rows[k][0], rows[k][3] = types.IntValue(7), types.IntValue(37)
				if k%16 == 0 {
					rows[k][0] = types.IntValue(int64(r.IntN(1000)))
				}
			}
			keys := append([]physical.SortKey{{Col: 0, NullsFirst: true}}, spec.OrderBy...)
			slices.SortStableFunc(rows, func(a, b row) int { return compare(a, b, overTypes, keys) })
			size := []int{700, 8192}[r.IntN(2)]
			want, err := run(t, order.NewOver(spec), newContext(t, plenty, schemaOf(overTypes...)), cut(overTypes, rows, size))
			if err != nil {
				t.Fatal(err)
			}
			ctx := newContext(t, memory, schemaOf(overTypes...))
			got, err := run(t, order.NewOver(spec), ctx, cut(overTypes, rows, size))
			if err != nil || !slices.Equal(got, want) {
				at := 0
				for at < len(got) && at < len(want) && got[at] == want[at] {
					at++
				}
				t.Fatalf("%v: %+v %+v %+v, row %d of %d, %d came:\n got %v\nwant %v", err, spec.Unit, spec.From, spec.To, at, len(want), len(got), got[at:min(at+3, len(got))], want[at:min(at+3, len(want))])
			}
			if n := ctx.Metric.Counter("largePartitions").Value(); n != 1 {
				t.Errorf("%d partitions lay on disk, not 1: %+v %+v %+v %d rows, domain %d, batches of %d", n, spec.Unit, spec.From, spec.To, len(rows), domain, size)
			}
		}
	}
}

// A frame that ends with the partition and does not begin with it is refused with
// the number it needs; functions of place do without frames.
func TestOverRefusesFramesFromDisk(t *testing.T) {
	spec := &physical.OverAggregate{
		OrderBy: []physical.SortKey{{Col: 1}}, Unit: logical.Rows, From: logical.Bound{Offset: -3}, To: logical.Bound{Unbounded: true},
		Calls: []physical.Agg{call("ROW_NUMBER", types.BigIntType), call("SUM", types.BigIntType, 2)},
	}
	rows := randomRows(newRand(t), overTypes, 30_000, 1000)
	slices.SortStableFunc(rows, func(a, b row) int { return compare(a, b, overTypes, spec.OrderBy) })
	_, err := run(t, order.NewOver(spec), newContext(t, 4<<20, schemaOf(overTypes...)), cut(overTypes, rows, 5000))
	if sqlerr.As(err) == nil || sqlerr.As(err).Code != sqlerr.InsufficientMemory || !strings.Contains(fmt.Sprint(err), "needs") {
		t.Fatalf("a frame of more rows than memory holds gave %v", err)
	}
	spec.Calls = spec.Calls[:1]
	got, err := run(t, order.NewOver(spec), newContext(t, 2<<20, schemaOf(overTypes...)), cut(overTypes, rows, 5000))
	if err != nil || len(got) != len(rows) || !strings.HasSuffix(got[29_999], "|30000") {
		t.Fatalf("row numbers need no frame: %d rows, %v", len(got), err)
	}
}
